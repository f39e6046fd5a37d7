// Panes that know when they are stale. A pane stays dirty until a fragment was fetched and put in place;
// a fetch that failed is tried again, and at once when the network or the tab comes back.

const SETTLE_MS = 120;
const RETRY_MS = 2000;

export class Panes {
  #draw = new Map();
  #dirty = new Set();
  #timer = 0;
  #busy = false;

  constructor() {
    addEventListener("online", () => this.#soon(0));
    document.addEventListener("visibilitychange", () => this.#soon(0));
  }

  add(name, draw) { this.#draw.set(name, draw); }

  mark(...names) {
    for (const name of names) this.#dirty.add(name);
    this.#soon(SETTLE_MS);
  }

  get isClean() { return this.#dirty.size === 0 && !this.#busy; }

  #soon(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), ms);
  }

  async #refresh() {
    if (this.#busy || !this.#dirty.size) return;
    this.#busy = true;
    let failed = false;
    for (const name of [...this.#dirty]) {
      this.#dirty.delete(name);
      try {
        await this.#draw.get(name)();
      } catch {
        this.#dirty.add(name);
        failed = true;
      }
    }
    this.#busy = false;
    if (this.#dirty.size) this.#soon(failed ? RETRY_MS : SETTLE_MS);
  }
}

export async function fragment(address) {
  const answer = await fetch(address, { headers: { "X-Requested-With": "desk" } });
  if (answer.status === 401) throw new SignedOut();
  const text = await answer.text();
  if (answer.status === 403 || answer.status === 404) return { gone: true, words: text.trim() };
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const template = document.createElement("template");
  template.innerHTML = text;
  return { part: template.content };
}

export class SignedOut extends Error {}

export function whyNot(fault) {
  return fault instanceof SignedOut ? "登录已过期，请重新登录。" : "没有连上服务器，请再试一次。";
}

export const csrf = document.querySelector("meta[name=csrf]").content;

export async function send(address, fields) {
  return posted(address, new URLSearchParams(fields));
}

export async function sendFile(address, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return posted(address, form);
}

// A form with files keeps them; an empty file field is left out.
export async function sendForm(address, form) {
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (value instanceof File && !value.size) fields.delete(name);
  return posted(address, fields);
}

async function posted(address, body) {
  const answer = await fetch(address, { method: "POST", headers: { "X-CSRF-Token": csrf }, body });
  if (answer.status === 401) throw new SignedOut();
  const text = await answer.text();
  if (!answer.ok) return { refused: answer.status, words: refusalWords(answer, text) };
  return text ? JSON.parse(text) : {};
}

// A fragment that may want a fresh password first: then the page goes to the confirmation and comes back.
export async function ask(address, fields) {
  const answer = await fetch(address, {
    method: fields ? "POST" : "GET",
    headers: { "X-CSRF-Token": csrf, "HX-Request": "true", "HX-Current-URL": location.href },
    body: fields,
  });
  const detour = answer.headers.get("HX-Redirect");
  if (detour?.startsWith("/staff/confirm")) {
    location.assign(detour);
    return new Promise(() => {});
  }
  if (answer.status === 401) throw new SignedOut();
  const text = await answer.text();
  if (!answer.ok) return { refused: answer.status, words: refusalWords(answer, text) };
  const template = document.createElement("template");
  template.innerHTML = text;
  return { part: template.content };
}

function refusalWords(answer, text) {
  const ours = answer.headers.get("Content-Type")?.startsWith("text/html") && !text.includes("<html");
  return ours ? text.trim() : "没有办成，请刷新页面再试。";
}

// Puts new content in place and keeps the keyboard where it was.
export function swap(place, part) {
  const focused = place.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const scrolled = place.scrollTop;
  place.replaceChildren(part);
  place.scrollTop = scrolled;
  if (focused) place.querySelector(focused)?.focus({ preventScroll: true });
}

function keyOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  for (const name of ["data-case", "data-tab"]) {
    const value = element.getAttribute(name);
    if (value) return `[${name}="${CSS.escape(value)}"]`;
  }
  return null;
}
