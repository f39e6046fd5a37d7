"""Messages as JSON, for the rows that keep them."""

import json
from datetime import datetime
from typing import Any

from handlers import messages
from handlers.messages import Act, Heard, Option, Saying

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        messages.Words,
        messages.Picture,
        messages.Recording,
        messages.Place,
        messages.SharedLink,
        messages.Followed,
        messages.Left,
        messages.Scanned,
        messages.MenuTapped,
        messages.Notice,
        messages.Text,
        messages.Card,
        messages.Image,
        messages.Illustration,
        messages.PassToWeChatAgents,
    )
}


def pack(saying: Saying) -> str:
    """A saying as one JSON line."""
    return _dump(_tagged(saying))


def unpack(line: str) -> Saying:
    """The saying that `pack` wrote."""
    return _restored(json.loads(line))  # type: ignore[no-any-return]


def pack_heard(heard: Heard) -> str:
    """A push as one JSON line; it may hold personal data, so it is kept sealed."""
    return _dump(
        {"key": heard.key, "openid": heard.openid, "at": heard.at.isoformat(), "act": _tagged(heard.act)}
    )


def unpack_heard(line: str) -> Heard:
    """The push that `pack_heard` wrote."""
    raw = json.loads(line)
    return Heard(raw["key"], raw["openid"], datetime.fromisoformat(raw["at"]), _restored(raw["act"]))


def _tagged(value: Act | Saying) -> dict[str, Any]:
    return {"is": type(value).__name__, **_fields(value)}


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a message or an option; `asdict` would copy every string on the way."""
    fields = {name: getattr(value, name) for name in value.__slots__}
    if "options" in fields:
        fields["options"] = [_fields(option) for option in fields["options"]]
    return fields


def _restored(raw: dict[str, Any]) -> Any:
    kind = _KINDS[raw.pop("is")]
    if "options" in raw:
        raw["options"] = tuple(Option(**option) for option in raw["options"])
    return kind(**raw)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
