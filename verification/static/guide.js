// Live guidance in the browser: where the face is, how it looks, how light it is. It only helps the citizen;
// whether it is the right person, and alive, is decided on the server.

const SMALL = 0.3; // share of the picture's shorter side that the face should fill
const LARGE = 0.85;
const DARK = 70; // mean luma of the face, as in the server's quality check
const BRIGHT = 215;
const FRONTAL = 0.2;
const TURNED = 0.34;
const OPEN = 0.22;
const SHUT = 0.12;

export class Guide {
  static async load(root) {
    const { Human } = await import("../front/human/human.esm.js");
    const human = new Human({
      modelBasePath: `${root}/front/human/`,
      backend: "webgl",
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
    this.light = document.createElement("canvas");
    this.light.width = this.light.height = 32;
  }

  async see(video) {
    const { face } = await this.human.detect(video);
    const seen = face.filter((each) => each.mesh?.length >= 468);
    if (seen.length !== 1) return { count: seen.length };
    const mesh = seen[0].mesh;
    const at = (n) => mesh[n];
    const wide = Math.abs(at(454)[0] - at(234)[0]);
    const tall = Math.abs(at(152)[1] - at(10)[1]);
    return {
      count: 1,
      box: seen[0].box,
      share: tall / Math.min(video.videoWidth, video.videoHeight),
      // The nose between the cheeks: 0 straight, > 0 towards the right edge of the picture.
      turn: (at(1)[0] - (at(454)[0] + at(234)[0]) / 2) / (wide / 2),
      open: Math.hypot(at(13)[0] - at(14)[0], at(13)[1] - at(14)[1]) / Math.hypot(at(78)[0] - at(308)[0], at(78)[1] - at(308)[1]),
    };
  }

  async hint(video) {
    const seen = await this.see(video);
    if (seen.count === 0) return "none";
    if (seen.count > 1) return "several";
    const light = this.luma(video, seen.box);
    if (light < DARK) return "dark";
    if (light > BRIGHT) return "bright";
    if (seen.share < SMALL) return "closer";
    if (seen.share > LARGE) return "farther";
    return Math.abs(seen.turn) > FRONTAL ? "front" : "good";
  }

  async isAtRest(video) {
    const seen = await this.see(video);
    return seen.count === 1 && Math.abs(seen.turn) < FRONTAL && seen.open < SHUT;
  }

  // Left and right are the citizen's own: their left is the right edge of the unmirrored picture.
  async isDone(video, action) {
    const seen = await this.see(video);
    if (seen.count !== 1) return false;
    if (action === "turn_left") return seen.turn > TURNED;
    if (action === "turn_right") return seen.turn < -TURNED;
    return seen.open > OPEN && Math.abs(seen.turn) < FRONTAL;
  }

  luma(video, [x, y, width, height]) {
    const pen = this.light.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, x, y, width, height, 0, 0, 32, 32);
    const { data } = pen.getImageData(0, 0, 32, 32);
    let sum = 0;
    for (let n = 0; n < data.length; n += 4) sum += 0.299 * data[n] + 0.587 * data[n + 1] + 0.114 * data[n + 2];
    return sum / 1024;
  }
}
