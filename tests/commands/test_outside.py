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
