"""Commands that need WeChat, a database or the content: without it, the operator hears what to do."""

import sqlite3

import pytest
import typer
from typer.testing import CliRunner

from bot import settings
from bot.commands.opening import telling_refusals
from nlu.keeping import NotLearnt
from tests.commands.conftest import Operator
from verification.__main__ import app as verification


class TestWeChatOutOfReach:
    @pytest.mark.parametrize("command", [("menu", "show"), ("menu", "diff"), ("qr", "s_face")])
    def test_ends_the_command_with_what_to_do(self, operator: Operator, command: tuple[str, ...]) -> None:
        told = operator.runs(*command)
        assert told.exit_code == 1
        assert "make run" in told.output
        assert "Traceback" not in told.output


class TestAPlaceForThePicture:
    def test_is_looked_for_before_wechat_is_asked_for_a_code(self, operator: Operator) -> None:
        told = operator.runs("qr", "s_face", "--png", "nowhere/code.png")
        assert told.exit_code == 2
        assert "nowhere is no folder" in told.output


class TestADatabaseOutOfReach:
    @pytest.mark.parametrize(
        "url", ["postgresql+asyncpg://x@127.0.0.1:1/x", "sqlite+aiosqlite:////proc/no/x.db"]
    )
    def test_ends_the_command_with_what_to_do(self, operator: Operator, url: str) -> None:
        operator.has("DATABASE_URL", url)
        told = operator.runs("staff", "list")
        assert told.exit_code == 1
        assert "DATABASE_URL" in told.output
        assert "Traceback" not in told.output

    def test_ends_a_command_about_people_in_plain_words_too(self, operator: Operator) -> None:
        operator.has("DATABASE_URL", "postgresql+asyncpg://x@127.0.0.1:1/x")
        told = CliRunner().invoke(verification, ["forget"])
        assert told.exit_code == 1
        assert "DATABASE_URL" in told.output
        operator.has("DATABASE_URL", f"sqlite+aiosqlite:///{operator.folder / 'house.db'}")
        assert CliRunner().invoke(verification, ["forget"]).exit_code == 0

    def test_is_told_by_the_doctor_too_when_the_file_is_none(self, operator: Operator) -> None:
        (operator.folder / "house.db").write_bytes(b"no database " * 1000)
        told = operator.runs("doctor")
        assert "打不开（DatabaseError）" in told.output
        assert "用备份恢复" in told.output
        (operator.folder / "house.db").unlink()
        sqlite3.connect(operator.folder / "house.db").close()
        assert "打不开" not in operator.runs("doctor").output

    def test_is_made_with_its_folder_where_it_is_a_file(self, operator: Operator) -> None:
        operator.has("DATABASE_URL", f"sqlite+aiosqlite:///{operator.folder}/not/there/house.db")
        assert operator.runs("staff", "list").exit_code == 0


class TestContentThatIsNotThere:
    def test_is_told_by_the_doctor_once(self, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
        (operator.folder / "config.yml").write_text("faq: {content: nowhere}\n")
        monkeypatch.setattr(settings, "ROOT", operator.folder)
        told = operator.runs("doctor")
        assert "python -m faq check" in told.output
        assert "检查没有完成" not in told.output


class TestAnEarThatCannotBeLearnt:
    def test_ends_the_start_in_plain_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(typer.Exit), telling_refusals():
            raise NotLearnt("x.ear could not be kept: is there room in [var]?")
        assert "is there room in [var]?" in capsys.readouterr().err
