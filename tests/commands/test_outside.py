"""Commands that talk to WeChat: when it does not answer, the operator hears what to do."""

import pytest

from tests.commands.conftest import Operator


class TestWeChatOutOfReach:
    @pytest.mark.parametrize("command", [("menu", "show"), ("menu", "diff"), ("qr", "s_face")])
    def test_ends_the_command_with_what_to_do(self, operator: Operator, command: tuple[str, ...]) -> None:
        told = operator.runs(*command)
        assert told.exit_code == 1
        assert "make run" in told.output
        assert "Traceback" not in told.output


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

    def test_is_made_with_its_folder_where_it_is_a_file(self, operator: Operator) -> None:
        operator.has("DATABASE_URL", f"sqlite+aiosqlite:///{operator.folder}/not/there/house.db")
        assert operator.runs("staff", "list").exit_code == 0
