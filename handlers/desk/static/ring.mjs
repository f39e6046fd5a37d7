// How an agent who looks elsewhere learns of something: a sound, the title, a desktop notification.
// None of them says a word of what was written.

const QUIET_MS = 1500;

export class Ring {
  #sound; #lastAt = 0; #title = document.title;

  constructor() {
    addEventListener("pointerdown", () => this.#wake());
    addEventListener("keydown", () => this.#wake());
    addEventListener("focus", () => this.count(this.unread ?? 0));
  }

  // Browsers let a page sound only after its user has touched it.
  #wake() {
    this.#sound ??= new AudioContext();
    if (globalThis.Notification?.permission === "default") Notification.requestPermission();
  }

  ring(kind) {
    this.rung = (this.rung ?? 0) + 1;
    document.documentElement.dataset.rung = this.rung;
    if (Date.now() - this.#lastAt < QUIET_MS) return;
    this.#lastAt = Date.now();
    if (this.#sound) this.#beep(kind === "called" ? 520 : 780);
    if (document.hidden && globalThis.Notification?.permission === "granted") {
      new Notification("客服台", { body: WORDS[kind] ?? "有新消息", tag: "desk" });
    }
  }

  count(unread) {
    this.unread = unread;
    document.title = unread ? `(${unread}) ${this.#title}` : this.#title;
  }

  #beep(hertz) {
    const tone = this.#sound.createOscillator();
    const volume = this.#sound.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.12, this.#sound.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, this.#sound.currentTime + 0.35);
    tone.connect(volume).connect(this.#sound.destination);
    tone.start();
    tone.stop(this.#sound.currentTime + 0.4);
  }
}

const WORDS = {
  called: "有用户在等人工",
  offered: "派给您一位用户",
  transfer: "同事请您接手一位用户",
  note: "同事在备注里提到您",
  whisper: "主管留了一句话",
  woken: "稍后处理的会话到时间了",
};
