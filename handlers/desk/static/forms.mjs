// Forms of plain desk pages: send, say what was refused, show the page anew.

import { send } from "./panes.mjs";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.act) return;
  event.preventDefault();
  const done = await send(form.dataset.act, new FormData(form));
  if (done.refused) document.querySelector("#say").textContent = done.words;
  else location.reload();
});
