"""python -m bot audit: the trail is checked and anchored, in the folder that the settings name."""

import json
import sqlite3

from bot.audit import ANCHOR_FILE, UNGUARDS
from tests.commands.conftest import Operator


class TestTheTrail:
    def test_is_anchored_where_the_settings_say(self, operator: Operator) -> None:
        operator.runs("staff", "add", "小陈", "--role", "agent")
        assert operator.runs("audit", "anchor").exit_code == 0
        (line,) = (operator.folder / "anchors" / ANCHOR_FILE).read_text().splitlines()
        assert json.loads(line)["seq"] >= 1
        assert operator.runs("audit", "verify").exit_code == 0

    def test_that_was_altered_ends_it_with_the_entry(self, operator: Operator) -> None:
        operator.runs("staff", "add", "小陈", "--role", "agent")
        operator.runs("audit", "anchor")
        with sqlite3.connect(operator.folder / "house.db") as owner:
            for statement in UNGUARDS["sqlite"]:
                owner.execute(statement)
            owner.execute("DELETE FROM audit_entry")
        owner.close()
        told = operator.runs("audit", "verify")
        assert told.exit_code == 1
        assert "Entry 1" in told.output

    def test_can_be_anchored_elsewhere(self, operator: Operator) -> None:
        operator.runs("staff", "add", "小陈", "--role", "agent")
        elsewhere = operator.folder / "another-disk"
        operator.runs("audit", "anchor", "--anchors", str(elsewhere))
        assert (elsewhere / ANCHOR_FILE).exists()
        assert operator.runs("audit", "verify", "--anchors", str(elsewhere)).exit_code == 0

    def test_is_not_called_whole_by_a_folder_that_is_not_there(self, operator: Operator) -> None:
        operator.runs("staff", "add", "小陈", "--role", "agent")
        told = operator.runs("audit", "verify", "--anchors", str(operator.folder / "mistyped"))
        assert told.exit_code == 2
        assert "does not exist" in told.output
        (operator.folder / "mistyped").mkdir()
        assert operator.runs("audit", "verify", "--anchors", str(operator.folder / "mistyped")).exit_code == 0
