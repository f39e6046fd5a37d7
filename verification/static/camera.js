// The live capture: opens the camera, guides, asks for the movements, and sends the frames with the form.
// Without a guide (its model did not load) the movements are asked for by time; the server decides anyway.
import { Guide } from "./guide.js";

const LONG_SIDE = 960;
const FEWEST_STRAIGHT = 2;
const PATIENCE_MS = 20000; // five waits of this still fit into the two minutes of a challenge
const UNGUIDED_MS = 2600;
const LOADING_MS = 20000; // on a slow network the citizen is not kept waiting for the guide
const FIRST_PICTURE_MS = 10000; // an open camera that shows nothing by then is not going to

const section = document.querySelector("#camera");
const video = document.querySelector("#video");
const button = document.querySelector("#begin");
const say = document.querySelector("#say");
const frame = document.querySelector("#frame");
const oval = document.querySelector(".oval");
const progress = document.querySelector("#progress");
const form = document.querySelector("#form");
const words = document.querySelector("#camera-words").dataset;
const how = document.querySelector("#how");
let wasTold = false;
let guiding = null;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

if (navigator.mediaDevices?.getUserMedia) {
  section.hidden = false;
  document.querySelector("#upload").open = false;
  button.addEventListener("click", begin);
} else {
  explain("old");
}

async function begin() {
  button.hidden = how.hidden = true;
  document.querySelector("#camera-wrong").hidden = true;
  let stream = null;
  try {
    tell(words.asking);
    // Shown first: some phones do not start a video that nobody can see.
    frame.hidden = false;
    guiding ??= Guide.load(section.dataset.root).catch(() => null);
    stream = await opened();
    section.scrollIntoView();
    tell(words.loading);
    const guide = await Promise.race([guiding, wait(LOADING_MS).then(() => null)]);
    const frames = await captured(guide, watched(stream));
    stop(stream);
    tell(words.sending);
    await send(frames);
  } catch (fault) {
    stop(stream);
    frame.hidden = true;
    progress.hidden = true;
    button.hidden = how.hidden = false;
    tell("");
    explain(kindOf(fault), fault.hint);
  }
}

async function opened() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
  });
  video.srcObject = stream;
  // WeChat on older iPhones shows black until play() is called again once the size is known.
  const shown = new Promise((resolve) => { video.onloadedmetadata = () => resolve(true); });
  if (!(await Promise.race([shown, wait(FIRST_PICTURE_MS)]))) {
    stop(stream);
    throw new DOMException("", "NotReadableError");
  }
  await video.play();
  return stream;
}

// Frames in order: straight, first movement, straight, second movement, straight.
async function captured(guide, watch) {
  await ready(guide);
  watch.check();
  const asked = await challenge();
  const started = performance.now();
  const frames = [];
  progress.hidden = false;
  const take = async (picture) => {
    watch.check();
    frames.push({ picture: await packed(picture), at: Math.round(performance.now() - started) });
    progress.value = Math.min(1, frames.length / (2 + 3 * asked.steps.length));
  };
  tell(words.hold);
  await straight(guide, take, FEWEST_STRAIGHT);
  for (const step of asked.steps) {
    tell(step.say);
    await moved(guide, step.action, take);
    tell(words.back);
    await straight(guide, take, 1);
  }
  return { nonce: asked.nonce, frames };
}

// A call, another app or a locked screen stops the camera: what comes after it would be one still picture, so
// the capture is given up before anything is sent, and no try is charged.
function watched(stream) {
  const watch = { isBroken: document.hidden };
  const broken = () => { watch.isBroken = true; };
  document.addEventListener("visibilitychange", broken, { once: true });
  for (const track of stream.getTracks()) {
    track.addEventListener("ended", broken);
    track.addEventListener("mute", broken);
  }
  watch.check = () => {
    if (watch.isBroken) throw Object.assign(new Error("interrupted"), { name: "Interrupted" });
  };
  return watch;
}

// Waits until the face is well seen, telling what to mend; never for ever.
async function ready(guide) {
  if (!guide) {
    tell(words.hold);
    return wait(UNGUIDED_MS);
  }
  const until = performance.now() + 1.5 * PATIENCE_MS;
  let good = 0;
  let hint = "none";
  while (performance.now() < until && good < 2) {
    hint = await guide.hint(snapped());
    good = hint === "good" ? good + 1 : 0;
    oval.classList.toggle("good", hint === "good");
    tell(words[hint]);
    await wait(120);
  }
  // Better told than sent and charged. Whoever comes again goes on all the same: the guide may be wrong.
  if (good < 2 && !wasTold) {
    wasTold = true;
    throw Object.assign(new Error("unready"), { name: "Unready", hint });
  }
}

async function straight(guide, take, count) {
  for (let taken = 0; taken < count; taken += 1) {
    if (!guide) await wait(UNGUIDED_MS / 2);
    await take(await seen(guide ? (picture) => guide.isAtRest(picture) : null));
    await wait(160);
  }
}

async function moved(guide, action, take) {
  if (guide) {
    await take(await seen((picture) => guide.isDone(picture, action)));
    tell(words.good);
    return;
  }
  for (let taken = 0; taken < 2; taken += 1) {
    await wait(UNGUIDED_MS / 2);
    await take(snapped());
  }
}

// The first frame that is as wanted, or the last one when patience is over.
async function seen(isWanted) {
  const until = performance.now() + PATIENCE_MS;
  let picture = snapped();
  while (isWanted && !(await isWanted(picture)) && performance.now() < until) {
    await wait(30);
    picture = snapped();
  }
  return picture;
}

async function challenge() {
  const answer = await fetch(`${section.dataset.root}/challenge`, {
    method: "POST",
    headers: { "X-Form-Key": form.elements.form_key.value },
  });
  if (answer.ok) return answer.json();
  if (answer.status < 500) window.location.reload(); // the visit is over, or another tab went on
  throw Object.assign(new Error("broken"), { name: "Broken" });
}

// Drawn as the camera sees it: only the preview is a mirror.
function snapped() {
  const scale = Math.min(1, LONG_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function packed(canvas) {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
}

async function send({ nonce, frames }) {
  const body = new FormData();
  for (const name of ["form_key", "mark"]) body.append(name, form.elements[name].value);
  body.append("button", "capture");
  body.append("nonce", nonce);
  body.append("times", frames.map((each) => each.at).join(" "));
  for (const each of frames) body.append("frame", each.picture, "frame.jpg");
  progress.removeAttribute("value");
  const answer = await fetch(form.action, { method: "POST", body, redirect: "follow" }).catch(() => null);
  if (!answer) throw new Error("lost");
  if (answer.status >= 500) throw Object.assign(new Error("broken"), { name: "Broken" });
  window.location.assign(answer.url);
}

function tell(text) {
  if (say.textContent !== text) say.textContent = text;
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function kindOf(fault) {
  const kinds = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing",
    OverconstrainedError: "missing", NotReadableError: "taken", AbortError: "taken", Broken: "broken", Interrupted: "interrupted",
    Unready: "unready" };
  return kinds[fault.name] ?? "lost";
}

function explain(kind, hint) {
  const box = document.querySelector("#camera-wrong");
  box.querySelector("p").textContent = (hint ? `${words[hint]}。` : "") + words[kind];
  const isCamera = !["lost", "broken", "interrupted", "unready"].includes(kind);
  for (const part of box.querySelectorAll("h2, #camera-help")) part.hidden = !isCamera;
  box.hidden = false;
  if (isCamera) document.querySelector("#upload").open = true;
}
