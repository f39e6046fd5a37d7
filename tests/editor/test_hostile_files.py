"""Workbooks and YAML that were made to hurt: each is refused in words, and the process lives on."""

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import Workbook

from faq.careful_yaml import read_yaml
from faq.editor.folders import unpack
from faq.editor.sheets import FORMULA, LONG_NUMBER, FileRefused, read_rows
from faq.findings import ContentRefused

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXT = '<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>'


def workbook(**cells: object) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for place, value in cells.items():
        book.active[place] = value
    book.save(out)
    return out.getvalue()


def with_parts(**parts: str) -> bytes:
    """A workbook with its sheet or its shared texts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(A1="甲"))) as sound, zipfile.ZipFile(out, "w", 8) as made:
        for name in sound.namelist():
            part = sound.read(name).decode()
            if name.startswith("[Content"):
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                shared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
                part = part.replace("</Types>", shared)
            made.writestr(name, parts["sheet"] if name.endswith("sheet1.xml") else part)
        made.writestr("xl/sharedStrings.xml", parts.get("texts", f'<sst xmlns="{MAIN}"/>'))
    return out.getvalue()


def sheet(*rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


class TestAWorkbook:
    def test_with_a_cell_at_the_far_corner_is_not_spread_out_in_memory(self) -> None:
        rows = read_rows("x.xlsx", workbook(A1="编号", XFD2000="x"))
        assert (rows[0][0], len(rows), max(map(len, rows)) < 50) == ("编号", 2000, True)
        with pytest.raises(FileRefused, match="too_many_rows"):
            read_rows("x.xlsx", workbook(A1="编号", XFD1048576="x"))

    def test_whose_cells_all_show_one_enormous_text_is_refused(self) -> None:
        texts = f'<sst xmlns="{MAIN}"><si><t>{"甲" * 40_000}</t></si></sst>'
        with pytest.raises(FileRefused, match="bomb"):
            read_rows("x.xlsx", with_parts(sheet=sheet(TEXT.format(n=1)), texts=texts))

    @pytest.mark.parametrize(
        "told",
        [
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x [<!ENTITY j "jjjjjjjjjj">'
            + "".join(f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in pairwise("jihgfedcba"))
            + "]>",
        ],
    )
    def test_never_reads_what_its_entities_name(self, told: str) -> None:
        texts = f'{told}<sst xmlns="{MAIN}"><si><t>甲&a;</t></si></sst>'
        with pytest.raises(FileRefused, match="broken"):
            read_rows("x.xlsx", with_parts(sheet=sheet(TEXT.format(n=1)), texts=texts))

    @pytest.mark.parametrize(
        "row",
        [
            '<row r="1"><c r="A1"><v>1E999</v></c><c r="B1" t="s"><v>7</v></c></row>',
            '<row r="x"><c r="??" t="b"><v>x</v></c></row>',
            "<row",
        ],
    )
    def test_that_is_no_workbook_inside_is_refused(self, row: str) -> None:
        with pytest.raises(FileRefused, match="broken"):
            read_rows("x.xlsx", with_parts(sheet=sheet(row)))

    def test_tells_formulas_and_lost_digits_from_words(self) -> None:
        rows = read_rows("x.xlsx", workbook(A1="=1+1", B1=12345678901234567, C1=True, D1=0.5, E1=1e3))
        assert rows == [[FORMULA, LONG_NUMBER, "TRUE", "0.5", "1000"]]

    def test_written_by_wps_keeps_its_line_breaks(self) -> None:
        texts = f'<sst xmlns="{MAIN}"><si><t>一_x000D_\n二</t></si></sst>'
        assert read_rows("x.xlsx", with_parts(sheet=sheet(TEXT.format(n=1)), texts=texts)) == [["一\n二"]]


class TestYaml:
    @pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "- " * 100_000, "{a: " * 3_000])
    def test_nested_without_end_is_told_and_ends_nothing(self, text: str) -> None:
        assert [finding.code for finding in read_yaml(text, "x.yml").findings] == ["too_deep"]

    @pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [id]", "a: !!binary aGk="])
    def test_with_a_type_of_its_own_is_told(self, text: str) -> None:
        assert [finding.code for finding in read_yaml(text, "x.yml").findings] == ["tag"]

    def test_that_multiplies_itself_is_told(self) -> None:
        document = read_yaml("a: &a [甲, 乙]\nb: [*a, *a]", "x.yml")
        assert {finding.code for finding in document.findings} == {"alias"}
        assert document.data["b"] == [None, None]

    def test_in_an_archive_is_told_with_its_file(self, tmp_path: Path) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", 8) as archive:
            archive.writestr("menu.yml", "buttons: " + "[" * 100_000)
        with pytest.raises(ContentRefused, match=r"menu\.yml"):
            unpack(out.getvalue())
