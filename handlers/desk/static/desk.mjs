// The desk's screen: lists, thread and side are drawn by the server; this keeps them fresh and
// carries clicks and keys to it.

import { Composer } from "./composer.mjs";
import { onKeys } from "./keys.mjs";
import { Log } from "./log.mjs";
import { Panes, SignedOut, ask, fragment, send, swap, whyNot } from "./panes.mjs";
import { onReveal } from "./reveal.mjs";
import { Ring } from "./ring.mjs";
import { listen } from "./stream.mjs";

const BEAT_MS = 8000;
const TICK_MS = 30000;

const desk = document.querySelector("#desk");
const lists = document.querySelector("#lists");
const thread = document.querySelector("#thread");
const side = document.querySelector("#side");
const lineState = document.querySelector("#line-state");
const panes = new Panes();
const ring = new Ring();
const log = new Log(thread);
let composer = new Composer(thread, { say, begins: beat });
let openCase = thread.querySelector("[data-case]")?.dataset.case ?? null;
const asked = new URLSearchParams(location.search);
let tab = asked.get("tab") ?? "queue";
let sort = asked.get("sort") ?? "";
const shown = () => new URLSearchParams({ tab, sort });

// ---- panes ----

panes.add("lists", guarded(async () => {
  const { part } = await fragment(`/desk/lists?${shown()}`);
  part.querySelector(`[data-case="${openCase}"]`)?.setAttribute("aria-current", "true");
  swap(lists, part);
  countUnread();
}));

panes.add("thread", guarded(async () => {
  const asked = openCase;
  if (!asked) return;
  const { part, gone, words } = await fragment(`/desk/case/${asked}/log`);
  if (asked !== openCase) return;
  if (gone) return closeThread(words);
  const head = part.querySelector("#head");
  if (isOtherMode(part)) return drawThread(asked, isOtherMode);
  renewHead(head);
  log.renew(part.querySelector("#latest"));
  composer.onHeard(Number(head.dataset.heard));
  await isRead(head.dataset.heard);
}));

// Whether I hold, watch or only look on has changed. Where my own click has drawn that already, a second
// drawing would take a picture away that was chosen meanwhile.
function isOtherMode(part) {
  return part.querySelector("#head").dataset.mode !== thread.querySelector("#head")?.dataset.mode;
}

panes.add("side", guarded(async () => {
  const asked = openCase;
  if (!asked || isFilling(side)) return;
  const { part } = await fragment(`/desk/case/${asked}/side`);
  if (asked === openCase) swap(side, part ?? "");
}));

// What arrives on a screen that is looked at is read at once.
let readUpTo = "";
async function isRead(heard) {
  if (document.hidden || heard === readUpTo) return;
  await beat();
  readUpTo = heard;
  panes.mark("lists");
}

function guarded(draw) {
  return async () => {
    try {
      await draw();
    } catch (fault) {
      if (fault instanceof SignedOut) return signedOut();
      throw fault;
    }
  };
}

// A menu that is open in the head, or a form that is being filled in, is not taken from under the hand.
function isFilling(place) {
  return Boolean(place.querySelector("details[open].menu")) ||
    (place.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));
}

function renewHead(head) {
  const old = thread.querySelector("#head");
  if (isFilling(old)) old.querySelector(".head-top").replaceWith(head.querySelector(".head-top"));
  else swapWhole(old, head);
}

function swapWhole(old, fresh) {
  if (old.isEqualNode(fresh)) return; // somebody may be pressing a button in it
  const hadFocus = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(fresh);
  if (hadFocus) document.getElementById(hadFocus)?.focus();
}

// ---- opening and closing ----

async function openThread(id, { push = true } = {}) {
  openCase = String(id);
  if (!(await drawThread(openCase))) return;
  if (push) history.pushState({ id }, "", `/desk/case/${id}?${shown()}`);
  panes.mark("lists", "side");
  beat();
}

async function drawThread(id, isWanted = () => true) {
  const { part, gone, words } = await fragment(`/desk/case/${id}/thread`);
  if (gone) { closeThread(words); return false; }
  if (id !== openCase) return false;
  if (!isWanted(part)) return true;
  const before = thread.querySelector(`#composer[data-case="${id}"] #words`);
  const wasWriting = before !== null && before === document.activeElement;
  thread.replaceChildren(part);
  composer = new Composer(thread, { say, begins: beat });
  const fresh = thread.querySelector("#words");
  if (before?.value && fresh) fresh.value = before.value;
  if (wasWriting && fresh) {
    fresh.focus();
    fresh.setSelectionRange(before.selectionStart, before.selectionEnd);
  }
  log.toEnd();
  panes.mark("side");
  return true;
}

function closeThread(words) {
  openCase = null;
  thread.innerHTML = '<div class="empty"><p></p></div>';
  thread.querySelector("p").textContent = words || "会话已经关闭。";
  side.replaceChildren();
  panes.mark("lists");
}

addEventListener("popstate", () => {
  const [, id] = /\/desk\/case\/(\d+)/.exec(location.pathname) ?? [];
  if (id) openThread(id, { push: false });
  else closeThread("从左边选一位用户，或者点“接下一位”。");
});

// ---- events ----

listen(Number(desk.dataset.cursor), onEvent, onState);

function onEvent(event) {
  desk.dataset.cursor = event.seq;
  if (event.k === "anew") return panes.mark("lists", "thread", "side");
  if (event.queue || event.mine) panes.mark("lists");
  if (String(event.id) === openCase) {
    panes.mark("thread");
    if (event.k === "heard") panes.mark("side");
  }
  if (event.ring && !(event.k === "called" && isResting())) ring.ring(event.k);
  if (event.ring && event.k === "note") say("同事在备注里提到您，在【我的】里。");
}

// Whoever is on a break or has gone home takes nobody from the queue.
function isResting() { return lists.querySelector("#status")?.value !== "here"; }

let isSignedOut = false;

function onState(state) {
  const cut = state === "cut";
  if (cut && isSignedOut) return; // signing in is what helps
  isSignedOut = false;
  lineState.hidden = !cut;
  lineState.textContent = cut ? "和服务器的连接断了，正在重连；恢复后会补上漏掉的消息。" : "";
  if (!cut) panes.mark("lists", "thread");
}

function signedOut() {
  isSignedOut = true;
  lineState.hidden = false;
  lineState.innerHTML = '登录已过期，<a href="/staff/sign-in?next=/desk">请重新登录</a>。';
}

async function beat() {
  try {
    const seen = document.hidden ? "" : (thread.querySelector("#head")?.dataset.heard ?? "");
    const asked = openCase;
    const said = { case: asked ?? "", typing: composer.isTyping ? "1" : "", seen };
    const { part } = await ask("/desk/beat", new URLSearchParams(said));
    if (part && asked === openCase) thread.querySelector("#viewers")?.replaceChildren(part);
  } catch (fault) {
    if (fault instanceof SignedOut) signedOut();
  }
}

document.addEventListener("visibilitychange", () => panes.mark("thread"));
setInterval(beat, BEAT_MS);
setInterval(() => panes.mark("lists", "thread"), TICK_MS);
beat();

// ---- clicks ----

document.addEventListener("click", async (event) => {
  const on = (selector) => event.target.closest(selector);
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (plain && on("#lists a[data-case]")) {
    event.preventDefault();
    await openThread(on("a[data-case]").dataset.case);
  } else if (plain && on("a[data-tab]")) {
    event.preventDefault();
    tab = on("a[data-tab]").dataset.tab;
    panes.mark("lists");
  } else if (plain && on("a[data-sort]")) {
    event.preventDefault();
    sort = on("a[data-sort]").dataset.sort;
    panes.mark("lists");
  } else if (on("[data-before]")) {
    await log.older(on("[data-before]"), openCase);
  } else if (on("[data-insert]")) {
    composer.insert(on("[data-insert]").dataset.insert);
  } else if (on("[data-send]")) {
    await composer.submit(on("[data-send]").dataset.send);
    panes.mark("thread", "lists");
  } else if (on("[data-undo]")) {
    await composer.takeBack(on("[data-undo]").dataset.undo);
    panes.mark("thread", "lists");
  } else if (on("#to-close")) {
    document.querySelector("#outcome")?.focus();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.act || form.id === "composer") return;
  event.preventDefault();
  if (form.dataset.asks && !confirm(form.dataset.asks)) return;
  await act(form);
});

async function act(form) {
  const buttons = form.querySelectorAll("button");
  const inThread = form.closest("#thread, #side") !== null; // the pane may be drawn anew meanwhile
  for (const button of buttons) button.disabled = true;
  try {
    const done = await send(form.dataset.act, new FormData(form));
    if (done.refused) say(done.words);
    else await afterwards(form, done, inThread);
  } catch (fault) {
    if (fault instanceof SignedOut) signedOut();
    else say(whyNot(fault));
  } finally {
    for (const button of buttons) button.disabled = false;
    panes.mark("lists", "thread");
  }
}

async function afterwards(form, done, inThread) {
  for (const menu of form.closest("details.menu") ? [form.closest("details.menu")] : []) menu.open = false;
  if ("clears" in form.dataset) form.reset();
  if ("opens" in form.dataset && done.case) { tab = "mine"; await openThread(done.case); composer.focus(); }
  else if ("opens" in form.dataset) say("没有人在排队了。");
  else if (openCase && inThread) {
    await drawThread(openCase);
    if (form.dataset.act.endsWith("/claim") || form.dataset.act.endsWith("/accept")) composer.focus();
    else thread.querySelector("h2")?.focus();
  }
}

onKeys({ lists, composer: () => composer, opened: () => openCase });
onReveal({ opened: () => openCase, say, signedOut });

// ---- words ----

let sayTimer = 0;
function say(words) {
  const place = document.querySelector("#say");
  place.textContent = words;
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { place.textContent = ""; }, 6000);
}

function countUnread() {
  ring.count(Number(lists.querySelector(".tabs")?.dataset.unread ?? 0));
}

countUnread();
log.toEnd();
