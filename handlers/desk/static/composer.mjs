// The composer: drafts on the server, canned replies by "/", sending, taking back, and the guard against
// answering what one has not read.

import { SignedOut, fragment, send, whyNot } from "./panes.mjs";
import { PicturePicker } from "./pictures.mjs";

const DRAFT_AFTER_MS = 700;

// The server may have kept the words before the line broke: sent once more, the citizen would read them twice.
const UNSURE = "没有连上服务器。连上以后先看上面有没有这句话，没有再发一次。";

export class Composer {
  #form; #words; #answers; #say; #begins; #case; #pictures;
  #seen; #draftTimer = 0; #undoTimer = 0; #sending = false; #typed = 0;

  // `say` tells the agent something, `begins` is called when they begin to type.
  constructor(root, { say, begins }) {
    this.#form = root.querySelector("#composer");
    this.#say = say;
    this.#begins = begins;
    if (!this.#form) return;
    this.#case = this.#form.dataset.case;
    this.#words = this.#form.querySelector("#words");
    this.#answers = this.#form.querySelector("#answers");
    this.#seen = Number(root.querySelector("#head").dataset.heard);
    this.#words.addEventListener("input", () => this.#onInput());
    this.#words.addEventListener("keydown", (event) => this.#onKey(event));
    this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.#answers.addEventListener("mousedown", (event) => this.#onPick(event));
    root.querySelector("#undo button").addEventListener("click", () => {
      this.takeBack(root.querySelector("#undo").dataset.message);
    });
    this.#pictures = new PicturePicker(this.#form, {
      seen: () => this.#seen,
      done: (sent) => this.#accepted(sent),
      guard: (refusal) => this.#refuse(refusal),
    });
    root.querySelector("#keep").addEventListener("click", () => this.#keepCanned());
  }

  get isThere() { return Boolean(this.#form?.isConnected); }
  get isTyping() { return this.isThere && Date.now() - this.#typed < 10000; }

  focus() { this.#words?.focus(); }

  // The citizen's last message that is on the screen. What comes while something is typed has to be
  // acknowledged by sending again.
  onHeard(number) {
    if (!this.isThere || number <= this.#seen) return;
    const refused = !document.querySelector("#guard").hidden; // what must be mended is said first
    if (this.#words.value.trim() && !refused) this.#guard("用户刚又发来消息，请看过再发。");
    if (!this.#words.value.trim()) this.#seen = number;
    this.newest = number;
  }

  insert(text) {
    if (!this.isThere) return;
    const before = this.#words.value;
    const gap = before && !before.endsWith("\n") ? "\n" : "";
    this.#words.value = before + gap + text;
    this.#words.focus();
    this.#onInput();
  }

  async submit(instead) {
    const words = (instead ?? this.#words.value).trim();
    if (!words || this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#draftTimer);
    try {
      const done = await send(this.#form.dataset.act, { words, seen: this.#seen });
      if (done.refused) return this.#refuse(done);
      if (instead === undefined) this.#words.value = "";
      this.#accepted(done);
    } catch (fault) {
      this.#guard(fault instanceof SignedOut ? whyNot(fault) : UNSURE);
    } finally {
      this.#sending = false;
    }
  }

  #accepted(done) {
    this.#hideGuard();
    this.#offerUndo(done);
  }

  #refuse({ refused, words }) {
    this.#guard(words);
    if (refused === 409 && this.newest) this.#seen = this.newest;
  }

  #onInput() {
    const wasTyping = this.isTyping;
    this.#typed = Date.now();
    if (!wasTyping) this.#begins();
    if (!this.#words.value.trim()) {
      this.#hideGuard();
      if (this.newest) this.#seen = this.newest;
    }
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#keepDraft(), DRAFT_AFTER_MS);
    this.#find();
  }

  async #keepDraft() {
    const state = this.#form.querySelector("#draft-state");
    try {
      const done = await send(`/desk/case/${this.#case}/draft`, { words: this.#words.value });
      state.textContent = done.refused ? "草稿没有保存" : "草稿已保存";
    } catch {
      state.textContent = "草稿没有保存";
    }
  }

  #onKey(event) {
    // While an input method composes Chinese, Enter chooses a word: it is not for us.
    if (event.isComposing || event.keyCode === 229) return;
    const open = !this.#answers.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#choose(event.key === "ArrowDown" ? 1 : -1);
    } else if (open && event.key === "Enter" && !event.ctrlKey && this.#chosen) {
      event.preventDefault();
      this.#use(this.#chosen);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      this.#closeAnswers();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      this.#words.blur();
    }
  }

  // ---- canned replies and answers ----

  get #slash() {
    const before = this.#words.value.slice(0, this.#words.selectionStart);
    return /(?:^|\n)\/([^\n]{0,30})$/.exec(before);
  }

  get #chosen() { return this.#answers.querySelector("[aria-selected=true]"); }

  async #find() {
    const slash = this.#slash;
    if (!slash) return this.#closeAnswers();
    const found = await fragment(`/desk/answers?q=${encodeURIComponent(slash[1])}`);
    if (this.#slash?.[1] !== slash[1] || !found.part) return;
    this.#answers.replaceChildren(found.part);
    this.#answers.hidden = false;
    this.#choose(1);
  }

  #choose(step) {
    const all = [...this.#answers.querySelectorAll("[data-words]")];
    if (!all.length) return;
    const now = all.indexOf(this.#chosen);
    const next = all[(now + step + all.length) % all.length];
    for (const each of all) each.setAttribute("aria-selected", String(each === next));
    this.#words.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  #onPick(event) {
    const option = event.target.closest("[data-words]");
    if (!option) return;
    event.preventDefault();
    this.#use(option);
  }

  #use(option) {
    const slash = this.#slash;
    const at = this.#words.selectionStart;
    const from = slash ? at - slash[1].length - 1 : at;
    this.#words.setRangeText(option.dataset.words, from, at, "end");
    if (option.dataset.picture) this.#pictures.offerCanned(option.dataset.picture);
    this.#closeAnswers();
    this.#onInput();
  }

  #closeAnswers() {
    this.#answers.hidden = true;
    this.#words.removeAttribute("aria-activedescendant");
  }

  async #keepCanned() {
    const words = this.#words.value.trim();
    const title = words && prompt("给这条快捷回复起个名字：", words.slice(0, 12));
    if (!title) return;
    await this.#trying(async () => {
      const done = await send("/desk/canned", { title, words, folder: "", shared: "" });
      this.#say(done.refused ? done.words : "存好了，输入 / 就能找到。");
    });
  }

  // ---- guard and undo ----

  #guard(words) {
    const guard = document.querySelector("#guard");
    guard.textContent = words;
    guard.hidden = false;
  }

  #hideGuard() {
    document.querySelector("#guard").hidden = true;
  }

  #offerUndo({ message, undo_s: seconds }) {
    const box = document.querySelector("#undo");
    const ends = Date.now() + seconds * 1000;
    box.dataset.message = message;
    box.hidden = false;
    clearInterval(this.#undoTimer);
    const tick = () => {
      const left = Math.ceil((ends - Date.now()) / 1000);
      if (left <= 0) return this.#endUndo();
      box.querySelector("span").textContent = `${left} 秒后发出`;
    };
    tick();
    this.#undoTimer = setInterval(tick, 500);
  }

  #endUndo() {
    clearInterval(this.#undoTimer);
    const box = document.querySelector("#undo");
    if (box) box.hidden = true;
  }

  takeBack(message) {
    return this.#trying(async () => {
      const done = await send(`/desk/case/${this.#case}/undo`, { message });
      this.#endUndo();
      if (done.refused) return this.#say(done.words);
      this.#words.value = [done.words, this.#words.value].filter(Boolean).join("\n");
      this.#words.focus();
      this.#say("撤回了。");
    });
  }

  async #trying(deed) {
    try {
      await deed();
    } catch (fault) {
      this.#say(whyNot(fault));
    }
  }
}
