"""python -m bot staff and audit: what is done at the machine is done by the same rules, and in the trail."""

from pathlib import Path

from sqlalchemy import create_engine

from tests.commands.conftest import Operator


class TestSomebodyNew:
    def test_gets_a_password_that_is_shown_once(self, operator: Operator) -> None:
        told = operator.runs("staff", "add", "小陈", "--role", "senior")
        assert told.exit_code == 0
        password = told.stdout.split("signs in with ")[1].split()[0]
        assert len(password) > 20
        listed = operator.runs("staff", "list").stdout
        assert "小陈" in listed
        assert "senior" in listed
        assert password not in listed

    def test_is_refused_under_a_name_that_is_taken(self, operator: Operator) -> None:
        operator.runs("staff", "add", "小陈")
        told = operator.runs("staff", "add", "小陈")
        assert told.exit_code == 1
        assert "already" in told.output
        assert operator.runs("staff", "add", "小王").exit_code == 0


class TestSomebodyWhoLeaves:
    def test_is_disabled_and_can_come_back(self, operator: Operator) -> None:
        operator.runs("staff", "add", "小陈")
        assert operator.runs("staff", "disable", "小陈").exit_code == 0
        assert "20" in operator.runs("staff", "list").stdout
        assert operator.runs("staff", "enable", "小陈").exit_code == 0

    def test_stays_when_nobody_else_could_manage_the_staff(self, operator: Operator) -> None:
        operator.runs("staff", "add", "运维一", "--role", "operator")
        assert operator.runs("staff", "disable", "运维一").exit_code == 1
        operator.runs("staff", "add", "运维二", "--role", "operator")
        assert operator.runs("staff", "disable", "运维一").exit_code == 0


class TestTheTrail:
    def test_is_anchored_and_found_as_it_was_written(self, operator: Operator, tmp_path: Path) -> None:
        folder = str(tmp_path / "anchors")
        operator.runs("staff", "add", "小陈")
        assert "entry 1" in operator.runs("audit", "anchor", "--anchors", folder).stdout
        assert "Nothing new" in operator.runs("audit", "anchor", "--anchors", folder).stdout
        assert operator.runs("audit", "verify", "--anchors", folder).exit_code == 0

    def test_that_was_altered_is_found(self, operator: Operator, tmp_path: Path) -> None:
        operator.runs("staff", "add", "小陈")
        engine = create_engine(f"sqlite:///{operator.folder / 'house.db'}")
        with engine.begin() as intruder:
            intruder.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
            intruder.exec_driver_sql("UPDATE audit_entry SET actor = 'somebody else'")
        engine.dispose()
        told = operator.runs("audit", "verify", "--anchors", str(tmp_path))
        assert told.exit_code == 1
        assert "Entry 1" in told.output
