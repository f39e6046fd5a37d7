"""What may be said to a citizen, when, and what never leaves."""

import json

import pytest

from bot.audit import entries
from bot.rights import Role
from handlers.desk import events, speaking
from handlers.messages import Text
from tests.desk.stage import Agent, Citizen, Stage


class TestTheFiveMessages:
    async def test_are_counted_for_bot_and_agent_together(self, li: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        await li.opens(f"/desk/case/{case.id}/log")
        assert "还能发 <b>4</b> 条" in li.text  # the greeting was a push, too

    async def test_are_refused_before_sending_when_used_up(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        for n in range(4):
            assert (await li.says(citizen, f"第 {n} 条")).status == 200
            stage.clock.passes(seconds=11)
        assert (await li.says(citizen, "第五条")).status == 409
        assert "等用户再说一句话" in li.text
        await stage.delivers()
        assert not [row for row in await stage.rows("said") if row["state"] == "refused"]
        await citizen.says("在的")
        assert (await li.says(citizen, "第五条")).status == 200

    async def test_end_with_a_request_to_answer(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        for n in range(4):
            await li.says(citizen, f"第 {n} 条")
            stage.clock.passes(seconds=11)
        await stage.delivers()
        assert "随便回复一个字" in citizen.heard[-1]
        assert "随便回复一个字" not in citizen.heard[-2]

    async def test_are_gone_after_48_hours(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        stage.clock.passes(hours=48, minutes=1)
        await li.signs_in()
        assert (await li.says(citizen, "您好")).status == 409
        assert "已过 48 小时" in li.text


class TestAReply:
    async def test_can_be_taken_back_for_ten_seconds(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        sent = await li.says(citizen, "写错了")
        assert sent.status == 200
        message = max(row["id"] for row in await stage.rows("said"))
        stage.clock.passes(seconds=9)
        await stage.delivers()
        assert (await li.does("undo", await citizen.case(), message=message)).status == 200
        assert json.loads(li.text)["words"] == "写错了"
        stage.clock.passes(seconds=20)
        await stage.delivers()
        assert "写错了" not in citizen.heard
        assert (await citizen.case()).state == "serving"

    async def test_cannot_be_taken_back_later(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        await li.says(citizen, "您好")
        message = max(row["id"] for row in await stage.rows("said"))
        stage.clock.passes(seconds=11)
        assert (await li.does("undo", await citizen.case(), message=message)).status == 409
        await stage.delivers()
        assert citizen.heard[-1] == "您好"

    @pytest.mark.parametrize(
        "words",
        [
            "您的身份证号110101199003070134对吗",
            "卡号是6222 0212 0000 1234 561",
            "护照E12345678",
            "１１０１０１１９９００３０７０１３４",
        ],
    )
    async def test_with_a_number_of_a_person_is_stopped(
        self, stage: Stage, li: Agent, citizen: Citizen, words: str
    ) -> None:
        assert (await li.says(citizen, words)).status == 422
        assert "不能发给用户" in li.text
        assert (await li.says(citizen, "请核对您证件上的号码。")).status == 200

    async def test_waits_when_the_citizen_wrote_meanwhile(self, li: Agent, citizen: Citizen) -> None:
        seen = (await citizen.case()).heard_seq
        await citizen.says("等一下，我找到了")
        assert (await li.says(citizen, "请您重新刷脸。", seen=seen)).status == 409
        assert "刚又发来消息" in li.text
        assert (await li.says(citizen, "好的。")).status == 200

    async def test_comes_only_from_the_holder(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        for role in (Role.AGENT, Role.SENIOR, Role.SUPERVISOR):
            other = await stage.agent(f"同事{role.value}", role)
            assert (await other.says(citizen, "我来说")).status == 403
        assert (await li.says(citizen, "我来说")).status == 200

    @pytest.mark.parametrize("words", ["", "  \n", "长" * 4001])
    async def test_has_words(self, li: Agent, citizen: Citizen, words: str) -> None:
        assert (await li.says(citizen, words)).status == 422

    async def test_fills_in_variables(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        await li.says(citizen, "我是{客服}，{上班时间}都在。")
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert citizen.heard[-1].startswith("我是小李，周一至周五")

    async def test_too_long_for_one_message_costs_as_many_as_it_takes(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        long = "请按步骤来。" * 300
        assert (await li.says(citizen, long)).status == 200
        parts = [row for row in await stage.rows("said") if str(row["author"]).startswith("agent")]
        assert len(parts) > 1
        assert (await li.says(citizen, long)).status == 409


class TestWordsThatFollowInTime:
    async def test_go_into_the_same_message_and_cost_nothing_more(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        await li.says(citizen, "您好，")
        left = json.loads(li.text)["left"]
        stage.clock.passes(seconds=9)
        await li.says(citizen, "请看第二步。")
        assert json.loads(li.text)["left"] == left
        stage.clock.passes(seconds=9)
        await stage.delivers()
        assert not [words for words in citizen.heard if "您好" in words]
        stage.clock.passes(seconds=2)
        await stage.delivers()
        assert citizen.heard[-1] == "您好，\n请看第二步。"

    async def test_are_taken_back_together(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        await li.says(citizen, "您好，")
        await li.says(citizen, "请看第二步。")
        message = json.loads(li.text)["message"]
        assert (await li.does("undo", await citizen.case(), message=message)).status == 200
        assert json.loads(li.text)["words"] == "您好，\n请看第二步。"
        stage.clock.passes(seconds=20)
        await stage.delivers()
        assert not [words for words in citizen.heard if "您好" in words]

    async def test_keep_nobody_waiting_for_more_than_half_a_minute(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        for n in range(4):
            await li.says(citizen, f"还有 {n}")
            stage.clock.passes(seconds=9)
        await stage.delivers()
        assert not [words for words in citizen.heard if "还有" in words]
        await li.says(citizen, "另外")
        stage.clock.passes(seconds=2)
        await stage.delivers()
        assert citizen.heard[-1] == "还有 0\n还有 1\n还有 2\n还有 3"

    async def test_come_apart_when_the_citizen_wrote_between(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        await li.says(citizen, "您好，")
        stage.clock.passes(seconds=1)
        await citizen.says("等一下")
        await li.says(citizen, "好的。")
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert citizen.heard[-2:] == ["您好，", "好的。"]

    async def test_ask_for_a_word_once_when_they_are_the_last(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        for n in range(4):
            stage.clock.passes(seconds=11)
            await li.says(citizen, f"第 {n} 条")
        assert (await li.says(citizen, "还有一句")).status == 200
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert citizen.heard[-1].startswith("第 3 条\n还有一句\n\n")
        assert citizen.heard[-1].count("随便回复一个字") == 1

    async def test_too_long_for_one_message_are_one_of_their_own(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        await li.says(citizen, "很长" * 250)
        before = json.loads(li.text)["left"]
        await li.says(citizen, "也长" * 250)
        assert json.loads(li.text)["left"] < before


class TestWhoeverTookAReplyBack:
    async def test_owes_an_answer_since_the_citizen_first_asked(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        stage.clock.passes(minutes=1)
        await li.says(citizen, "请讲")
        await li.is_heard_of()
        stage.clock.passes(minutes=1)
        asked_at = stage.clock()
        await citizen.says("还是不行")
        stage.clock.passes(minutes=1)
        await citizen.says("在吗")
        await self.replies_and_takes_back(li, citizen)
        case = await citizen.case()
        assert (case.state, case.waiting_since, case.preview) == ("serving", asked_at, "在吗")

    async def test_owes_none_after_a_second_message(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        await li.says(citizen, "请讲")
        stage.clock.passes(minutes=1)
        await self.replies_and_takes_back(li, citizen)
        case = await citizen.case()
        assert (case.state, case.waiting_since) == ("waiting_citizen", None)

    async def test_has_given_no_first_reply(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        called_at = (await citizen.case()).at
        await self.replies_and_takes_back(li, citizen)
        case = await citizen.case()
        assert (case.first_reply_at, case.waiting_since) == (None, called_at)

    async def replies_and_takes_back(self, li: Agent, citizen: Citizen) -> None:
        await li.says(citizen, "写错了")
        message = json.loads(li.text)["message"]
        assert (await li.does("undo", await citizen.case(), message=message)).status == 200


class TestTheBotsWords:
    async def test_are_withdrawn_when_an_agent_took_over_first(self, stage: Stage, li: Agent) -> None:
        citizen = stage.citizen("oLate0001")
        await citizen.calls_for_a_human()
        late = (citizen.openid, "bot", Text("机器人的旧话"), stage.clock(), stage.clock(), 0)
        await stage.store.write(lambda tx: speaking._put(tx, *late))
        await li.claims(citizen)
        await stage.delivers()
        assert "机器人的旧话" not in citizen.heard


class TestALinkToTheProof:
    async def test_is_made_for_the_citizen_and_noted(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        assert (await li.does("link", case, seen=0)).status == 409
        assert (await li.does("link", case, seen=case.heard_seq)).status == 200
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert "/verify/for-0001" in citizen.heard[-1]
        await li.opens(f"/desk/case/{case.id}/thread")
        assert "/verify/for-0001" not in li.text  # whoever reads the thread could open it first
        noted = await stage.store.read(lambda tx: entries(tx, about="case.link_sent"))
        assert [entry.object for entry in noted] == [f"case:{case.id}"]

    async def test_is_sent_by_the_holder_alone(self, stage: Stage, citizen: Citizen) -> None:
        other, case = await stage.agent("小王"), await citizen.case()
        assert (await other.does("link", case, seen=case.heard_seq)).status == 403


class TestTheFateOfAMessage:
    async def test_is_told_to_its_agent(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        await li.says(citizen, "您好")
        stage.clock.passes(seconds=11)
        before = await stage.store.read(events.newest)
        await stage.delivers()
        told = await stage.store.read(lambda tx: events.after(tx, before, li.id)) or []
        assert [event.kind for event in told] == ["fate"]
        await li.opens(f"/desk/case/{(await citizen.case()).id}/log")
        assert li.text.count("已送达") >= 2


class TestADraft:
    async def test_is_there_on_another_browser(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        assert (await li.does("draft", case, words="写了一半")).status == 204
        again = Agent(stage, li.staff)
        stage.agents.append(again)
        await again.comes()
        await again.opens(f"/desk/case/{case.id}/thread")
        assert "写了一半" in again.text

    async def test_is_gone_once_sent(self, li: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        await li.does("draft", case, words="写完了")
        await li.says(citizen, "写完了")
        await li.opens(f"/desk/case/{case.id}/thread")
        assert "写完了</textarea>" not in li.text

    async def test_keeps_no_number(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        await li.does("draft", await citizen.case(), words="号码110101199003070134")
        assert "110101199003070134" not in str(await stage.rows("desk_draft"))
