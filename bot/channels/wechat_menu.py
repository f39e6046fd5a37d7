"""The menu of the content as WeChat wants it, and how it differs from the one that WeChat shows."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from faq.content_models import Button, Menu


def as_wechat(menu: Menu) -> dict[str, Any]:
    """The body of menu/create."""
    return {"button": [_button(button) for button in menu.buttons]}


def diff(shown: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> list[str]:
    """The lines that tell the two menus apart, as a unified diff; empty when WeChat shows what is wanted.

    `shown` is what menu/get answered, None when there is no menu.
    """
    now = _lines((shown or {}).get("menu", {}).get("button", ()))
    return list(
        difflib.unified_diff(now, _lines(wanted["button"]), "微信上的菜单", "内容里的菜单", lineterm="")
    )


def _button(button: Button) -> dict[str, Any]:
    if button.sub:
        return {"name": button.name, "sub_button": [_button(below) for below in button.sub]}
    if button.url:
        return {"name": button.name, "type": "view", "url": button.url}
    return {"name": button.name, "type": "click", "key": button.key}


def _lines(buttons: Iterable[Mapping[str, Any]], depth: int = 0) -> list[str]:
    lines: list[str] = []
    for button in buttons:
        below = button.get("sub_button") or ()
        does = {key: button[key] for key in ("type", "key", "url") if button.get(key) and not below}
        told = json.dumps(does, ensure_ascii=False, sort_keys=True) if does else ""
        lines.append(f"{'  ' * depth}{button['name']} {told}".rstrip())
        lines += _lines(below, depth + 1)
    return lines
