// The phone: shows what /control/state says and turns taps into /control/act. No citizen's text is ever HTML.

const control = (path) => `control/${path}`;
const $ = (id) => document.getElementById(id);
const EMOJI = "微笑 撇嘴 色 得意 流泪 害羞 大哭 尴尬 发怒 呲牙 惊讶 难过 抓狂 偷笑 愉快 疑问 晕 再见 鼓掌 抱拳 强 OK 玫瑰 爱心".split(" ");

const VERDICTS = { silence: "不回复", replied: "已回复", transferred: "转人工客服" };

let openid = "";
let lastBubble = 0;
let revision = -1;
let state = {};
let bar = "menu";
let menuKnown = "[]";
let waiting = new AbortController();

// ---- small tools ----

function make(tag, props = {}, ...inside) {
  const { class: name, on = {}, data = {}, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  if (name) node.className = name;
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  Object.assign(node.dataset, data);
  node.append(...inside.filter((one) => one !== null && one !== ""));
  return node;
}

function complain(words) {
  $("problem").textContent = words;
  $("problem").hidden = !words;
}

async function ask(path, body, method = body ? "POST" : "GET") {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body) options.body = JSON.stringify(body);
  const answer = await fetch(control(path), options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? `HTTP ${answer.status}`);
  return found;
}

async function tell(path, body, method) {
  complain("");
  try {
    return await ask(path, body, method);
  } catch (problem) {
    complain(`没有做成：${problem.message}`);
    return null;
  }
}

const act = (wish) => tell("act", { openid, ...wish });

// ---- the chat ----

function runsOf(runs) {
  return runs.map((run) => {
    if ("option" in run) return tapTo(run.text, run.say, run.option);
    if (run.href) return linkTo(run.href, run.text);
    if (run.app) return make("span", { class: "tap", title: `小程序 ${run.app} ${run.page}` }, run.text);
    return document.createTextNode(run.text);
  });
}

function tapTo(label, say, option) {
  return make("button", { type: "button", class: "tap", on: { click: () => act({ do: "tap", text: say || label, option }) } }, label);
}

function linkTo(href, ...inside) {
  if (!/^https?:\/\//.test(href)) return make("span", {}, ...inside);
  return make("a", { href, target: "_blank", rel: "opener", on: { click: rememberCitizen } }, ...inside);
}

// The OAuth page of the stand-in shows this citizen first.
function rememberCitizen() {
  document.cookie = `simulator_citizen=${openid}; path=/; SameSite=Lax`;
}

function cardOf(one) {
  const words = [make("strong", {}, one.title || "（没有标题）"), make("small", {}, one.description || one.url || "")];
  const picture = one.picurl ? make("img", { src: one.picurl, alt: "" }) : "";
  return make("div", { class: "bubble bare" }, make("div", { class: "card" }, one.url ? linkTo(one.url, picture, ...words) : make("div", { class: "card-in" }, picture, ...words)));
}

function bodyOf({ kind, body }) {
  switch (kind) {
    case "text":
      return make("div", { class: "bubble" }, ...runsOf(body.runs));
    case "image":
      return make("div", { class: "bubble bare" }, make("img", { src: `.${body.path}`, alt: "图片", on: { load: toTheEnd } }));
    case "voice":
      return make("div", { class: "bubble" }, make("span", { class: "wave" }, `语音 ${body.seconds ?? 1}″`), body.recognition ? make("div", { class: "hint" }, `识别为：${body.recognition}`) : "");
    case "video":
      return make("div", { class: "bubble" }, body.title ? `视频：${body.title}` : "视频");
    case "sticker":
      return make("div", { class: "bubble" }, "[表情包]");
    case "location":
      return make("div", { class: "bubble bare" }, make("div", { class: "card map" }, make("div", { class: "card-in" }, make("strong", {}, body.label), make("small", {}, `${body.latitude}, ${body.longitude}`))));
    case "link":
      return cardOf(body);
    case "news":
      return make("div", {}, ...body.articles.map(cardOf));
    case "msgmenu":
      return make("div", { class: "bubble" }, ...runsOf(body.head), ...body.items.map((item) => make("span", { class: "item" }, tapTo(item.text, item.text, item.option))), body.tail);
    default:
      return make("div", { class: "bubble" }, `[${kind}]`);
  }
}

function rawButton(name) {
  return name ? make("button", { type: "button", on: { click: () => showRaw(name) } }, "原文") : "";
}

function turnOf(bubble) {
  if (bubble.who === "system") {
    const name = bubble.kind === "apology" ? "note apology" : "note";
    return make("p", { class: name }, bubble.body.text, " ", bubble.raw ? rawButton(bubble.raw) : "");
  }
  const mine = bubble.who === "citizen";
  const nick = bubble.body.nick ?? "";
  const face = mine
    ? make("span", { class: `face tone-${toneOf(openid)}`, ariaHidden: "true" }, state.citizen.name.slice(0, 1))
    : make("span", { class: `face ${nick ? "agent" : "house"}`, ariaHidden: "true" }, nick ? nick.slice(0, 1) : "应");
  const time = new Date(bubble.at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const way = { passive: "随回应", push: "推送" }[bubble.via] ?? "";
  const who = make("span", { class: "hidden" }, mine ? `${state.citizen.name}：` : `${nick || "公众号"}：`);
  const meta = make("div", { class: "meta" }, make("span", {}, [nick, way, time].filter(Boolean).join(" · ")), rawButton(bubble.raw));
  return make("div", { class: `turn ${mine ? "citizen" : "account"}` }, face, make("div", {}, who, bodyOf(bubble), meta));
}

const toneOf = (id) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 4;

async function showRaw(name) {
  const raw = await tell(`raw/${name}`);
  if (!raw) return;
  const parts = raw.path
    ? [["接口", raw.path], ["请求", raw.sent], ["回答", raw.answer]]
    : [["加密前的推送", raw.plain], ...raw.tries.flatMap((one, number) => [
        [`第 ${number + 1} 次请求 · ${one.took_ms} 毫秒 · ${VERDICTS[one.verdict] ?? one.verdict}`, `POST ${one.url}\n\n${one.sent}`],
        ["签名", one.steps.join("\n")],
        [`回复 · ${one.status ?? "没有"}`, one.answer || "（空）"],
        ...(one.answer_plain && one.answer_plain !== one.answer ? [["解密后的回复", one.answer_plain]] : []),
      ])];
  $("raw").replaceChildren(...parts.flatMap(([title, text]) => [make("h3", {}, title), make("pre", { tabIndex: 0 }, text)]));
  $("raw-hint").hidden = true;
  if (getComputedStyle(document.querySelector(".views")).display !== "none") show("tools");
}

// ---- drawing the state ----

function drawPeople(people) {
  $("people").replaceChildren(...people.map((one) => make("li", {}, make("button", {
    type: "button", ariaCurrent: String(one.openid === openid), on: { click: () => { choose(one.openid); show("chat"); } },
  }, make("span", { class: `face tone-${toneOf(one.openid)}`, ariaHidden: "true" }, one.name.slice(0, 1)),
  make("span", {}, one.name, make("small", {}, one.following ? "已关注" : "未关注"))))));
}

function drawMenu(menu) {
  const written = JSON.stringify(menu);
  if (written === menuKnown) return;
  menuKnown = written;
  $("menu").replaceChildren(...menu.map((button, place) => {
    const below = button.sub_button ?? [];
    if (!below.length) return make("div", {}, make("button", { type: "button", on: { click: () => tapMenu([place], button) } }, button.name));
    const list = make("ul", { hidden: true }, ...below.map((sub, under) => make("li", {}, make("button", { type: "button", on: { click: () => tapMenu([place, under], sub) } }, sub.name))));
    const opener = make("button", { type: "button", ariaExpanded: "false", on: { click: () => toggleMenu(list, opener) } }, `≡ ${button.name}`);
    return make("div", {}, opener, list);
  }));
  if (menu.length) bar = "menu";
}

function toggleMenu(list, opener) {
  const open = list.hidden;
  closeMenus();
  list.hidden = !open;
  opener.ariaExpanded = String(open);
}

function closeMenus() {
  for (const list of $("menu").querySelectorAll("ul")) list.hidden = true;
  for (const opener of $("menu").querySelectorAll("[aria-expanded]")) opener.ariaExpanded = "false";
}

function tapMenu(path, button) {
  closeMenus();
  if (button.type === "view") { rememberCitizen(); window.open(button.url, "_blank"); }
  act({ do: "menu", path });
}

function drawBars() {
  const following = Boolean(state.citizen?.following);
  const hasMenu = state.menu.length > 0;
  $("follow-bar").hidden = following || !state.citizen;
  $("bar-menu").hidden = !following || !hasMenu || bar !== "menu";
  $("bar-write").hidden = !following || (hasMenu && bar === "menu");
  $("to-menu").hidden = !hasMenu;
  if (!following || !$("bar-menu").hidden) openDrawer("");
}

function drawQuota(citizen) {
  const names = { message: "发过消息（48 小时 5 条）", click: "点过菜单（1 分钟 3 条）", subscribe: "刚关注（1 分钟 3 条）", scan: "扫过码（1 分钟 3 条）" };
  const windows = citizen.windows.map((one) => make("li", {}, `${names[one.trigger]}：还有 ${one.left} 条，剩 ${longOf(one.seconds)}`));
  $("quota").replaceChildren(make("p", {}, make("span", { class: "big" }, String(citizen.left)), "条"), make("ul", { class: "plain hint" }, ...windows));
}

const longOf = (seconds) => seconds >= 3600 ? `${Math.floor(seconds / 3600)} 小时` : seconds >= 60 ? `${Math.floor(seconds / 60)} 分钟` : `${seconds} 秒`;

function drawTools(found) {
  $("now").textContent = new Date(found.now).toLocaleString("zh-CN");
  $("moved").textContent = found.moved_s ? `（已快进 ${longOf(found.moved_s)}）` : "";
  $("faults").replaceChildren(...found.faults.map((one) => make("li", {}, `${one.api}：${one.what}，还有 ${one.times} 次`)));
  $("agents").textContent = found.agents.map((one) => `${one.nick}（${one.online ? "在线" : "离线"}）`).join("、");
  $("codes").replaceChildren(...found.codes.map((code) => make("button", { type: "button", on: { click: () => { $("dialog-scan").close(); act({ do: "scan", ticket: code.ticket }); } } },
    make("img", { src: `api/cgi-bin/showqrcode?ticket=${code.ticket}`, alt: "" }), code.scene)));
}

const toTheEnd = () => { $("log").scrollTop = $("log").scrollHeight; };

function drawChat(found) {
  const log = $("log");
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const fresh = found.bubbles.filter((bubble) => bubble.id > lastBubble);
  for (const bubble of fresh) log.append(turnOf(bubble));
  lastBubble = fresh.at(-1)?.id ?? lastBubble;
  if (low || fresh.some((bubble) => bubble.who === "citizen")) toTheEnd();
  const citizen = found.citizen;
  $("who").textContent = citizen.name;
  const typing = citizen.typing_s > 0;
  $("state-note").textContent = typing ? "正在输入…" : citizen.agent ? `人工 ${citizen.agent}` : citizen.waiting ? "排队中" : "";
  if (typing) setTimeout(() => { $("state-note").textContent = ""; }, citizen.typing_s * 1000);
}

function draw(found) {
  state = found;
  revision = found.revision;
  drawPeople(found.citizens);
  drawMenu(found.menu);
  drawTools(found);
  if (found.citizen) { drawChat(found); drawQuota(found.citizen); }
  drawBars();
}

// ---- following the state ----

function choose(chosen) {
  openid = chosen;
  lastBubble = 0;
  revision = -1;
  $("log").replaceChildren();
  sessionStorage.setItem("citizen", chosen);
  waiting.abort();
}

async function refresh(seconds) {
  waiting = new AbortController();
  const asked = openid;
  const query = new URLSearchParams({ openid, after: lastBubble, seen: revision, wait_s: seconds });
  const answer = await fetch(`${control("state")}?${query}`, { signal: waiting.signal });
  const found = await answer.json();
  if (asked !== openid) return;
  if (openid && !found.citizen) choose("");
  if (!openid) choose(found.citizens[0]?.openid ?? (await ask("citizens", {})).openid);
  else draw(found);
}

async function follow() {
  openid = sessionStorage.getItem("citizen") ?? "";
  for (;;) {
    try {
      await refresh(revision < 0 ? 0 : 20);
    } catch (problem) {
      if (problem.name !== "AbortError") {
        $("state-note").textContent = "连接断开，重试中";
        await new Promise((again) => setTimeout(again, 1500));
      }
    }
  }
}

// ---- taps ----

function show(view) {
  document.body.dataset.show = view;
  if (view === "chat") toTheEnd();
  for (const button of document.querySelectorAll("[data-view]")) button.ariaPressed = String(button.dataset.view === view);
}

function openDrawer(name) {
  for (const drawer of document.querySelectorAll(".drawer")) drawer.hidden = drawer.id !== name;
  for (const button of document.querySelectorAll("[data-drawer]")) button.ariaExpanded = String(button.dataset.drawer === name);
}

function fitWords() {
  const words = $("words");
  $("send").hidden = !words.value.trim();
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight + 2}px`;
}

function sendWords(event) {
  event?.preventDefault();
  const text = $("words").value.trim();
  if (!text) return;
  $("words").value = "";
  fitWords();
  openDrawer("");
  $("words").focus();
  act({ do: "text", text });
}

const WISHES = {
  link: { do: "link", title: "身份验证操作指南", url: "https://example.com/guide", description: "一份分享过来的链接" },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button?.closest(".menu")) closeMenus();
  if (!button) return;
  const { view, do: deed, open, drawer, bar: wanted, forward, agent } = button.dataset;
  if (view) show(view);
  if (deed) { openDrawer(""); act(WISHES[deed] ?? { do: deed }); }
  if (open) { openDrawer(""); $(open).showModal(); }
  if (drawer) openDrawer($(drawer).hidden ? drawer : "");
  if (wanted) { bar = wanted; drawBars(); if (wanted === "write") $("words").focus(); }
  if (forward) tell("clock", { forward_s: Number(forward) });
  if (agent) tell("agents", { do: agent, openid });
});

$("bar-write").addEventListener("submit", sendWords);
$("words").addEventListener("input", fitWords);
$("words").addEventListener("keydown", (event) => {
  // Enter that picks a word of an input method must not send.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) sendWords(event);
});
$("add-citizen").addEventListener("submit", async (event) => {
  event.preventDefault();
  const made = await tell("citizens", { name: event.target.elements.name.value });
  event.target.reset();
  if (made) { choose(made.openid); show("chat"); }
});
$("scan").addEventListener("submit", (event) => {
  const scene = event.target.elements.scene.value.trim();
  if (event.submitter.value && scene) act({ do: "scan", scene });
});
$("voice").addEventListener("submit", (event) => {
  if (event.submitter.value) act({ do: "voice", recognition: event.target.elements.recognition.value.trim() });
  event.target.reset();
});
$("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  openDrawer("");
  const answer = await fetch(control("media?kind=image"), { method: "POST", headers: { "Content-Type": file.type }, body: file });
  const found = await answer.json();
  if (answer.ok) act({ do: "image", media_id: found.media_id });
  else complain(`没有做成：${found.error}`);
});
$("fail").addEventListener("submit", (event) => {
  event.preventDefault();
  const { api, what, times } = Object.fromEntries(new FormData(event.target));
  tell("fail", { api, what: /^-?\d+$/.test(what) ? Number(what) : what, times: Number(times) });
});
$("agent-say").addEventListener("submit", (event) => {
  event.preventDefault();
  tell("agents", { do: "say", openid, text: event.target.elements.text.value });
  event.target.reset();
});
$("clear-faults").addEventListener("click", () => tell("fail", undefined, "DELETE"));
$("expire-tokens").addEventListener("click", () => tell("tokens", { expire: true }));
$("reset").addEventListener("click", async () => { if (await tell("reset", {})) choose(""); });
$("verify").addEventListener("click", async () => {
  const found = await tell("verify", {});
  if (found) $("verified").textContent = found.ok ? "服务器验证通过。" : "服务器没有原样返回 echostr。";
});
$("drawer-emoji").replaceChildren(...EMOJI.map((name) => make("button", { type: "button", on: { click: () => { $("words").value += `[${name}]`; fitWords(); } } }, `[${name}]`)));
follow();
