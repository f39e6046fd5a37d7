// Opening what is covered: the reason first, then thirty seconds, then nothing of it is left on the page.

import { SignedOut, ask, whyNot } from "./panes.mjs";

const TICK_MS = 250;

export function onReveal({ opened, say, signedOut }) {
  const dialog = document.querySelector("#reveal");
  const body = dialog.querySelector("#reveal-body");
  let timer = 0;
  let asker = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal]");
    const plain = event.target.closest("[data-look]");
    if (button) guarded(() => begin(button));
    if (plain) guarded(() => look(plain));
    if (event.target.closest("#reveal [data-shut]")) shut();
  });

  dialog.addEventListener("submit", (event) => {
    if (event.target.id !== "reveal-form") return;
    event.preventDefault();
    guarded(() => open(event.target));
  });

  // Whatever closes it, nothing stays behind; Escape says so before it hides the dialog, close only after.
  dialog.addEventListener("cancel", () => body.replaceChildren());
  dialog.addEventListener("close", () => {
    clearInterval(timer);
    body.replaceChildren();
    asker?.isConnected ? asker.focus() : document.querySelector("#log")?.focus();
  });

  async function begin(button) {
    asker = button;
    const { part, refused, words } = await ask(`/desk/case/${opened()}/reveal`);
    if (refused) return say(words);
    show("查看被遮住的内容", part);
    body.querySelector("[name=message]").value = button.dataset.reveal;
    body.querySelector("#reveal-why").focus();
  }

  async function look(button) {
    asker = button;
    const fields = new URLSearchParams({ message: button.dataset.look });
    const { part, refused, words } = await ask(`/desk/case/${opened()}/picture`, fields);
    if (refused) return say(words);
    show("图片", part);
    body.querySelector("[data-shut]").focus();
  }

  function show(title, part) {
    dialog.querySelector("h2").textContent = title;
    body.replaceChildren(part);
    dialog.showModal();
  }

  async function open(form) {
    const fields = new URLSearchParams(new FormData(form));
    const { part, refused, words } = await ask(form.getAttribute("action"), fields);
    if (!dialog.open) return;
    if (refused) {
      const place = body.querySelector("#reveal-refused");
      place.textContent = words;
      place.hidden = false;
      return;
    }
    body.replaceChildren(part);
    body.querySelector("[data-shut]").focus();
    countDown(body.querySelector("[data-lasts]"));
  }

  // Emptied before it is hidden: the close event comes a moment later.
  function shut() {
    body.replaceChildren();
    dialog.close();
  }

  function countDown(place) {
    const ends = Date.now() + Number(place.dataset.lasts) * 1000;
    clearInterval(timer);
    timer = setInterval(() => {
      const left = Math.ceil((ends - Date.now()) / 1000);
      if (left <= 0) shut();
      else place.textContent = left;
    }, TICK_MS);
  }

  async function guarded(deed) {
    try {
      await deed();
    } catch (fault) {
      if (fault instanceof SignedOut) signedOut();
      else say(whyNot(fault));
    }
  }
}
