"""Files of spreadsheets: what may come in, and rows of text out of it; and the way out.

Nothing is opened before its real size is known: a small archive may unpack to gigabytes.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 120 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 40
LONGEST_CELL = 32_767
"""Letters that Excel itself keeps in a cell; one long text that every cell shows would cost an hour."""

LONGEST_EXACT = 10**15
"""From here on Excel keeps a number as 1.1E+17: digits are lost before we see them."""

LONG_NUMBER = "\x00long"
FORMULA = "\x00formula"
"""Stand for a number whose digits Excel has lost, and for what it would compute; no other cell holds a zero
byte."""

_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, zlib.error, ParseError)
"""What openpyxl raises for files that are none of Excel's."""

_WIDTHS = {2: 10, 3: 24, 4: 48, 5: 24, 7: 60, 8: 30}


class FileRefused(ValueError):
    """The file cannot be taken; `code` names the reason."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_rows(name: str, data: bytes) -> list[list[str]]:
    """The rows of an xlsx or csv file as text, the heading first.

    Raises:
        FileRefused: too large, with macros, an archive bomb, or no such file at all.
    """
    if len(data) > MOST_BYTES:
        raise FileRefused("too_large")
    ending = name.lower().rpartition(".")[2]
    match ending:
        case "csv" | "txt" | "tsv":
            rows = list(_csv_rows(data))
        case "xlsx":
            rows = list(_xlsx_rows(data))
        case "xlsm" | "xltm" | "xlsb" | "xls" | "xlam":
            raise FileRefused("macros_or_old")
        case _:
            raise FileRefused("unknown_kind")
    if len(rows) > MOST_ROWS:
        raise FileRefused("too_many_rows")
    return rows


def write_xlsx(rows: Iterable[Sequence[str]], title: str) -> bytes:
    """A workbook of text cells only: nothing in it is a formula, and no digits are lost."""
    from openpyxl import Workbook  # 4 MB that a house needs only while a workbook is carried in or out
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "D2"
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    top = Alignment(vertical="top", wrap_text=True)
    for n, row in enumerate(rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type, cell.number_format, cell.alignment = "s", "@", top
            if n == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def unpacked(data: bytes) -> zipfile.ZipFile:
    """The archive, once every part of it was unpacked for real and found small enough.

    Raises:
        FileRefused: it is none, or it is a bomb.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        if len(archive.infolist()) > MOST_PARTS:
            raise FileRefused("bomb")
        left = MOST_UNPACKED
        for part in archive.infolist():
            with archive.open(part) as stream:
                while block := stream.read(1 << 16):
                    left -= len(block)
                    if left < 0:
                        raise FileRefused("bomb")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as broken:
        raise FileRefused("broken") from broken
    return archive


def _xlsx_rows(data: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # as in write_xlsx

    with unpacked(data) as archive:
        names = {name.lower() for name in archive.namelist()}
        if any(name.endswith("vbaproject.bin") or "/activex/" in name for name in names):
            raise FileRefused("macros_or_old")
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the file's own word for its size is not believed
        rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
        heading = [_text(cell) for cell in next(rows, ())]
        while heading and not heading[-1]:
            heading.pop()
        yield heading
        for row in rows:
            yield [_text(cell) for cell in row[: len(heading)]]
    except FileRefused:
        raise
    except _UNREADABLE as broken:
        raise FileRefused("broken") from broken


def _text(cell: Any) -> str:
    """A cell as it was typed; numbers, dates and formulas have lost that."""
    if cell.data_type in ("f", "e"):
        return FORMULA
    match cell.value:
        case None:
            return ""
        case str() as text if len(text) > LONGEST_CELL:
            raise FileRefused("bomb")
        case str() as text:
            return text.replace("_x000D_", "")  # how WPS writes the first half of a line break
        case bool() as value:
            return str(value).upper()
        case int() | float() as value if value % 1 == 0:
            return LONG_NUMBER if abs(value) >= LONGEST_EXACT else str(int(value))
        case datetime() as value:
            return value.date().isoformat() if not (value.hour or value.minute) else value.isoformat(" ")
        case date() as value:
            return value.isoformat()
        case value:
            return str(value)


def _csv_rows(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    mark = max(",\t;", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    except csv.Error as broken:
        raise FileRefused("broken") from broken


def _decoded(data: bytes) -> str:
    """Excel and WPS write UTF-8 with a mark, UTF-16 ("Unicode text"), or GB18030 without any."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries: tuple[str, ...] = ("utf-16",)
    else:
        tries = ("utf-8-sig", "gb18030")
    for encoding in tries:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("encoding")


csv.field_size_limit(1 << 20)
