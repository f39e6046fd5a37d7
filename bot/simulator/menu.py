"""The limits of a menu, as menu/create checks them, and the three shapes it is given back in."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.simulator.rules import Refusal

KEYED = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KEYED, ("key",)),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "media_id": ("media_id",),
    "view_limited": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}
NAME_BYTES = 16
SUB_NAME_BYTES = 60
KEY_BYTES = 128
URL_BYTES = 1024

Button = Mapping[str, Any]


def check_menu(buttons: object) -> None:
    """Raise the Refusal that menu/create would answer: 40016 to 40020 above, 40023 to 40027 below."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refusal(40016)
    for button in buttons:
        _check_name(button, NAME_BYTES, 40018)
        below = button.get("sub_button")
        if not below:
            _check_button(button, kind=40017, key=40019, url=40020)
            continue
        if not isinstance(below, list) or len(below) > 5:
            raise Refusal(40023)
        for sub in below:
            _check_name(sub, SUB_NAME_BYTES, 40025)
            _check_button(sub, kind=40024, key=40026, url=40027)


def _check_name(button: object, limit: int, errcode: int) -> None:
    if not isinstance(button, dict):
        raise Refusal(47001)
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= limit:
        raise Refusal(errcode)


def _check_button(button: Button, *, kind: int, key: int, url: int) -> None:
    needs = NEEDS.get(str(button.get("type", "")))
    if needs is None:
        raise Refusal(kind)
    for field in needs:
        value = button.get(field)
        limit = URL_BYTES if field == "url" else KEY_BYTES if field == "key" else 512
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit:
            raise Refusal(key if field == "key" else url)


def button_at(buttons: Sequence[Button], path: Sequence[int]) -> Button | None:
    """The button that a thumb finds at `path` ([1] or [1, 0]); None where there is nothing to tap."""
    found: Button | None = None
    level: Sequence[Button] = buttons
    for place in path:
        if not 0 <= place < len(level):
            return None
        found = level[place]
        level = found.get("sub_button") or []
    return found if found and not level else None


def as_selfmenu(buttons: Sequence[Button]) -> dict[str, Any]:
    """The menu as get_current_selfmenu_info spells it: sub buttons under `list`."""
    shown = [
        {"name": button["name"], "sub_button": {"list": button["sub_button"]}}
        if button.get("sub_button")
        else dict(button)
        for button in buttons
    ]
    return {"is_menu_open": 1 if buttons else 0, "selfmenu_info": {"button": shown}}


def as_menu(buttons: Sequence[Button]) -> dict[str, Any]:
    """The menu as menu/get spells it: every button with a `sub_button` list."""
    return {
        "menu": {"button": [{**button, "sub_button": button.get("sub_button") or []} for button in buttons]}
    }
