// The messages of the open conversation. Whoever reads its end stays there: when a message comes, and when
// the log shrinks because the composer grows or the side appears.

import { fragment } from "./panes.mjs";

const NEAR_END_PX = 60;

export class Log {
  #thread;
  #distance = 0;
  #following = new ResizeObserver(([{ target }]) => {
    if (this.#distance < NEAR_END_PX) target.scrollTop = target.scrollHeight;
  });

  constructor(thread) {
    this.#thread = thread;
    thread.addEventListener("scroll", ({ target }) => {
      if (target.id === "log") this.#distance = fromEnd(target);
    }, true);
  }

  get #place() { return this.#thread.querySelector("#log"); }

  renew(latest) {
    const log = this.#place;
    const shown = log.querySelector("#latest");
    const wasAtEnd = fromEnd(log) < NEAR_END_PX;
    for (const item of [...latest.children]) {
      const old = shown.querySelector(`[data-item="${CSS.escape(item.dataset.item)}"]`);
      if (!old) shown.append(item);
      else if (old.innerHTML !== item.innerHTML || old.className !== item.className) old.replaceWith(item);
    }
    if (wasAtEnd) this.toEnd();
  }

  toEnd() {
    const log = this.#place;
    if (!log) return;
    log.scrollTop = log.scrollHeight;
    this.#distance = 0;
    this.#following.disconnect();
    this.#following.observe(log);
  }

  async older(button, openCase) {
    const log = this.#place;
    const fromTop = log.scrollHeight - log.scrollTop;
    const { part } = await fragment(`/desk/case/${openCase}/log?before=${encodeURIComponent(button.dataset.before)}`);
    button.replaceWith(part);
    log.scrollTop = log.scrollHeight - fromTop;
  }
}

function fromEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight;
}
