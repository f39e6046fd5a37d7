"""Topics as rows of a table that people edit in Excel or WPS, and back again without loss.

Lists stand one item to a line. What a cell cannot hold as it is, is written with a backslash; a cell that
a spreadsheet would take for a formula gets an apostrophe in front, which is taken off again.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS: Mapping[str, str] = {
    "id": "编号",
    "category": "分类",
    "title": "标准问题",
    "questions": "相似问法",
    "negatives": "反例",
    "keywords": "关键词",
    "answer": "回答",
    "answers": "其他回答",
    "related": "相关问题",
    "actions": "按钮",
    "labels": "标签",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
    "owner": "负责人",
    "source": "依据",
}
"""The columns in their order, by what they hold."""

NEEDED = ("id", "category", "title", "questions", "answer")
LISTS = ("questions", "negatives", "keywords", "related", "labels")
PLAIN = ("title", "valid_from", "valid_until", "owner", "source")

_FORMULA = ("=", "+", "-", "@", "'", "\t", "＝", "＋", "－", "＠")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|x(?=005F_)|\\\\"
)
"""What a workbook cannot hold as it stands; openpyxl drops every "x005F_" that it reads."""
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|(n)|(\\))")


class BadCell(ValueError):
    """A cell cannot be read; the message says why in plain words."""


def row_of(body: Mapping[str, Any], category: str) -> list[str]:
    """The cells of a topic, in the order of the columns."""
    answers = others(body)
    first = body["answers"][0]["text"] if len(answers) < len(body.get("answers") or ()) else ""
    cells = {
        "id": body["id"],
        "category": category,
        "answer": _escaped(first),
        "answers": _escaped(json.dumps(answers, ensure_ascii=False)) if answers else "",
        "actions": _lines(_button(action) for action in body.get("actions", ())),
    }
    cells |= {key: _escaped(body.get(key) or "") for key in PLAIN}
    cells |= {key: _lines(body.get(key, ())) for key in LISTS}
    return [harmless(cells[key]) for key in COLUMNS]


def body_of_row(cells: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """The values of a topic and its category's slug; `cells` are by what they hold.

    Raises:
        BadCell: 其他回答 or 按钮 is not written as it is exported.
    """
    read = {key: honest(value) for key, value in cells.items()}
    body: dict[str, Any] = {"id": read.get("id", "").strip(), "questions": [], "answers": []}
    body |= {key: text for key in PLAIN if (text := _unescaped(read.get(key, "")))}
    body |= {key: items for key in LISTS if (items := _items(read.get(key, "")))}
    first = _unescaped(read.get("answer", ""))
    body["answers"] = [*([{"text": first}] if first else []), *_others(read.get("answers", ""))]
    actions = [_action(line) for line in _items(read.get("actions", ""))]
    return body | ({"actions": actions} if actions else {}), read.get("category", "").strip()


def others(body: Mapping[str, Any]) -> list[Any]:
    """The answers of a topic that do not stand in the column 回答: all but a first one for everybody."""
    answers = list(body.get("answers") or ())
    return answers[1:] if answers and set(answers[0]) == {"text"} else answers


def _others(text: str) -> list[Any]:
    if not text.strip():
        return []
    try:
        read = json.loads(_unescaped(text))
    except ValueError:
        raise BadCell("“其他回答”要保持导出时的写法，请从导出的文件里复制") from None
    if not isinstance(read, list):
        raise BadCell("“其他回答”要用方括号括起来，请从导出的文件里复制")
    return read


def _button(action: Mapping[str, Any]) -> str:
    place = f"guide:{action['id']}" if action["open"] == "guide" else action["open"]
    return f"{place} {action['label']}"


def _action(line: str) -> dict[str, str]:
    place, _, label = line.partition(" ")
    open_, _, guide = place.partition(":")
    return {"open": open_, "label": label} | ({"id": guide} if guide else {})


def _lines(items: Any) -> str:
    return "\n".join(_escaped(item).replace("\n", "\\n") for item in items)


def _items(text: str) -> list[str]:
    lines = (line.strip() for line in text.replace("\r\n", "\n").split("\n"))
    return [_unescaped(line) for line in lines if line]


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", text)


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        return "\n" if found[2] else "\\"

    return _ESCAPED.sub(plain, text.replace("\r\n", "\n"))


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def honest(cell: str) -> str:
    """The cell as it was before."""
    return cell[1:] if cell.startswith("'") else cell


def by_column(header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column stands, and the headings that nobody knows."""
    places: dict[str, int] = {}
    unknown = []
    known = {words: key for key, words in COLUMNS.items()} | {key: key for key in COLUMNS}
    for place, words in enumerate(header):
        key = known.get(words.strip())
        if key is None and words.strip():
            unknown.append(words.strip())
        elif key is not None:
            places.setdefault(key, place)
    return places, unknown
