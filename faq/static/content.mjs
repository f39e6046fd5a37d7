// Refines the editor's forms: a preview that follows the typing, who else is here, a progress bar, and no
// words lost by leaving a page. Everything works without it.

const PREVIEW_AFTER_MS = 400;
const PRESENT_EVERY_MS = 30_000;
const PROGRESS_EVERY_MS = 700;

document.documentElement.classList.add("scripted");

const form = document.querySelector("#entry");
const preview = document.querySelector("#preview");
const presence = document.querySelector("[data-present]");
const progress = document.querySelector("[data-progress]");

document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
showStart();
if (form) followTyping(form);
if (presence?.dataset.present) tellPresence(presence);
if (progress) followProgress(progress);

function followTyping(entry) {
  let waiting, asked = 0, isChanged = false;
  entry.addEventListener("input", () => {
    isChanged = true;
    if (!preview) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const number = ++asked;
      const inside = await previewOf(entry);
      if (inside && number === asked) {
        preview.replaceChildren(...inside);
        showStart();
      }
    }, PREVIEW_AFTER_MS);
  });
  entry.addEventListener("submit", () => { isChanged = false; });
  addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
}

// The first step stands in the middle of a map that may be wider than its place.
function showStart() {
  for (const map of document.querySelectorAll(".map")) map.scrollLeft = (map.scrollWidth - map.clientWidth) / 2;
}

async function previewOf(entry) {
  try {
    const answer = await fetch(entry.dataset.preview, {
      method: "POST", body: new URLSearchParams(new FormData(entry)), headers: { Accept: "text/html" },
    });
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return [...page.querySelector("#preview").childNodes];
  } catch {
    return null; // offline for a moment: the old preview stays
  }
}

function tellPresence(notice) {
  const token = document.querySelector('input[name="csrf"]').value;
  const tell = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`/content/entry/${notice.dataset.present}/present`, {
        method: "POST", headers: { "X-CSRF-Token": token },
      });
      if (!answer.ok) return;
      const { others } = await answer.json();
      notice.hidden = others.length === 0;
      notice.querySelector("span").textContent = others.join("、");
    } catch { /* the next round asks again */ }
  };
  setInterval(tell, PRESENT_EVERY_MS);
}

function followProgress(bar) {
  const look = setInterval(async () => {
    try {
      const answer = await fetch(bar.dataset.progress);
      const { percent, done } = await answer.json();
      bar.value = percent;
      if (done) {
        clearInterval(look);
        location.reload();
      }
    } catch { /* asked again in a moment */ }
  }, PROGRESS_EVERY_MS);
}
