// The keyboard, outside of fields: one letter, one deed. The table on "?" lists them.

export function onKeys({ lists, composer, opened }) {
  const press = (selector) => document.querySelector(selector)?.click();

  const deeds = {
    j: () => step(1),
    k: () => step(-1),
    n: () => press("#next"),
    a: () => press("#claim"),
    r: () => composer().focus(),
    e: () => document.querySelector("#outcome")?.focus(),
    "/": () => composer().insert("/"),
    "?": () => document.querySelector("#keys").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, select, textarea")) return;
    if (document.querySelector("dialog[open]")) return;
    const deed = deeds[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });

  function step(by) {
    const all = [...lists.querySelectorAll("a[data-case]")];
    if (!all.length) return;
    const focused = all.indexOf(document.activeElement);
    const now = focused >= 0 ? focused : all.findIndex((line) => line.dataset.case === opened());
    all[Math.min(all.length - 1, Math.max(0, now + by))].focus();
  }
}
