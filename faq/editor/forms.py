"""What the form of each kind of entry brought, as the plain values that its model checks.

Nothing is judged here: a form with mistakes becomes values that the model refuses in plain words.
"""

from collections.abc import Callable, Mapping
from typing import Any

from faq.calendar_models import WEEKDAYS
from faq.content_models import ALL_CHANNELS
from faq.editor.cleaning import cleaned
from faq.editor.entries import Kind
from faq.editor.fields import Fields, filled

SLOTS = ("document", "phone_system", "step", "error")


def read_form(kind: Kind, name: str, fields: Fields) -> dict[str, Any]:
    """The values of the entry `name` of this kind."""
    return _READERS[kind](name, fields)


def _topic(name: str, fields: Fields) -> dict[str, Any]:
    body = {
        "id": name,
        "title": fields.text("title"),
        "questions": fields.lines("questions"),
        "negatives": fields.lines("negatives"),
        "keywords": fields.lines("keywords"),
        "answers": [answer for row in fields.rows("answers") if (answer := _answer(row, fields))],
        "related": list(dict.fromkeys(id_ for id_ in fields.all("related") if id_)),
        "actions": [action for row in fields.rows("actions") if (action := _action(row, fields))],
        "labels": fields.words("labels"),
        "valid_from": fields.text("valid_from"),
        "valid_until": fields.text("valid_until"),
        "owner": fields.text("owner"),
        "source": fields.text("source"),
    }
    return {"questions": [], "answers": [], **filled(body)}


def _answer(row: str, fields: Fields) -> dict[str, Any]:
    text = cleaned(fields.text(f"{row}text"))
    if not text:
        return {}
    slots = filled({slot: fields.text(f"{row}{slot}") for slot in SLOTS})
    channels = fields.all(f"{row}channels")
    everywhere = not channels or set(channels) == set(ALL_CHANNELS)
    answer = {"text": text, "for": slots, "picture": fields.text(f"{row}picture")}
    return filled(answer | ({} if everywhere else {"channels": channels}))


def _action(row: str, fields: Fields) -> dict[str, Any]:
    open_ = fields.text(f"{row}open")
    guide = fields.text(f"{row}id") if open_ == "guide" else ""
    return filled({"open": open_, "label": fields.text(f"{row}label"), "id": guide}) if open_ else {}


def _guide(name: str, fields: Fields) -> dict[str, Any]:
    steps = [step for row in fields.rows("steps") if (step := _step(row, fields))]
    return {
        "id": name,
        "title": fields.text("title"),
        "summary": fields.text("summary"),
        "start": fields.text("start") or (steps[0]["id"] if steps else ""),
        "steps": steps,
    }


def _step(row: str, fields: Fields) -> dict[str, Any]:
    if not fields.text(f"{row}id") or fields.text(f"{row}remove"):
        return {}
    options = [
        {"label": fields.text(f"{choice}label"), "next": fields.text(f"{choice}next")}
        for choice in fields.rows(f"{row}options")
        if fields.text(f"{choice}label")
    ]
    named = ("id", "title", "next", "topic", "step", "picture")
    body: dict[str, Any] = {key: fields.text(f"{row}{key}") for key in named}
    for key in ("text", "stuck"):
        body[key] = cleaned(fields.text(f"{row}{key}"))
    return filled(body | {"options": options, "end": bool(fields.text(f"{row}end"))})


def _sentence(_name: str, fields: Fields) -> dict[str, Any]:
    return {"text": cleaned(fields.text("text"))}


def _scene(_name: str, fields: Fields) -> dict[str, Any]:
    failures = {
        fields.text(f"{row}name"): _help(row, fields)
        for row in fields.rows("failures")
        if fields.text(f"{row}name") and fields.text(f"{row}text")
    }
    return filled({**_help("", fields), "failures": failures})


def _help(row: str, fields: Fields) -> dict[str, Any]:
    text = cleaned(fields.text(f"{row}text"))
    return filled({"text": text, "topic": fields.text(f"{row}topic"), "guide": fields.text(f"{row}guide")})


def _elsewhere(_name: str, fields: Fields) -> dict[str, Any]:
    return {"questions": fields.lines("questions")}


def _labels(_name: str, fields: Fields) -> dict[str, Any]:
    return {"labels": _named(fields, "labels", fields.text)}


def _typed(_name: str, fields: Fields) -> dict[str, Any]:
    return filled({"typed": _named(fields, "typed", fields.lines), "distress": fields.lines("distress")})


def _named(fields: Fields, group: str, read: Callable[[str], Any]) -> dict[str, Any]:
    rows = fields.rows(group)
    return filled({fields.text(f"{row}name"): read(f"{row}words") for row in rows})


def _screens(_name: str, fields: Fields) -> dict[str, Any]:
    rows = fields.rows("screens")
    shown = [
        {"topic": fields.text(f"{row}topic"), "wordings": fields.lines(f"{row}wordings")} for row in rows
    ]
    return filled(
        {"screens": [one for one in shown if one["wordings"]], "furniture": fields.lines("furniture")}
    )


def _menu(_name: str, fields: Fields) -> dict[str, Any]:
    return {"buttons": [button for row in fields.rows("buttons") if (button := _button(row, fields))]}


def _button(row: str, fields: Fields) -> dict[str, Any]:
    sub = [inner for below in fields.rows(f"{row}sub") if (inner := _button(below, fields))]
    does = fields.text(f"{row}does")
    where = {"url": does} if does.startswith("https://") else {"key": does}
    return (
        filled({"name": fields.text(f"{row}name"), **where, "sub": sub}) if fields.text(f"{row}name") else {}
    )


def _hours(_name: str, fields: Fields) -> dict[str, Any]:
    words = {
        key: fields.text(f"words-{key}") for key in ("now", "today", "tomorrow", "day", "moment", "never")
    }
    special = (line.split(None, 1) for line in fields.lines("special"))
    return {
        "summary": fields.text("summary"),
        "week": {day: ranges for day in WEEKDAYS if (ranges := fields.words(f"week-{day}"))},
        "holidays": [_days(line) for line in fields.lines("holidays")],
        "makeup": fields.words("makeup"),
        "makeup_days": [_days(line) for line in fields.lines("makeup_days")],
        "special": {day: _ranges(rest) for day, *rest in special},
        "known_until": fields.text("known_until"),
        "words": {**words, "weekdays": fields.words("words-weekdays")},
    }


def _days(line: str) -> dict[str, str]:
    """ "2026-10-01 2026-10-07 国庆节" or "2026-10-10 国庆节调休"."""
    first, *rest = line.split()
    last = rest.pop(0) if len(rest) > 1 else first
    return {"first": first, "last": last, "name": " ".join(rest)}


def _ranges(rest: list[str]) -> list[str]:
    text = rest[0] if rest else ""
    return [] if text in ("", "休", "不上班") else text.replace("、", " ").replace("，", " ").split()


def _categories(_name: str, fields: Fields) -> dict[str, Any]:
    return {"names": _named(fields, "names", fields.text)}


_READERS: Mapping[Kind, Callable[[str, Fields], dict[str, Any]]] = {
    "topic": _topic,
    "guide": _guide,
    "sentence": _sentence,
    "scene": _scene,
    "elsewhere": _elsewhere,
    "labels": _labels,
    "typed": _typed,
    "screens": _screens,
    "menu": _menu,
    "hours": _hours,
    "categories": _categories,
}
