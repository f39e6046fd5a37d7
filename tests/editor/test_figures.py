"""What the answers do: counted by entry and day, from what citizens really said."""

from datetime import date

from sqlalchemy import Connection, insert

from bot.rights import Role
from faq.editor.figures import Hit, bars, deflection, tallies, total
from handlers.records import feedback, hand_over, heard
from tests.editor.stage import Stage

WORDS = "身份核验都要核验哪些信息"
TODAY = date(2026, 11, 24)


class TestTheFiguresOfAnAnswer:
    async def test_count_what_citizens_asked_and_said(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        for n in range(3):
            await stage.asks(WORDS, f"oCitizen{n:04d}")

        def said(tx: Connection) -> None:
            told = {"topic": "verify_items", "at": stage.clock()}
            tx.execute(insert(feedback), [{**told, "openid": f"o{n}", "solved": n > 0} for n in range(3)])
            called = {**told, "openid": "o0", "reason": "asked", "summary": "{}", "state": "waiting"}
            tx.execute(insert(hand_over).values(called))

        await stage.store.write(said)
        await editor.opens("/content/figures")
        for words in (
            "<strong>3</strong> 次回答",
            "<strong>67%</strong> 说解决了",
            "转人工 1 次",
            "<svg",
            "最多一天 3 次",
        ):
            assert words in editor.text
        asked, never = editor.text.split('id="never"')
        assert "topic:verify_items" in asked
        assert "topic:verify_items" not in never
        assert "topic:how_open" in never

    async def test_show_what_the_bot_was_unsure_of(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        asked = {
            "openid": "o1",
            "at": stage.clock(),
            "kind": "Words",
            "state": "done",
            "topic": "verify_items",
        }

        def said(tx: Connection) -> None:
            both = {"怎么弄呢": ("ask", 0.41), "验几样东西": ("answer", 0.97)}
            for words, (zone, sure) in both.items():
                tx.execute(insert(heard).values(**asked, key=words, words=words, zone=zone, confidence=sure))

        await stage.store.write(said)
        await editor.opens("/content/figures?days=7")
        unsure = editor.text.split('id="unsure"')[1].split("</section>")[0]
        assert "怎么弄呢" in unsure
        assert "41%" in unsure
        assert "验几样东西" not in unsure

    async def test_leave_out_what_was_said_to_a_human(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        called = {"openid": "o1", "reason": "asked", "summary": "{}", "state": "open", "at": stage.clock()}
        await stage.store.write(lambda tx: tx.execute(insert(hand_over).values(called)) and None)
        stage.clock.passes(minutes=1)
        await self._says_to_a_human(stage, "o1")
        await stage.asks(WORDS, "o2")
        await editor.opens("/content/figures")
        assert "<strong>1</strong> 次回答" in editor.text

    async def _says_to_a_human(self, stage: Stage, openid: str) -> None:
        said = {"key": "k1", "openid": openid, "kind": "Words", "words": WORDS, "state": "done"}
        understood = {"zone": "answer", "topic": "verify_items", "confidence": 1.0, "at": stage.clock()}
        await stage.store.write(lambda tx: tx.execute(insert(heard).values(**said, **understood)) and None)

    async def test_count_what_was_tapped_under_what_was_answered(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await stage.asks("随便写的按钮", option="topic:fee")
        await editor.opens("/content/figures")
        asked, never = editor.text.split('id="never"')
        assert "<strong>1</strong> 次回答" in asked
        assert "topic:fee" in asked
        assert "topic:fee" not in never

    async def test_leave_out_calls_for_a_human_and_steps_of_a_guide(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await stage.asks("带我走一遍", option="guide:enter")
        await stage.asks("下一步", option="next")
        await stage.asks("转人工")
        await editor.opens("/content/figures")
        assert "<strong>0</strong> 次回答" in editor.text
        await editor.opens("/content/inbox")
        assert "下一步" not in editor.text
        assert "带我走一遍" not in editor.text

    async def test_show_the_answers_before_the_conversation(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        for _ in range(3):
            await stage.asks("随便写的按钮", option="topic:greet")
        await stage.asks("随便写的按钮", option="topic:fee")
        await editor.opens("/content/figures")
        assert editor.text.index("entry/topic:fee") < editor.text.index("entry/topic:greet")
        await editor.opens("/content/figures?category=daily")
        assert "<strong>3</strong> 次回答" in editor.text
        assert "entry/topic:fee" not in editor.text

    async def test_are_calm_without_any(self, stage: Stage) -> None:
        agent = await stage.writer("客服", Role.AGENT)
        assert (await agent.opens("/content/figures?days=x")).status == 200
        assert "这段时间没有人问" in agent.text


class TestTheSums:
    def test_add_up_by_topic_and_day(self) -> None:
        hits = [
            Hit("a", TODAY, shown=3, helpful=1, unhelpful=1, handed_over=1),
            Hit("a", date(2026, 11, 22), shown=1),
            Hit("b", TODAY, shown=9, unsure=2),
        ]
        found = tallies(hits, today=TODAY, days=3)
        assert [(one.topic, one.by_day) for one in found] == [("b", (0, 0, 9)), ("a", (1, 0, 3))]
        everything = total(found, 3)
        assert (everything.shown, everything.by_day) == (13, (1, 0, 12))
        assert everything.helpful_share == 0.5
        assert deflection(everything) == 12 / 13

    def test_say_nothing_where_nothing_was_said(self) -> None:
        assert deflection(total([], 3)) is None
        assert total([], 3).helpful_share is None
        assert tallies([], today=TODAY, days=3) == []

    def test_draw_bars_that_stay_inside_the_chart(self) -> None:
        drawn = bars((0, 5, 10), width=90, height=100)
        assert [(y, height) for _, y, _, height in drawn] == [(100, 0), (50, 50), (0, 100)]
        assert all(x >= 0 and x + width <= 90 for x, _, width, _ in drawn)
