// Live guidance in the browser: where the face is, how it looks, how light it is. It only helps the citizen;
// whether it is the right person, and alive, is decided on the server.

const WORKED_ON = 320; // long side of what the model looks at: enough for it, and quick on old phones
const SMALL = 0.3; // share of the picture's shorter side that the face should fill
const LARGE = 0.85;
const DARK = 70; // mean luma of the face, as in the server's quality check
const BURNT = 240; // a grey level from which detail is gone; a little below the server's, for the small picture
const BURNT_SHARE = 0.1; // of the face, as in the server's quality check
const FRONTAL = 0.2;
// Against the person's own straight look and shut mouth, a little stricter than the server.
const STILL = 0.16;
const TURNED = 0.5;
const OPENED = 0.25;
const SHUT = 0.08;

export class Guide {
  static async load(root) {
    const { Human } = await import("../front/human/human.esm.js");
    const human = new Human({
      modelBasePath: `${root}/front/human/`,
      // WebAssembly: even and quick on old phones, where WebGL first compiles for many seconds.
      backend: "wasm",
      wasmPath: `${root}/front/human/`,
      debug: false,
      cacheModels: false,
      filter: { enabled: false },
      face: {
        enabled: true,
        detector: { modelPath: "blazeface.json", maxDetected: 2, rotation: false },
        mesh: { enabled: true, modelPath: "facemesh.json" },
        iris: { enabled: false }, emotion: { enabled: false }, description: { enabled: false },
        antispoof: { enabled: false }, liveness: { enabled: false },
      },
      body: { enabled: false }, hand: { enabled: false }, object: { enabled: false },
      gesture: { enabled: false }, segmentation: { enabled: false },
    });
    await human.load();
    return new Guide(human);
  }

  constructor(human) {
    this.human = human;
    this.small = document.createElement("canvas");
    this.light = document.createElement("canvas");
    this.light.width = this.light.height = 32;
  }

  // `picture` is a canvas: what is judged here is the very frame that may be sent.
  async see(picture) {
    const small = this.reduced(picture);
    const { face } = await this.human.detect(small);
    const seen = face.filter((each) => each.mesh?.length >= 468);
    if (seen.length !== 1) return { count: seen.length };
    const at = (n) => seen[0].mesh[n];
    const apart = (n, m) => Math.hypot(at(n)[0] - at(m)[0], at(n)[1] - at(m)[1]);
    return {
      count: 1,
      ...this.lit(small, seen[0].box),
      share: apart(10, 152) / Math.min(small.width, small.height),
      // The nose between the cheeks: 0 straight, above 0 towards the right edge of the picture.
      turn: (at(1)[0] - (at(454)[0] + at(234)[0]) / 2) / (apart(234, 454) / 2),
      open: apart(13, 14) / apart(78, 308),
    };
  }

  async hint(picture) {
    const seen = await this.see(picture);
    if (seen.count === 0) return "none";
    if (seen.count > 1) return "several";
    if (seen.light < DARK) return "dark";
    if (seen.burnt > BURNT_SHARE) return "bright";
    if (seen.share < SMALL) return "closer";
    if (seen.share > LARGE) return "farther";
    if (Math.abs(seen.turn) > FRONTAL) return "front";
    this.rest = { turn: seen.turn, open: Math.min(seen.open, this.rest?.open ?? 1) };
    return "good";
  }

  async isAtRest(picture) {
    const seen = await this.see(picture);
    const rest = this.rest ?? { turn: 0, open: 0 };
    return seen.count === 1 && Math.abs(seen.turn - rest.turn) < STILL && seen.open - rest.open < SHUT;
  }

  // Left and right are the citizen's own: their left is the right edge of the unmirrored picture.
  async isDone(picture, action) {
    const seen = await this.see(picture);
    if (seen.count !== 1) return false;
    const turn = seen.turn - (this.rest?.turn ?? 0);
    if (action === "turn_left") return turn > TURNED;
    if (action === "turn_right") return turn < -TURNED;
    return seen.open - (this.rest?.open ?? 0) > OPENED && Math.abs(turn) < STILL;
  }

  reduced(picture) {
    const scale = Math.min(1, WORKED_ON / Math.max(picture.width, picture.height));
    this.small.width = Math.round(picture.width * scale);
    this.small.height = Math.round(picture.height * scale);
    this.small.getContext("2d").drawImage(picture, 0, 0, this.small.width, this.small.height);
    return this.small;
  }

  // The mean grey level of the face, and the share of it from which detail is gone.
  lit(picture, [x, y, width, height]) {
    const pen = this.light.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, x, y, width, height, 0, 0, 32, 32);
    const { data } = pen.getImageData(0, 0, 32, 32);
    let [sum, burnt] = [0, 0];
    for (let n = 0; n < data.length; n += 4) {
      const grey = 0.299 * data[n] + 0.587 * data[n + 1] + 0.114 * data[n + 2];
      sum += grey;
      if (grey >= BURNT) burnt += 1;
    }
    return { light: sum / 1024, burnt: burnt / 1024 };
  }
}
