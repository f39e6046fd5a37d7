// The handwritten signature: kept as strokes and as a picture, both sent with the form.
import SignaturePad from "../front/signature_pad/signature_pad.min.js";

const canvas = document.querySelector("#signature");
const form = canvas.closest("form");
const pad = new SignaturePad(canvas, { minWidth: 1, maxWidth: 3.5 });

// A new size empties the canvas, so the strokes are drawn again.
function fit() {
  const strokes = pad.toData();
  const ratio = Math.max(window.devicePixelRatio || 1, 1);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
  pad.fromData(strokes);
}
fit();
window.addEventListener("resize", fit);

document.querySelector("#clear").addEventListener("click", () => pad.clear());

form.addEventListener("submit", () => {
  if (pad.isEmpty()) return;
  form.querySelector("#signature-picture").value = pad.toDataURL("image/png");
  form.querySelector("#signature-strokes").value = JSON.stringify(pad.toData());
});
