"""Answers that come in from files: judged row by row, saved only when confirmed, and nobody's words lost."""

import csv
import io
import re
import zipfile

import pytest

from bot.rights import Role
from faq.editor.drafts import Author
from faq.editor.rights import set_right
from faq.editor.sheets import read_rows
from faq.editor.tables import COLUMNS
from tests.editor.conftest import MORNING
from tests.editor.stage import Builds, Stage, Writer

NAMES = list(COLUMNS.values())
SHEET = "/content/transfer/topics.csv"


def as_csv(rows: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def row(**cells: str) -> list[str]:
    return [cells.get(key, "") for key in COLUMNS]


NEW = row(
    id="opening_hours",
    category="face",
    title="几点可以核验？",
    questions="几点能核验\n周末可以吗",
    answer="全天都可以。",
)


def picked(text: str, fate: str) -> int:
    """How many rows have this fate, as the report counts them."""
    found = re.search(rf"<strong>(\d+)</strong> {fate}", text)
    assert found, text
    return int(found[1])


async def exported(writer: Writer) -> list[list[str]]:
    return read_rows("x.csv", await writer.downloads(SHEET))


class TestATableThatComesBackUntouched:
    @pytest.mark.parametrize("ending", ["xlsx", "csv"])
    async def test_changes_nothing(self, stage: Stage, ending: str) -> None:
        editor = await stage.writer("小文")
        data = await editor.downloads(f"/content/transfer/topics.{ending}")
        await editor.brings(f"问答.{ending}", data)
        assert "没有可以导入的修改" in editor.text
        assert picked(editor.text, "没有变化") == len(read_rows(f"x.{ending}", data)) - 1


class TestATableWithMistakes:
    async def test_is_told_row_by_row_and_saves_nothing_yet(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        strange = row(id="x", category="没有这类", title="标题", questions="问", answer="答")
        nameless = row(category="face", title="没有编号", questions="问", answer="答")
        empty = row(id="no_answer", category="face", title="没有回答", questions="问")
        spoilt = row(id="bad_button", category="face", title="按钮", questions="问", answer="答")
        spoilt[NAMES.index("按钮")] = "shop 去买"
        await editor.brings("表.csv", as_csv([NAMES, NEW, strange, nameless, empty, spoilt, NEW]))
        assert (picked(editor.text, "新增"), picked(editor.text, "不能导入")) == (1, 5)
        for words in ("没有“没有这类”这个分类", "没有编号", "回答：", "按钮：", "编号和第 2 行相同"):
            assert words in editor.text
        assert "None" not in editor.text
        await editor.opens("/content/changes")
        assert "编辑保存过的内容都已经上线" in editor.text

    async def test_is_told_without_a_word_of_programming(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        spaced = row(id="bad id", category="face", title="坏编号", questions="问", answer="答")
        await editor.brings("表.csv", as_csv([NAMES, spaced]))
        assert "编号：只能用小写字母、数字和下划线" in editor.text
        assert "^[a-z]" not in editor.text

    async def test_names_the_columns_that_nobody_reads(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.brings("表.csv", as_csv([[*NAMES, "回达", "备注"], [*NEW, "答", "x"]]))
        assert "不认识这几列，没有读：回达、备注" in editor.text
        assert picked(editor.text, "新增") == 1

    async def test_can_be_imported_without_the_wrong_rows(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.brings("表.csv", as_csv([NAMES, NEW, row(id="x", category="?")]))
        await editor.sends(editor.path, which="all")
        assert "已导入 1 行" in editor.text
        await editor.opens("/content/changes")
        assert "几点可以核验？" in editor.text

    async def test_in_which_excel_has_spoilt_long_digits_says_how_to_mend_it(self, stage: Stage) -> None:
        from openpyxl import Workbook

        book, out = Workbook(), io.BytesIO()
        book.active.append(NAMES)
        book.active.append([*NEW[:2], 110101199003070038, *NEW[3:]])
        book.save(out)
        editor = await stage.writer("小文")
        await editor.brings("表.xlsx", out.getvalue())
        assert "请把这一列设为文本后重新填写" in editor.text


class TestAConfirmedImport:
    async def test_saves_the_chosen_rows_alone_and_only_once(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        rows = await exported(editor)
        title = NAMES.index("标准问题")
        for at in (1, 2):
            rows[at][title] = f"改过的标题{at}？"
        await editor.brings("表.csv", as_csv([*rows, NEW]))
        assert (picked(editor.text, "新增"), picked(editor.text, "修改")) == (1, 2)
        report = editor.path
        await editor.sends(report, which="chosen")
        assert "没有勾选任何一行" in editor.text
        await editor.sends(report, which="chosen", rows=["2"])
        assert "已导入 1 行" in editor.text
        await editor.sends(report, which="all")
        assert "这份文件已经导入过了" in editor.text
        await editor.opens("/content/changes")
        assert "改过的标题1" in editor.text
        assert "改过的标题2" not in editor.text
        assert "几点可以核验" not in editor.text

    async def test_leaves_out_what_somebody_saved_meanwhile(self, stage: Stage) -> None:
        editor, other = await stage.writer("小文"), await stage.writer("小陈")
        rows = await exported(editor)
        rows[1][NAMES.index("标准问题")] = "表里的标题？"
        await editor.brings("表.csv", as_csv([*rows, NEW]))
        report = editor.path
        await other.saves(f"topic:{rows[1][0]}", title="小陈的标题？")
        await editor.sends(report, which="all")
        assert "已导入 1 行" in editor.text
        assert f"topic:{rows[1][0]}" in editor.text
        await editor.opens(f"/content/entry/topic:{rows[1][0]}")
        assert editor.form()["title"] == "小陈的标题？"

    async def test_keeps_what_the_table_has_no_columns_for(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        rows = await exported(editor)
        kept = [NAMES.index(name) for name in ("编号", "分类", "标准问题", "相似问法", "回答")]
        rows[1][NAMES.index("标准问题")] = "只改标题？"
        await editor.brings("表.csv", as_csv([[row[n] for n in kept] for row in rows], "gb18030"))
        assert (picked(editor.text, "修改"), picked(editor.text, "不能导入")) == (1, 0)
        await editor.opens(f"/content/entry/topic:{rows[1][0]}")
        before = editor.form()
        await editor.brings("表.csv", as_csv([[row[n] for n in kept] for row in rows], "gb18030"))
        await editor.sends(editor.path, which="all")
        await editor.opens(f"/content/entry/topic:{rows[1][0]}")
        assert editor.form() | {"seen": ""} == before | {"title": "只改标题？", "seen": ""}


class TestAFileThatIsRefused:
    @pytest.mark.parametrize(
        ("name", "data", "words"),
        [
            ("表.xlsm", b"x", "不收带宏的"),
            ("表.xlsx", b"not a workbook", "文件打不开"),
            ("表.pdf", b"%PDF", "只收 .xlsx、.csv"),
            ("表.csv", "甲,乙\n1,2".encode(), "第一行要是列名"),
            ("包.zip", b"PK", "文件打不开"),
        ],
    )
    async def test_says_why_and_the_next_one_is_taken(
        self, stage: Stage, name: str, data: bytes, words: str
    ) -> None:
        editor = await stage.writer("小文")
        await editor.brings(name, data)
        assert words in editor.text
        await editor.brings("表.csv", as_csv([NAMES, NEW]))
        assert picked(editor.text, "新增") == 1

    async def test_is_one_that_was_not_chosen(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/transfer")
        answer = await editor.sends("/content/transfer", file=("", b""))
        assert (answer.status, "请先选一个文件" in editor.text) == (422, True)

    async def test_is_an_archive_bomb(self, stage: Stage) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(501):
                archive.writestr(f"topics/{n}.yml", b"")
        editor = await stage.writer("小文")
        await editor.brings("包.zip", out.getvalue())
        assert "大得不正常" in editor.text


class TestAnImport:
    async def test_is_for_those_who_write_and_shown_to_who_brought_it(self, stage: Stage) -> None:
        editor, other = await stage.writer("小文"), await stage.writer("小陈")
        agent = await stage.writer("客服", Role.AGENT)
        await editor.brings("表.csv", as_csv([NAMES, NEW]))
        assert (await other.opens(editor.path)).status == 404
        assert (await agent.sends("/content/transfer", file=("表.csv", as_csv([NAMES, NEW])))).status == 403
        assert len(await exported(agent)) > 10

    async def test_stays_within_the_categories_of_the_person(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        boss = Author(99, "主管")
        await stage.store.write(
            lambda tx: set_right(tx, editor.staff.id, "card", "editor", by=boss, at=MORNING)
        )
        await editor.brings("表.csv", as_csv([NAMES, NEW]))
        assert "这个分类您不能改" in editor.text


class TestAReleaseThatMovesToAnotherServer:
    async def test_is_the_same_content_there(
        self, stage: Stage, opened: Builds, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        editor, reviewer = await stage.writer("小文"), await stage.writer("审核员", Role.REVIEWER)
        await editor.saves("topic:verify_items", **{"answers-0-text": "这里的新写法。"})
        candidate = await editor.proposes("topic:verify_items")
        await editor.sends(f"{candidate}/submit", note="请看")
        await reviewer.releases(candidate)
        archive = await reviewer.downloads("/content/releases/2/yaml")

        folder = tmp_path_factory.mktemp("elsewhere")
        there = await opened(f"sqlite+aiosqlite:///{folder / 'house.db'}")
        wen, chief = await there.writer("小文"), await there.writer("审核员", Role.REVIEWER)
        await wen.brings("发布-2.zip", archive)
        assert (picked(wen.text, "修改"), picked(wen.text, "不能导入")) == (1, 0)
        await wen.sends(wen.path, which="all")
        candidate = await wen.proposes("topic:verify_items")
        await wen.sends(f"{candidate}/submit", note="请看")
        await chief.releases(candidate)
        assert await chief.downloads("/content/releases/2/yaml") == archive

    async def test_names_what_it_lacks_and_deletes_nothing(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        archive = await editor.downloads("/content/releases/1/yaml")
        await editor.brings("表.csv", as_csv([NAMES, NEW]))
        await editor.sends(editor.path, which="all")
        await editor.brings("发布-1.zip", archive)
        assert picked(editor.text, "只在这里有") == 1
        await editor.opens("/content/entry/topic:opening_hours")
        assert editor.form()["title"] == "几点可以核验？"

    async def test_with_broken_files_is_told_what_to_mend(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        archive = await editor.downloads("/content/releases/1/yaml")
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(archive)) as whole, zipfile.ZipFile(out, "w") as cut:
            for name in whole.namelist():
                text = whole.read(name).decode()
                cut.writestr(name, text.replace("buttons:", "bottons:") if name == "menu.yml" else text)
        await editor.brings("发布.zip", out.getvalue())
        assert "这份内容里有要改的地方" in editor.text
        assert "menu.yml" in editor.text
