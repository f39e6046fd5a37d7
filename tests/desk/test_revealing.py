"""Opening what the thread covers: who may, how long it is kept, and that nothing else ever shows it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.audit import entries
from bot.covers import Covers
from bot.keys import KeyRing
from bot.rights import Role
from bot.sealer import Sealer
from handlers.messages import Heard, Words
from handlers.originals import original
from tests.desk.stage import Agent, Citizen, Stage
from tests.house.people import PASSWORD

NUMBER = "110101199003070134"
CARD = "6222021234567890128"


async def a_number_at_the_desk(stage: Stage, role: Role = Role.SENIOR) -> tuple[Agent, Citizen]:
    """Somebody who holds a citizen that has told a number."""
    holder, citizen = await stage.agent("陈姐", role), stage.citizen()
    await citizen.says(f"我的号码{NUMBER}通不过")
    await citizen.calls_for_a_human()
    await holder.claims(citizen)
    return holder, citizen


async def message_of(stage: Stage, words: str = "通不过") -> str:
    """The message with these words, as the thread names it."""
    rows = await stage.rows("heard")
    return next(f"h{row['key']}" for row in rows if words in str(row["words"]))


async def reveals(stage: Stage, who: Agent, citizen: Citizen, reason: str = "核对登记号码") -> int:
    """Ask for the number; the status. What came back is in `who.text`."""
    case = await citizen.case()
    answer = await who.does("reveal", case, message=await message_of(stage), reason=reason)
    return answer.status


async def confirms(who: Agent) -> None:
    """Give the password again."""
    await who.opens("/staff/confirm", Accept="text/html")
    fields = {"csrf": who._csrf, "password": PASSWORD}
    url = who.stage.server.make_url("/staff/confirm")
    async with who.session.post(url, data=fields, headers={"Sec-Fetch-Site": "same-origin"}) as done:
        assert done.status == 200
    await who.opens("/desk")


class TestANumberThatIsCovered:
    async def test_is_shown_to_the_holder_who_gives_a_reason(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        assert await reveals(stage, senior, citizen) == 200
        assert NUMBER in senior.text
        assert "身份证号" in senior.text
        assert 'data-lasts="30"' in senior.text

    async def test_is_marked_with_who_looks_and_when(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        await reveals(stage, senior, citizen)
        assert senior.text.count("陈姐 11-23 10:00:00") >= 20

    async def test_is_as_it_was_typed_and_alone(self, stage: Stage) -> None:
        senior, citizen = await stage.agent("陈姐", Role.SENIOR), stage.citizen()
        await citizen.says(
            f"老张的卡{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}，通不过，电话１３８００１３８０００"
        )
        await citizen.calls_for_a_human()
        await senior.claims(citizen)
        await reveals(stage, senior, citizen)
        assert f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}" in senior.text
        assert "１３８００１３８０００" in senior.text
        assert "老张" not in senior.text

    async def test_leaves_a_line_in_the_trail_without_the_number(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        await reveals(stage, senior, citizen, "核对登记号码")
        (entry,) = await stage.store.read(lambda tx: entries(tx, about="person.reveal"))
        assert (entry.actor, entry.reason) == ("陈姐", "核对登记号码")
        assert entry.object == f"case:{(await citizen.case()).id}"
        assert "numbers" in entry.detail
        assert NUMBER not in repr(entry)

    async def test_has_a_button_only_for_those_who_may(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        case = await citizen.case()
        await senior.opens(f"/desk/case/{case.id}/thread")
        assert f'data-reveal="{await message_of(stage)}"' in senior.text
        chief = await stage.agent("王主管", Role.SUPERVISOR)
        await chief.opens(f"/desk/case/{case.id}/thread")
        assert "data-reveal" in chief.text
        agent = await stage.agent("小李")
        await senior.does("transfer", case, to=agent.id, reason="下班")
        await agent.does("accept", case)
        await agent.opens(f"/desk/case/{case.id}/thread")
        assert "110***********0134" in agent.text
        assert "data-reveal" not in agent.text


class TestWhoeverMayNot:
    async def test_an_agent_without_the_right_is_refused_though_they_hold(self, stage: Stage) -> None:
        agent, citizen = await a_number_at_the_desk(stage, Role.AGENT)
        assert await reveals(stage, agent, citizen) == 403
        assert NUMBER not in agent.text
        chief = await stage.agent("王主管", Role.SUPERVISOR)
        assert await reveals(stage, chief, citizen) == 200

    async def test_a_senior_who_does_not_hold_is_refused(self, stage: Stage) -> None:
        _, citizen = await a_number_at_the_desk(stage)
        other = await stage.agent("赵哥", Role.SENIOR)
        case = await citizen.case()
        assert (await other.opens(f"/desk/case/{case.id}/reveal")).status == 403
        assert await reveals(stage, other, citizen) == 403
        assert await stage.store.read(lambda tx: entries(tx, about="person.reveal")) == []
        await other.opens("/desk")

    async def test_nobody_opens_it_before_they_hold_or_after_they_closed(self, stage: Stage) -> None:
        senior, citizen = await stage.agent("陈姐", Role.SENIOR), stage.citizen()
        await citizen.says(f"我的号码{NUMBER}通不过")
        case = await citizen.calls_for_a_human()
        assert await reveals(stage, senior, citizen) == 403
        await senior.claims(citizen)
        assert await reveals(stage, senior, citizen) == 200
        await senior.does("close", case, outcome="answered")
        assert await reveals(stage, senior, citizen) == 403

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 401])
    async def test_a_reason_is_wanted(self, stage: Stage, reason: str) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        assert await reveals(stage, senior, citizen, reason) == 422
        assert NUMBER not in senior.text
        assert await reveals(stage, senior, citizen, "核对") == 200

    async def test_the_reason_holds_no_number_itself(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        assert await reveals(stage, senior, citizen, f"查{NUMBER}") == 422
        assert await reveals(stage, senior, citizen, "核对") == 200

    async def test_a_password_of_more_than_ten_minutes_ago_is_asked_for_again(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        case = await citizen.case()
        stage.clock.passes(minutes=11)
        asked = {"HX-Request": "true", "HX-Current-URL": f"http://127.0.0.1/desk/case/{case.id}"}
        answer = await senior.opens(f"/desk/case/{case.id}/reveal", **asked)
        assert answer.status == 401
        assert answer.headers["HX-Redirect"] == f"/staff/confirm?next=/desk/case/{case.id}"
        assert await reveals(stage, senior, citizen) == 401
        assert NUMBER not in senior.text
        await confirms(senior)
        assert await reveals(stage, senior, citizen) == 200

    async def test_another_citizens_message_does_not_open_through_ones_own(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        other = stage.citizen("oCitizen0002")
        await other.says(f"别人的{CARD}")
        case = await citizen.case()
        foreign = await message_of(stage, "别人的")
        assert (await senior.does("reveal", case, message=foreign, reason="核对")).status == 410
        assert CARD not in senior.text
        assert await reveals(stage, senior, citizen) == 200


class TestWhatIsKept:
    async def test_is_sealed_and_bound_to_its_own_message(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        await citizen.says(f"我的卡{CARD}")
        rows = await stage.rows("original")
        assert len(rows) == 2
        assert all(NUMBER.encode() not in bytes(row["sealed"]) for row in rows)  # type: ignore[call-overload]
        swapped = update(original).where(original.c.key == rows[0]["key"]).values(sealed=rows[1]["sealed"])
        await stage.store.write(lambda tx: tx.execute(swapped))
        assert await reveals(stage, senior, citizen) == 410
        assert "密钥" in senior.text
        assert CARD not in senior.text

    async def test_is_nothing_of_words_without_numbers(self, stage: Stage) -> None:
        await stage.citizen().says("刷脸没通过怎么办")
        assert await stage.rows("original") == []

    async def test_is_one_row_however_often_wechat_asks(self, stage: Stage) -> None:
        push = Heard("msg:1", "oCitizen0001", stage.clock(), Words(f"我的号码{NUMBER}"))
        await stage.reception.hear(push)
        await stage.reception.hear(push)
        assert len(await stage.rows("original")) == 1

    async def test_is_forgotten_after_seven_days_and_said_to_be(self, stage: Stage) -> None:
        senior, citizen = await a_number_at_the_desk(stage)
        stage.clock.passes(days=6, hours=23)
        assert stage.covers is not None
        assert await stage.covers.forget_old() == 0
        stage.clock.passes(hours=2)
        assert await stage.covers.forget_old() == 1
        await senior.signs_in()
        await senior.opens("/desk")
        case = await citizen.case()
        assert await reveals(stage, senior, citizen) == 410
        assert "保存期限" in senior.text
        await senior.opens(f"/desk/case/{case.id}/thread")
        assert "110***********0134" in senior.text
        assert "data-reveal" not in senior.text

    async def test_is_nothing_where_nothing_may_be_kept(self, stage: Stage) -> None:
        covers = Covers(stage.store, Sealer(KeyRing.grown_from("x" * 40)), stage.clock, timedelta(0))
        assert not covers.keeps
        stage.reception._cover = None
        await stage.citizen().says(f"我的号码{NUMBER}")
        assert await stage.rows("original") == []

    async def test_does_not_open_with_another_secret(self, stage: Stage) -> None:
        sealed = Covers(stage.store, Sealer(KeyRing.grown_from("x" * 40)), stage.clock, timedelta(1)).seal(
            "1", "k"
        )
        other = Covers(stage.store, Sealer(KeyRing.grown_from("y" * 40)), stage.clock, timedelta(1))
        assert other.open(sealed, "k") is None
