// Sending a picture: chosen or pasted, looked at once more, then sent like any other message.

import { sendFile, whyNot } from "./panes.mjs";

const MOST_BYTES = 10 * 1024 * 1024;

export class PicturePicker {
  #form; #input; #strip; #chosen = null; #seen; #done; #guard;

  // `seen` gives the citizen's last message on the screen, `done` takes the answer, `guard` the refusal.
  constructor(form, { seen, done, guard }) {
    this.#form = form;
    this.#input = form.querySelector("#picture");
    this.#strip = form.querySelector("#picked");
    this.#seen = seen;
    this.#done = done;
    this.#guard = guard;
    this.#input.addEventListener("change", () => this.#pick(this.#input.files[0]));
    form.addEventListener("paste", (event) => this.#onPaste(event));
    this.#strip.querySelector("[data-send-picture]").addEventListener("click", () => this.#send());
    this.#strip.querySelector("[data-drop-picture]").addEventListener("click", () => this.#drop());
  }

  #onPaste(event) {
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    this.#pick(file);
  }

  #pick(file) {
    if (!file) return;
    if (file.size > MOST_BYTES) return this.#guard({ words: "图片超过 10 MB，请换一张小些的。" });
    this.#offer({ picture: file }, URL.createObjectURL(file));
    this.#strip.querySelector("[data-send-picture]").focus();
  }

  // The picture of a canned reply waits beside its words; each is sent by itself.
  offerCanned(id) {
    this.#offer({ canned: id }, `/desk/canned/${id}/picture`);
  }

  #offer(chosen, address) {
    this.#drop();
    this.#chosen = chosen;
    this.#strip.querySelector("img").src = address;
    this.#strip.hidden = false;
  }

  async #send() {
    const button = this.#strip.querySelector("[data-send-picture]");
    if (button.disabled || !this.#chosen) return;
    button.disabled = true;
    try {
      const done = await sendFile(`/desk/case/${this.#form.dataset.case}/send-picture`, {
        ...this.#chosen,
        seen: this.#seen(),
      });
      if (done.refused) return this.#guard(done);
      this.#drop();
      this.#done(done);
    } catch (fault) {
      this.#guard({ words: whyNot(fault) });
    } finally {
      button.disabled = false;
    }
  }

  #drop() {
    const shown = this.#strip.querySelector("img");
    if (shown.src.startsWith("blob:")) URL.revokeObjectURL(shown.src);
    shown.removeAttribute("src");
    this.#chosen = null;
    this.#input.value = "";
    this.#strip.hidden = true;
  }
}
