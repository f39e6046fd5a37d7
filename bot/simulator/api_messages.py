"""Customer-service messages and the typing sign: what the product pushes into a chat."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.simulator.account import Account
from bot.simulator.api import OK, Answer, Call, Route
from bot.simulator.chat import Citizen
from bot.simulator.replies import Shown, article, runs
from bot.simulator.rules import TEXT_BYTES, Refusal, part, words

INTERACTION = timedelta(seconds=30)
TYPING = timedelta(seconds=15)
FILES = ("image", "voice", "video")


async def send(account: Account, call: Call) -> Answer:
    """custom/send: the message is checked first, then the citizen, then the quota."""
    citizen = account.citizen(call.body.get("touser"))
    kind = words(call.body, "msgtype")
    if kind in FILES:
        what, body = _file(account, kind, part(call.body, kind))
    elif kind in KINDS:
        what, body = KINDS[kind](part(call.body, kind))
    else:
        raise Refusal(40008)
    speaker = _speaker(account, call.body)
    _check_following(citizen)
    citizen.ledger.spend(account.now())
    if speaker:
        body["nick"] = speaker
    account.put(citizen, "account", what, body, via="push", raw=call.id)
    return OK


def _check_following(citizen: Citizen) -> None:
    """43004 for a citizen who never followed; 45015 says of one who left "subscription is canceled"."""
    if not citizen.following:
        raise Refusal(45015 if citizen.followed_at else 43004)


def _speaker(account: Account, body: dict[str, Any]) -> str:
    service = body.get("customservice")
    if service is None:
        return ""
    return account.room.known(words(part(body, "customservice"), "kf_account")).nick


def _text(body: dict[str, Any]) -> Shown:
    content = words(body, "content")
    if not content:
        raise Refusal(44004)
    if len(content.encode()) > TEXT_BYTES:
        raise Refusal(45002)
    return "text", {"runs": runs(content)}


def _file(account: Account, kind: str, body: dict[str, Any]) -> Shown:
    medium = account.media.find(words(body, "media_id"), account.now())
    if medium.kind != kind:
        raise Refusal(40007)
    return kind, {"path": f"/media/{medium.media_id}", "title": words(body, "title")}


def _news(body: dict[str, Any]) -> Shown:
    articles = body.get("articles")
    if not isinstance(articles, list) or not all(isinstance(one, dict) for one in articles):
        raise Refusal(47001)
    if len(articles) != 1:
        raise Refusal(45008)
    return "news", {"articles": [article(one) for one in articles]}


def _menu(body: dict[str, Any]) -> Shown:
    offered = body.get("list")
    if not isinstance(offered, list) or not offered:
        raise Refusal(40035)
    items = [{"option": str(one.get("id", "")), "text": words(one, "content")} for one in offered]
    return "msgmenu", {
        "head": runs(words(body, "head_content")),
        "items": items,
        "tail": words(body, "tail_content"),
    }


def _music(body: dict[str, Any]) -> Shown:
    return "link", {
        "title": words(body, "title"),
        "url": words(body, "musicurl"),
        "description": words(body, "description"),
    }


def _card(body: dict[str, Any]) -> Shown:
    title = words(body, "title") or words(body, "article_id") or words(body, "card_id")
    return "link", {"title": title, "url": "", "description": words(body, "pagepath")}


KINDS: dict[str, Callable[[dict[str, Any]], Shown]] = {
    "text": _text,
    "music": _music,
    "news": _news,
    "msgmenu": _menu,
    "mpnewsarticle": _card,
    "miniprogrampage": _card,
    "wxcard": _card,
}


async def typing(account: Account, call: Call) -> Answer:
    """custom/typing: within 30 s of what the citizen did last; lasts 15 s; a message ends it."""
    citizen = account.citizen(call.body.get("touser"))
    now = account.now()
    match call.body.get("command"):
        case "CancelTyping":
            citizen.typing_until = None
        case "Typing":
            if citizen.spoke_at is None or now - citizen.spoke_at > INTERACTION:
                raise Refusal(45080)
            if citizen.typing_until is not None and now < citizen.typing_until:
                raise Refusal(45081)
            citizen.typing_until = now + TYPING
        case _:
            raise Refusal(45072)
    account.touch()
    return OK


MESSAGE_ROUTES: dict[str, tuple[str, Route]] = {
    "/cgi-bin/message/custom/send": ("POST", send),
    "/cgi-bin/message/custom/typing": ("POST", typing),
}
