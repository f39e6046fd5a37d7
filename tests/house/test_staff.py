import json
import stat

import pytest
from sqlalchemy import select

from bot import staff
from bot.demo_staff import DEMO_FILE, NAMES, seed_demo
from bot.passwords import WeakPassword, check_password
from bot.records import staff as staff_table
from bot.rights import RIGHTS, Right, Role, may, needs_second_factor
from bot.staff import BadName, LastOperator, NameTaken, NoSuchStaff
from tests.house.people import QUICK, quick_passwords


def hire(tx, clock, name="小李", role=Role.AGENT):
    return staff.add(tx, name, role, QUICK.hash("x"), clock())


class TestTheTableOfRights:
    def test_knows_every_role(self):
        assert set(RIGHTS) == set(Role)

    def test_leaves_no_right_without_a_role(self):
        assert frozenset().union(*RIGHTS.values()) == set(Right)

    def test_keeps_the_operator_out_of_conversations(self):
        closed = {
            Right.ANSWER,
            Right.SUPERVISE,
            Right.REVEAL,
            Right.FIND_PERSON,
            Right.SEE_EVIDENCE,
            Right.EXPORT,
        }
        assert not RIGHTS[Role.OPERATOR] & closed

    def test_lets_the_auditor_read_the_trail_and_nothing_else(self):
        assert RIGHTS[Role.AUDITOR] == {Right.READ_AUDIT}

    def test_lets_nobody_else_read_the_trail(self):
        assert [role for role in Role if may(role, Right.READ_AUDIT)] == [Role.AUDITOR]

    def test_lets_an_editor_write_but_not_review(self):
        assert may(Role.EDITOR, Right.WRITE_CONTENT)
        assert not may(Role.EDITOR, Right.REVIEW_CONTENT)

    def test_does_not_let_a_plain_agent_see_what_is_masked(self):
        assert not may(Role.AGENT, Right.REVEAL)

    def test_refuses_a_right_that_does_not_exist(self):
        with pytest.raises(ValueError, match=r"thread\.answr"):
            may(Role.AGENT, "thread.answr")

    def test_asks_whoever_can_reveal_for_a_second_factor(self):
        assert all(needs_second_factor(role) for role in Role if may(role, Right.REVEAL))
        assert not needs_second_factor(Role.AGENT)


class TestSomebodyNew:
    def test_has_the_rights_of_the_role(self, tx, clock):
        person = hire(tx, clock)
        assert person.may(Right.ANSWER)
        assert person.may("thread.answer")
        assert not person.may(Right.REVEAL)

    @pytest.mark.parametrize("name", ["小LI", "小ｌｉ", " 小li "])
    def test_cannot_take_a_name_that_looks_like_anothers(self, tx, clock, name):
        hire(tx, clock, "小Li")
        with pytest.raises(NameTaken):
            hire(tx, clock, name)
        hire(tx, clock, "小林")
        assert len(staff.everybody(tx)) == 2

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "李",
            "a" * 21,
            "<b>小李</b>",
            "小\n李",
            "13800138000",
            "11010519491231002X",
            "-小李",
            "小\u202e李",
        ],
    )
    def test_needs_a_name_that_can_be_shown_to_citizens(self, tx, clock, name):
        with pytest.raises(BadName):
            hire(tx, clock, name)
        hire(tx, clock, "小李")

    def test_is_found_however_the_name_is_written(self, tx, clock):
        hire(tx, clock, "小Li")
        assert staff.by_name(tx, "小ＬＩ").name == "小Li"
        with pytest.raises(NoSuchStaff):
            staff.by_name(tx, "小王")


class TestSomebodyWhoLeaves:
    def test_holds_no_right(self, tx, clock):
        person = hire(tx, clock)
        staff.disable(tx, person.id, clock())
        assert not staff.by_id(tx, person.id).may(Right.ANSWER)

    def test_may_come_back(self, tx, clock):
        person = hire(tx, clock)
        staff.disable(tx, person.id, clock())
        staff.enable(tx, person.id)
        assert staff.by_id(tx, person.id).may(Right.ANSWER)

    def test_must_exist(self, tx, clock):
        with pytest.raises(NoSuchStaff):
            staff.disable(tx, 99, clock())

    def test_cannot_be_the_last_who_manages_the_staff(self, tx, clock):
        first = hire(tx, clock, "运维", Role.OPERATOR)
        for refused in (
            lambda: staff.disable(tx, first.id, clock()),
            lambda: staff.change_role(tx, first.id, Role.AGENT),
        ):
            with pytest.raises(LastOperator):
                refused()
        hire(tx, clock, "运维二", Role.OPERATOR)
        staff.disable(tx, first.id, clock())

    def test_does_not_count_as_the_one_who_stays(self, tx, clock):
        first, second = hire(tx, clock, "运维", Role.OPERATOR), hire(tx, clock, "运维二", Role.OPERATOR)
        staff.disable(tx, second.id, clock())
        with pytest.raises(LastOperator):
            staff.disable(tx, first.id, clock())


class TestANewPassword:
    @pytest.mark.parametrize(
        ("password", "flaw"),
        [("short-one", "short"), ("x" * 129, "long"), ("aaaaaaaaaaaab", "plain"), ("2468135791357", "plain")],
    )
    def test_that_is_easy_is_refused(self, password, flaw):
        with pytest.raises(WeakPassword) as refusal:
            check_password(password, "小李")
        assert refusal.value.flaw == flaw
        assert password not in str(refusal.value)

    def test_does_not_contain_the_name(self):
        with pytest.raises(WeakPassword):
            check_password("i-am-XiaoLi-2026", "xiaoli")
        check_password("绿色-山坡-七只羊-Q7z", "xiaoli")


class TestADemonstration:
    def test_has_somebody_for_every_role(self, tx, tmp_path, clock):
        sign_ins = seed_demo(tx, tmp_path, quick_passwords(), clock())
        assert {each.role for each in sign_ins} == set(Role)
        for each in sign_ins:
            QUICK.verify(staff.account_named(tx, each.name).password_hash, each.password)
            check_password(each.password, each.name)

    def test_has_other_passwords_in_every_installation(self, tx, tmp_path, clock):
        first = seed_demo(tx, tmp_path / "a", quick_passwords(), clock())
        second = seed_demo(tx, tmp_path / "b", quick_passwords(), clock())
        assert not {each.password for each in first} & {each.password for each in second}

    def test_keeps_its_passwords_from_start_to_start(self, tx, tmp_path, clock):
        first = seed_demo(tx, tmp_path, quick_passwords(), clock())
        hashes = tx.execute(select(staff_table.c.password_hash)).all()
        assert seed_demo(tx, tmp_path, quick_passwords(), clock()) == first
        assert tx.execute(select(staff_table.c.password_hash)).all() == hashes

    def test_writes_them_where_only_the_owner_reads(self, tx, tmp_path, clock):
        (tmp_path / DEMO_FILE).write_text("{not json")
        seed_demo(tx, tmp_path, quick_passwords(), clock())
        assert stat.S_IMODE((tmp_path / DEMO_FILE).stat().st_mode) == 0o600

    def test_heals_when_the_file_was_lost(self, tx, tmp_path, clock):
        seed_demo(tx, tmp_path, quick_passwords(), clock())
        (tmp_path / DEMO_FILE).unlink()
        (agent, *_) = seed_demo(tx, tmp_path, quick_passwords(), clock())
        QUICK.verify(staff.account_named(tx, agent.name).password_hash, agent.password)
        assert set(json.loads((tmp_path / DEMO_FILE).read_text())) == set(NAMES.values())
