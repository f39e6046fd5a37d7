// What every page does: lead the eye to what is wrong, send a form once, make photographs smaller.
// Written for phones of 2017 (iOS 11) and on: nothing newer than modules and async functions.

const LONG_SIDE = 1600;
const PATIENCE_MS = 20000; // two photographs over a poor network; a second answer to one page is harmless anyway

const summary = document.querySelector("#summary");
if (summary) summary.focus();

for (const link of document.querySelectorAll(".summary a[href^='#']")) {
  link.addEventListener("click", (event) => {
    const field = document.querySelector(link.getAttribute("href"));
    if (!field) return;
    event.preventDefault();
    const folded = field.closest("details");
    if (folded) folded.open = true;
    field.focus();
  });
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const busy = event.submitter;
    const label = busy && busy.textContent;
    if (busy) {
      busy.setAttribute("aria-busy", "true");
      busy.textContent = busy.dataset.busy || label;
    }
    // Where the network is lost the page stays; then it must be possible to send again.
    setTimeout(() => {
      delete form.dataset.sent;
      if (busy) {
        busy.removeAttribute("aria-busy");
        busy.textContent = label;
      }
    }, PATIENCE_MS);
  });
}

// What is typed of card and phone is kept nowhere but in this tab, and only while it is being mended.
const kept = [...document.querySelectorAll("[data-mend]")];
for (const input of kept) {
  const key = `proof ${input.name}`;
  input.form.addEventListener("submit", () => sessionStorage.setItem(key, input.value));
  if (summary && !input.value) input.value = sessionStorage.getItem(key) || "";
}
if (!kept.length) for (const name of ["card", "phone"]) sessionStorage.removeItem(`proof ${name}`);

// Back to the chat: only WeChat and Alipay can close their own page, elsewhere there is no button.
const back = document.querySelector("#close");
const host = () => {
  if (window.WeixinJSBridge) return () => window.WeixinJSBridge.call("closeWindow");
  if (window.AlipayJSBridge) return () => window.AlipayJSBridge.call("exitApp");
  return null;
};
const offer = () => { if (back) back.hidden = !host(); };
offer();
for (const ready of ["WeixinJSBridgeReady", "AlipayJSBridgeReady"]) document.addEventListener(ready, offer);
if (back) back.addEventListener("click", () => host()());

// A page that comes back from the browser's memory is old: ask for where the citizen stands now.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// The browser's own field for files speaks small, and the browser's language; without this page it still works.
for (const input of document.querySelectorAll("input[data-shrink]")) {
  const field = input.closest(".field");
  const pick = field.querySelector(".pick > span");
  pick.hidden = false;
  pick.parentElement.classList.add("ours");
  input.addEventListener("change", async () => {
    const file = input.files[0];
    const preview = field.querySelector(".preview");
    if (file) pick.textContent = pick.dataset.again;
    preview.hidden = true;
    if (!file) return;
    const smaller = await shrunk(file).catch(() => null);
    if (smaller) {
      const files = new DataTransfer();
      files.items.add(new File([smaller], "photo.jpg", { type: "image/jpeg" }));
      input.files = files.files;
      preview.src = URL.createObjectURL(smaller);
      preview.hidden = false;
    }
  });
}

async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}
