"""Questions that were not answered well: put together, seen with their conversation, and decided."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, insert

from bot.audit import entries
from bot.rights import Role
from faq import disagreements
from faq.editor import testing
from faq.editor.drafts import Author
from faq.editor.grouping import Meanings, grouped
from faq.editor.inbox import Asked, Group
from faq.editor.rights import set_right
from handlers.records import feedback, hand_over, heard
from nlu.hearing import Disagreement, Told
from tests.editor.conftest import MORNING
from tests.editor.stage import Stage, Writer

KEY = "topic:verify_items"
CARDLESS = ("没有银行卡怎么办呀", "没有银行卡怎么办")


class Street:
    """Citizens who asked in vain."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.n = stage, 0

    async def asked(self, words: str, zone: str = "fallback", **more: object) -> None:
        """Somebody said this; `ago` is how long ago."""
        self.n += 1
        ago = more.pop("ago", timedelta(0))
        assert isinstance(ago, timedelta)
        row = {"key": f"msg:{self.n}", "openid": "oCitizen0001", "kind": "Words", "state": "done"}
        said = {**row, "at": self.stage.clock() - ago, "words": words, "zone": zone, "topic": None, **more}
        await self.stage.store.write(lambda tx: tx.execute(insert(heard).values(said)) and None)


@pytest.fixture
def street(stage: Stage) -> Street:
    return Street(stage)


class TestTheInbox:
    async def test_puts_like_questions_together_with_counts_and_reasons(
        self, stage: Stage, street: Street
    ) -> None:
        editor = await stage.writer("小文")
        for n in range(3):
            await street.asked(CARDLESS[0], ago=timedelta(days=n))
        await street.asked(CARDLESS[1], zone="ask", topic="verify_items", confidence=0.44)
        await street.asked("营业执照丢了怎么补")
        await street.asked("核验都要啥", zone="answer", topic="verify_items", confidence=0.97)
        await editor.opens("/content/inbox")
        assert "2 组，共问了 5 次" in editor.text
        for words in ("4 次", "没听懂 3", "拿不准 1", "最像“需要核验哪些信息？” 44%", "近 14 天每天："):
            assert words in editor.text
        await editor.opens("/content/inbox?q=执照")
        assert "1 组，共问了 1 次" in editor.text
        await editor.opens("/content/inbox?why=unsure")
        assert "1 组，共问了 4 次" in editor.text

    async def test_takes_in_what_did_not_help_and_what_was_handed_over(
        self, stage: Stage, street: Street
    ) -> None:
        editor = await stage.writer("小文")
        sure = {"zone": "answer", "topic": "verify_items", "confidence": 0.97}
        await street.asked("核验都要啥", openid="o1", **sure)
        await street.asked("到底要验哪些东西呢", openid="o2", **sure)
        told = {"topic": "verify_items", "at": stage.clock()}
        called = {**told, "openid": "o2", "reason": "asked", "summary": "{}", "state": "closed"}

        def said(tx: Connection) -> None:
            tx.execute(insert(feedback).values(**told, openid="o1", solved=False))
            tx.execute(insert(hand_over).values(**called, solved=False, closed_at=stage.clock()))

        await stage.store.write(said)
        await editor.opens("/content/inbox")
        assert "没解决 1" in editor.text
        assert "客服注明没答上 1" in editor.text

    async def test_takes_in_answers_on_which_the_engines_disagree(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        sure, other = Told("answer", "verify_items", 0.9), Told("answer", "fee", 0.8)
        unsure = Told("fallback", None, 0.0)
        seen = [
            Disagreement("要交什么东西", sure, other, "embedded"),
            Disagreement("要不要交钱呢", unsure, other, "embedded"),
        ]
        await stage.store.write(lambda tx: disagreements.keep(tx, [(one, stage.clock()) for one in seen]))
        await editor.opens("/content/inbox?why=engines_disagree")
        assert "1 组，共问了 1 次" in editor.text
        assert "最像“需要核验哪些信息？” 90%，另一个引擎会答“做身份验证收费吗？”" in editor.text
        assert "看对话" not in editor.text

    async def test_leaves_out_what_was_said_to_a_human(self, stage: Stage, street: Street) -> None:
        editor = await stage.writer("小文")
        called = {"openid": "oCitizen0001", "reason": "asked", "summary": "{}", "state": "open"}
        before = stage.clock() - timedelta(minutes=5)
        await stage.store.write(lambda tx: tx.execute(insert(hand_over).values(**called, at=before)) and None)
        await street.asked("好的我再试试看吧谢谢你啊", ago=timedelta(minutes=1))
        await street.asked("营业执照丢了怎么补", ago=timedelta(minutes=9))
        await editor.opens("/content/inbox")
        assert "营业执照" in editor.text
        assert "再试试" not in editor.text


class TestAGroup:
    @pytest.mark.parametrize(("act", "field"), [("question", "questions"), ("negative", "negatives")])
    async def test_becomes_ways_of_asking_or_negatives_in_one_click(
        self, stage: Stage, street: Street, act: str, field: str
    ) -> None:
        editor = await stage.writer("小文")
        for words in CARDLESS:
            await street.asked(words)
        await editor.opens("/content/inbox")
        await editor.sends("/content/inbox", act=act, topic="verify_items", words=list(CARDLESS))
        assert "已处理" in editor.text
        assert "0 组" in editor.text
        await editor.opens(f"/content/entry/{KEY}")
        assert set(CARDLESS) <= set(str(editor.form()[field]).split("\n"))

    async def test_becomes_a_test_question(self, stage: Stage, street: Street) -> None:
        editor = await stage.writer("小文")
        await street.asked(CARDLESS[0])
        await editor.opens("/content/inbox")
        await editor.sends("/content/inbox", act="test", topic="-", words=CARDLESS[0])
        kept = await stage.store.read(testing.every)
        assert [(one.words, one.topic, one.source) for one in kept] == [(CARDLESS[0], None, "inbox")]

    async def test_becomes_a_new_entry_and_leaves_when_that_is_saved(
        self, stage: Stage, street: Street
    ) -> None:
        editor = await stage.writer("小文")
        for words in CARDLESS:
            await street.asked(words)
        await editor.opens("/content/inbox")
        await editor.sends("/content/inbox", act="entry", topic="", words=list(CARDLESS))
        assert editor.path == "/content/new/topic"
        form = editor.form()
        assert form["questions"] == "\n".join(CARDLESS)
        await editor.opens("/content/inbox")
        assert "1 组" in editor.text, "an entry that is not saved decides nothing"
        filled = {"id": "no_card", "category": "checking", "answers-0-text": "可以换一种方式核验。"}
        await editor.sends("/content/new/topic", **{**form, **filled})
        assert "已保存为新的一版" in editor.text
        await editor.opens("/content/inbox")
        assert "0 组" in editor.text

    async def test_is_dismissed_whole_and_comes_back_when_it_is_asked_anew(
        self, stage: Stage, street: Street
    ) -> None:
        editor = await stage.writer("小文")
        for words in CARDLESS:
            await street.asked(words)
        await editor.opens("/content/inbox")
        await editor.sends("/content/inbox", act="dismiss", topic="", all_words=list(CARDLESS))
        assert "0 组" in editor.text
        stage.clock.passes(minutes=10)
        await street.asked(CARDLESS[1])
        await editor.opens("/content/inbox")
        assert "1 组，共问了 1 次" in editor.text
        acts = [entry.action for entry in await stage.store.read(entries)]
        assert "content.inbox_dismiss" in acts

    @pytest.mark.parametrize(
        ("act", "topic", "words"),
        [("question", "", CARDLESS[0]), ("question", "gone", CARDLESS[0]), ("test", "", CARDLESS[0]),
         ("negative", "-", CARDLESS[0]), ("question", "verify_items", " ")],
    )  # fmt: skip
    async def test_goes_nowhere_without_a_topic_and_words(
        self, stage: Stage, street: Street, act: str, topic: str, words: str
    ) -> None:
        editor = await stage.writer("小文")
        await street.asked(CARDLESS[0])
        await editor.opens("/content/inbox")
        answer = await editor.sends("/content/inbox", act=act, topic=topic, words=words)
        assert (answer.status, "请先勾选问法" in editor.text) == (422, True)
        assert "1 组" in editor.text
        await editor.sends("/content/inbox", act="question", topic="verify_items", words=CARDLESS[0])
        assert "0 组" in editor.text

    async def test_is_decided_by_those_who_may_write_there(self, stage: Stage, street: Street) -> None:
        agent, editor = await stage.writer("客服", Role.AGENT), await stage.writer("小文")
        await street.asked(CARDLESS[0])
        boss = Author(99, "主管")
        await stage.store.write(
            lambda tx: set_right(tx, editor.staff.id, "face", "editor", by=boss, at=MORNING)
        )
        click = {"act": "question", "topic": "verify_items", "words": CARDLESS[0]}
        for writer in (agent, editor):
            await writer.opens("/content/inbox")
            assert "1 组" in writer.text
            assert (await writer.sends("/content/inbox", **click)).status == 403


class TestAConversation:
    async def test_is_shown_beside_the_group_masked_and_the_look_is_noted(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await stage.asks("你好")
        await stage.asks("我的身份证110101199003070038天马行空胡言乱语")
        await stage.asks("谢谢")
        await editor.opens("/content/inbox")
        await self._looks(editor)
        talk = editor.text.split('id="talk"')[1].split("</section>")[0]
        assert talk.index("你好") < talk.index("天马行空") < talk.index("谢谢")
        assert "就是这一句" in talk
        assert "机器人" in talk
        assert "110101199003070038" not in editor.text
        assert "oCitizen" not in editor.text
        assert "加为相似问法" in editor.text
        assert "content.talk" in [entry.action for entry in await stage.store.read(entries)]

    async def test_is_shown_to_editors_for_questions_of_the_inbox_alone(self, stage: Stage) -> None:
        editor, agent = await stage.writer("小文"), await stage.writer("客服", Role.AGENT)
        await stage.asks("天马行空胡言乱语")
        await agent.opens("/content/inbox")
        assert "天马行空" in agent.text
        assert "看对话" not in agent.text
        await editor.opens("/content/inbox")
        await self._looks(editor)
        assert (await agent.opens(editor.path)).status == 403
        assert (await editor.opens(f"/content/inbox/talk/{'0' * 16}")).status == 404
        assert (await editor.opens("/content/inbox")).status == 200

    async def _looks(self, editor: Writer) -> None:
        link = editor.text.split('href="/content/inbox/talk/')[1].split('"')[0]
        await editor.opens(f"/content/inbox/talk/{link}")


def asked(words: str, at: datetime = MORNING) -> Asked:
    return Asked(words, at, "not_understood")


class TestTheSuggestedTopic:
    def test_is_a_guess_that_is_worth_something(self) -> None:
        weak = Asked("天马行空", MORNING, "not_understood", "fee", 0.04)
        fair = Asked("要多少钱", MORNING, "unsure", "fee", 0.41)
        assert Group("g", "天马行空", (weak,)).likely is None
        assert Group("g", "要多少钱", (weak, fair)).likely == "fee"

    def test_is_the_answer_that_did_not_help_however_sure_it_was(self) -> None:
        told = Asked("要多少钱", MORNING, "not_solved", "fee", 0)
        assert Group("g", "要多少钱", (told,)).likely == "fee"


class TestGrouping:
    def test_joins_what_is_written_alike(self) -> None:
        found = grouped([asked("沒有銀行卡 怎么办？"), asked("没有银行卡怎么办")], today=date(2026, 11, 24))
        assert [group.count for group in found] == [2]
        assert found[0].trend[-1] == 2

    def test_joins_what_means_the_same_and_reads_each_wording_once(self) -> None:
        vectors = {"要钱吗": (1.0, 0.0), "收费不": (0.8, 0.6), "怎么刷脸": (0.0, 1.0)}
        read: list[str] = []

        def reads(texts):
            read.extend(texts)
            return np.array([vectors[text] for text in texts], np.float32)

        meanings, day = Meanings(reads), date(2026, 11, 24)
        all_asked = [asked("要钱吗"), asked("要钱吗"), asked("收费不"), asked("怎么刷脸")]
        for _ in range(2):
            found = grouped(all_asked, today=day, meanings=meanings)
            assert [(group.head, group.count) for group in found] == [("要钱吗", 3), ("怎么刷脸", 1)]
        assert sorted(read) == sorted(vectors)

    def test_parts_what_is_written_alike_but_means_something_else(self) -> None:
        two = [asked("外国人能不能做身份验证"), asked("老年机能不能做身份验证")]
        apart, day = Meanings(lambda texts: np.eye(len(texts), dtype=np.float32)), date(2026, 11, 24)
        assert len(grouped(two, today=day, meanings=apart)) == 2
        assert len(grouped(two, today=day)) == 1

    def test_goes_by_letters_where_there_is_no_encoder(self) -> None:
        one = [asked("要钱吗"), asked("收费不")]
        found = grouped(one, today=date(2026, 11, 24), meanings=Meanings(lambda _texts: None))
        assert len(found) == 2

    def test_shows_each_wording_once_newest_first(self) -> None:
        later = replace(asked("没有银行卡怎么办呀"), at=MORNING + timedelta(hours=1))
        found = grouped([asked("没有银行卡怎么办")] * 3 + [later], today=date(2026, 11, 24))
        assert [one.words for one in found[0].examples] == ["没有银行卡怎么办呀", "没有银行卡怎么办"]
        assert found[0].head == "没有银行卡怎么办"

    def test_leaves_out_signs_and_single_letters(self) -> None:
        assert grouped([asked("？"), asked("嗯"), asked("1")], today=date(2026, 11, 24)) == []
