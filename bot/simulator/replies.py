"""What a citizen sees of a reply: rules for passive replies, and text with its links made tappable."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from bot.simulator.envelope import Abnormal

PASSIVE_BYTES = 2047

# WeChat's own words for an account that does not answer.
APOLOGY = "该公众号暂时无法提供服务，请稍后再试"

LINK = re.compile(r"<a\s([^<>]*)>(.*?)</a>", re.DOTALL)
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")

Shown = tuple[str, dict[str, Any]]


def runs(text: str) -> list[dict[str, str]]:
    """Text cut at its links: each run has `text`; a link has `href`, or `option` and `say`, or `app` too."""
    found: list[dict[str, str]] = []
    end = 0
    for link in LINK.finditer(text):
        run = _link(link[1], link[2])
        if run is None:
            continue
        if link.start() > end:
            found.append({"text": text[end : link.start()]})
        found.append(run)
        end = link.end()
    if end < len(text) or not found:
        found.append({"text": text[end:]})
    return found


def _link(attributes: str, label: str) -> dict[str, str] | None:
    given = {name: double or single for name, double, single in ATTRIBUTE.findall(attributes)}
    href = given.get("href", "")
    if app := given.get("data-miniprogram-appid"):
        return {"text": label, "app": app, "page": given.get("data-miniprogram-path", "")}
    if href.startswith("weixin://bizmsgmenu?"):
        asked = dict(pair.partition("=")[::2] for pair in href.partition("?")[2].split("&"))
        say = unquote(asked.get("msgmenucontent", ""))
        return {"text": label, "option": unquote(asked.get("msgmenuid", "")), "say": say}
    if href.startswith(("https://", "http://")):
        return {"text": label, "href": href}
    return None


def check_passive(reply: Mapping[str, Any], *, openid: str, original_id: str) -> str:
    """The MsgType of a reply that WeChat delivers. Raises Abnormal."""
    kind = reply.get("MsgType")
    if reply.get("ToUserName") != openid or reply.get("FromUserName") != original_id:
        raise Abnormal("a reply from or to somebody else")
    if not str(reply.get("CreateTime", "")).isdigit():
        raise Abnormal("a CreateTime that is no number")
    if kind != "transfer_customer_service" and kind not in SHAPES:
        raise Abnormal("a MsgType that cannot be replied with")
    return str(kind)


def shown_passive(reply: Mapping[str, Any], *, to_message: bool) -> Shown:
    """What appears in the chat. Raises Abnormal for an empty or too long reply."""
    try:
        kind, body = SHAPES[str(reply["MsgType"])](reply)
    except (KeyError, TypeError, AttributeError):
        raise Abnormal("a reply with parts missing") from None
    if kind == "news":
        # One article answers a message, up to eight an event; WeChat drops the rest (since 2018-10-12).
        body["articles"] = body["articles"][: 1 if to_message else 8]
    return kind, body


def _text(reply: Mapping[str, Any]) -> Shown:
    content = str(reply["Content"])
    size = len(content.encode())
    if not content:
        raise Abnormal("a text reply without text")
    if size > PASSIVE_BYTES:
        raise Abnormal(f"a text reply of {size} bytes, {PASSIVE_BYTES} are the most")
    return ("text", {"runs": runs(content)})


def _file(reply: Mapping[str, Any]) -> Shown:
    kind = str(reply["MsgType"])
    inner = reply[kind.capitalize()]
    return (kind, {"path": f"/media/{inner['MediaId']}", "title": inner.get("Title", "")})


def _music(reply: Mapping[str, Any]) -> Shown:
    music = reply["Music"]
    return ("link", {"title": music.get("Title", ""), "url": music.get("MusicUrl", ""), "description": ""})


def _news(reply: Mapping[str, Any]) -> Shown:
    articles: Sequence[Mapping[str, Any]] = reply["Articles"]
    if not isinstance(articles, list) or str(len(articles)) != str(reply["ArticleCount"]):
        raise Abnormal("an ArticleCount that does not count the articles")
    return ("news", {"articles": [article(one) for one in articles]})


def article(one: Mapping[str, Any]) -> dict[str, str]:
    """A news card, from a passive reply (Title) or from custom/send (title)."""
    lower = {name.lower(): str(value) for name, value in one.items()}
    return {name: lower.get(name, "") for name in ("title", "description", "url", "picurl")}


SHAPES = {
    "text": _text,
    "image": _file,
    "voice": _file,
    "video": _file,
    "music": _music,
    "news": _news,
}
