"""An import in two steps: every row is judged and told in plain words; only what is confirmed is saved."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import ValidationError

from faq.careful_yaml import Document
from faq.content_models import Content, Topic
from faq.editor import pictures
from faq.editor.cleaning import cleaned_values
from faq.editor.drafts import Author, save_many
from faq.editor.entries import MODELS, Entry, apart, entry_of
from faq.editor.records import faq_import
from faq.editor.sheets import FORMULA, LONG_NUMBER, FileRefused
from faq.editor.tables import COLUMNS, NEEDED, BadCell, body_of_row, by_column, others
from faq.misfits import misfits
from faq.redrawing import Drawn

Fate = Literal["new", "changed", "same", "only_here", "error"]
"""only_here: a release from elsewhere does not hold it; an import never deletes."""


PICTURE = "picture:"
SPOILT = {
    LONG_NUMBER: "的长数字已被表格软件改动，请把这一列设为文本后重新填写",
    FORMULA: "是公式或错误值，请改成文字；要以等号开头，请在前面加一个撇号（'）",
}
"""What a spreadsheet has made of a cell, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One row: its number in the file, what would become of it, and what is wrong with it.

    The key of a picture is "picture:name", and its body what was drawn anew. `seen` is the revision on top
    of which an entry would be saved.
    """

    n: int
    key: str
    title: str
    fate: Fate
    problems: tuple[str, ...] = ()
    category: str = ""
    body: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """One file that was brought, with its rows."""

    id: int
    file: str
    state: str
    rows: tuple[Judged, ...]
    by_id: int
    by: str
    at: datetime

    @property
    def counts(self) -> Counter[str]:
        """How many rows have which fate."""
        return Counter(row.fate for row in self.rows)


@dataclass(frozen=True, slots=True)
class Stock:
    """What is there already: the working copy, the newest revision of each entry, the categories.

    `pictures` are the fingerprints of those that are there, by name.
    """

    working: Mapping[str, Entry]
    newest: Mapping[str, int]
    may_edit: Callable[[str], bool]
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def categories(self) -> dict[str, str]:
        """Slugs, by slug and by what editors call them."""
        return {slug: slug for slug in self.names} | {name: slug for slug, name in self.names.items()}

    @property
    def names(self) -> dict[str, str]:
        """What editors call the categories, by slug."""
        return dict(self.working["categories"].data["names"])


def judge_rows(
    rows: Sequence[Sequence[str]], stock: Stock, progress: Callable[[int, int], None] = lambda _n, _all: None
) -> list[Judged]:
    """Every row of a table, the heading first.

    Raises:
        FileRefused: the heading lacks a column that is needed.
    """
    places, unknown = by_column(rows[0] if rows else [])
    missing = [COLUMNS[key] for key in NEEDED if key not in places]
    if missing:
        raise FileRefused("no_heading")
    told = f"不认识这几列，没有读：{'、'.join(unknown)}"
    judged = [Judged(1, "", "列名", "error", (told,))] if unknown else []
    first: dict[str, int] = {}
    categories = stock.categories
    for n, row in enumerate(rows[1:], start=2):
        cells = {key: row[place] for key, place in places.items() if place < len(row)}
        if not any(cell.strip() for cell in cells.values()):
            continue
        one = _judge_row(n, cells, stock, categories)
        if one.key in first and one.fate != "error":
            words = f"编号和第 {first[one.key]} 行相同；请只留一行"
            one = Judged(n, one.key, one.title, "error", (words,))
        first.setdefault(one.key, n)
        judged.append(one)
        if n % 200 == 0:
            progress(n, len(rows))
    return judged


def judge_content(content: Content, stock: Stock, shown: Mapping[str, bytes] | None = None) -> list[Judged]:
    """Every entry of a release from elsewhere, and the pictures that came with it: `shown` by name."""
    brought, carried = apart(content), shown or {}
    judged = [_fate(n, entry, stock, carried) for n, entry in enumerate(brought.values(), start=1)]
    judged += (_picture(n, name, carried[name], stock) for n, name in enumerate(carried, len(judged) + 1))
    only_here = (entry for key, entry in stock.working.items() if key not in brought)
    return judged + [
        Judged(n, entry.key, entry.title, "only_here")
        for n, entry in enumerate(only_here, start=len(judged) + 1)
    ]


def _picture(n: int, name: str, data: bytes, stock: Stock) -> Judged:
    """A picture never changes under its name: one that is there already stays."""
    key, title, here = f"{PICTURE}{name}"[:80], f"图片“{name}”"[:80], stock.pictures.get(name)
    if here == pictures.fingerprint(data):
        return Judged(n, key, title, "same")
    try:
        drawn = pictures.drawn_anew(data)
    except pictures.PictureRefused:
        return Judged(n, key, title, "error", ("这张图片打不开，或者太大",))
    if here == pictures.fingerprint(drawn.jpeg):  # it came from here, or was brought before
        return Judged(n, key, title, "same")
    if here is not None:
        told = "这里已有另一张同名的图片，会用这里的；要用文件里的，请换个名字自己上传"
        return Judged(n, key, title, "error", (told,))
    if not pictures.NAME.fullmatch(name):
        return Judged(n, key, title, "error", ("图片名只能用汉字、字母、数字、下划线和短横线",))
    return Judged(n, key, title, "new", body=_packed(drawn))


def _packed(drawn: Drawn) -> str:
    return f"{drawn.width} {drawn.height} {base64.b64encode(drawn.jpeg).decode()}"


def _unpacked(body: str) -> Drawn:
    width, height, jpeg = body.split(" ")
    return Drawn(base64.b64decode(jpeg), int(width), int(height))


def _judge_row(n: int, cells: Mapping[str, str], stock: Stock, categories: Mapping[str, str]) -> Judged:
    title = cells.get("title", "").strip()[:60]
    id_ = cells.get("id", "").strip()
    key = f"topic:{id_}"

    def wrong(*problems: str) -> Judged:
        return Judged(n, key, title, "error", problems)

    for sign, told in SPOILT.items():
        if spoilt := [COLUMNS[column] for column, cell in cells.items() if cell == sign]:
            return wrong(f"“{'、'.join(spoilt)}”里{told}")
    try:
        body, category = body_of_row(cells)
    except BadCell as bad:
        return wrong(str(bad))
    if not id_:
        return wrong("没有编号；编号用小写字母、数字和下划线，例如 fee_free")
    if category not in categories:
        return wrong(f"没有“{category}”这个分类；可以写：{'、'.join(stock.names.values())}")
    body = body | _untouched(body, cells, stock.working.get(key))
    try:
        topic = Topic.model_validate_json(json.dumps(body, ensure_ascii=False))
    except ValidationError as error:
        found = misfits(error, Document("", body), Topic)
        return wrong(
            *(f"{COLUMNS.get(one.path.split('[')[0].split('.')[0], '回答')}：{one.words}" for one in found)
        )
    return _fate(n, entry_of(key, topic, categories[category]), stock)


def _untouched(body: Mapping[str, Any], cells: Mapping[str, str], was: Entry | None) -> dict[str, Any]:
    """What a table without some columns leaves as it was."""
    if was is None:
        return {}
    kept = {key: value for key, value in was.data.items() if key not in cells and key not in body}
    if "answers" not in cells:
        kept["answers"] = body["answers"] + others(was.data)
    return kept


def _fate(n: int, entry: Entry, stock: Stock, carried: Container[str] = ()) -> Judged:
    was = stock.working.get(entry.key)
    if not stock.may_edit(entry.category) or (was and not stock.may_edit(was.category)):
        return Judged(n, entry.key, entry.title, "error", ("这个分类您不能改",))
    fate: Fate = "new" if was is None else "changed"
    if was is not None and (was.body, was.category) == (entry.body, entry.category):
        fate = "same"
    elif (clean := _cleaned(entry)) is None:
        return Judged(n, entry.key, entry.title, "error", ("去掉网页代码和看不见的字符之后，有一处没有字了",))
    else:
        entry = clean
    seen = stock.newest.get(entry.key, 0)
    missing = tuple(
        f"图片“{name}”不在文件里，这里也没有；请另外上传"
        for name in dict.fromkeys(pictures.pictures_of(entry))
        if name not in stock.pictures and name not in carried
    )
    return Judged(n, entry.key, entry.title, fate, missing, entry.category, entry.body, seen)


def _cleaned(entry: Entry) -> Entry | None:
    """The entry with plain words only, as a form would have taken it; None when nothing is left of some."""
    data = cleaned_values(entry.data)
    if data == entry.data:
        return entry
    try:
        model = MODELS[entry.kind].model_validate_json(json.dumps(data, ensure_ascii=False))
    except ValidationError:
        return None
    return entry_of(entry.key, model, entry.category)


def keep(tx: sa.Connection, file: str, rows: Sequence[Judged], by: Author, at: datetime) -> int:
    """Keep a dry run until it is confirmed; its number comes back."""
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False)
    values = {"file": file[:200], "rows": text, "state": "checked", "by_id": by.id, "by": by.name, "at": at}
    made = tx.execute(sa.insert(faq_import).values(values)).inserted_primary_key
    assert made is not None  # noqa: S101
    return int(made[0])


def kept(tx: sa.Connection, id_: int) -> Import | None:
    """A dry run by its number."""
    row = tx.execute(sa.select(faq_import).where(faq_import.c.id == id_)).one_or_none()
    if row is None:
        return None
    rows = tuple(Judged(**{**one, "problems": tuple(one["problems"])}) for one in json.loads(row.rows))
    return Import(row.id, row.file, row.state, rows, row.by_id, row.by, row.at)


def apply(
    tx: sa.Connection, found: Import, live: Content, *, by: Author, at: datetime
) -> tuple[int, list[str]]:
    """Save the rows that can be saved as revisions; how many, and the keys left out.

    Left out is what somebody else saved since the dry run. A second confirmation does nothing.
    """
    rows = [row for row in found.rows if row.fate in ("new", "changed")]
    entries = {
        row.key: (Entry(row.key, row.title, row.category, row.body), row.seen)
        for row in rows
        if not row.key.startswith(PICTURE)
    }
    done = sa.update(faq_import).where(faq_import.c.id == found.id, faq_import.c.state == "checked")
    if not rows or tx.execute(done.values(state="applied")).rowcount != 1:
        return 0, []
    left_out = save_many(tx, entries, note=f"导入 {found.file}", author=by, at=at, live=apart(live))
    left_out += _keep_pictures(tx, rows, by, at)
    return len(rows) - len(left_out), left_out


def _keep_pictures(tx: sa.Connection, rows: Sequence[Judged], by: Author, at: datetime) -> Iterator[str]:
    """Keep the pictures among the rows; gives those whose name was taken meanwhile."""
    for row in rows:
        if row.key.startswith(PICTURE):
            try:
                pictures.add(tx, row.key.removeprefix(PICTURE), _unpacked(row.body), by=by, at=at)
            except pictures.PictureRefused:
                yield row.key
