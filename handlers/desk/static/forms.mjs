// Forms of plain desk pages: send, say what was refused, show the page anew.

import { sendForm } from "./panes.mjs";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.act) return;
  event.preventDefault();
  const done = await sendForm(form.dataset.act, form);
  if (done.refused) document.querySelector("#say").textContent = done.words;
  else location.reload();
});
