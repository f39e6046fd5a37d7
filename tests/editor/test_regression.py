"""The questions that every rehearsal asks: added, seen with the live answer, and asked."""

from bot.rights import Role
from faq.editor.sheets import read_rows
from tests.editor.stage import Stage

ANSWERED, LOST = "身份核验都要核验哪些信息", "今天天气怎么样"


class TestATestQuestion:
    async def test_is_shown_with_what_the_live_bot_does(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/tests")
        await editor.sends("/content/tests", words=f"{ANSWERED}\n\n{ANSWERED}", topic="verify_items")
        assert "已加入" in editor.text
        assert "共 1 道" in editor.text
        assert "答对" in editor.text
        await editor.sends("/content/tests", words=ANSWERED, topic="-")
        assert "共 1 道" in editor.text
        assert "答成" in editor.text

    async def test_is_asked_at_the_next_rehearsal(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/tests")
        await editor.sends("/content/tests", words=ANSWERED, topic="verify_items")
        await editor.sends("/content/tests", words=LOST, topic="-")
        await editor.saves("topic:verify_items", **{"answers-0-text": "先人脸，再银行卡。"})
        await editor.opens(await editor.proposes("topic:verify_items"))
        assert "<strong>2 / 2</strong> 道测试题答对" in editor.text

    async def test_is_found_and_dropped(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/tests")
        await editor.sends("/content/tests", words=f"{LOST}\n给我讲个笑话", topic="-")
        await editor.opens("/content/tests?q=天气")
        assert LOST in editor.text
        assert "笑话" not in editor.text
        number = editor.text.split('action="/content/tests/')[-1].split("/")[0]
        await editor.sends(f"/content/tests/{number}/drop")
        assert "共 1 道" in editor.text
        assert LOST not in editor.text

    async def test_needs_words_and_a_topic_that_is_there(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/tests")
        for wrong in ({"words": LOST, "topic": "no_such"}, {"words": " ", "topic": "-"}, {"words": LOST}):
            assert (await editor.sends("/content/tests", **wrong)).status == 422
            assert "每道都要有应当答的那一条" in editor.text
            assert str(wrong["words"]).strip() in editor.text
        await editor.sends("/content/tests", words=LOST, topic="-")
        assert "共 1 道" in editor.text

    async def test_may_come_from_a_table_with_what_each_expects(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/tests")
        pasted = f"{ANSWERED}\tverify_items\n要钱不\t做身份验证收费吗？\n'=1+1\t不该由我们答\n{LOST}"
        await editor.sends("/content/tests", words=pasted, topic="-")
        assert "共 4 道" in editor.text
        taken_out = read_rows("x.csv", await editor.downloads("/content/tests.csv"))
        assert taken_out == [[ANSWERED, "verify_items"], ["要钱不", "fee"], ["'=1+1", "-"], [LOST, "-"]]
        again = "\n".join("\t".join(row) for row in taken_out)
        await editor.sends("/content/tests", words=again, topic="")
        assert "共 4 道" in editor.text

    async def test_that_expects_what_is_not_there_keeps_the_others_in_the_form(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/tests")
        pasted = f"{ANSWERED}\tverify_items\n要钱不\t没有这条"
        assert (await editor.sends("/content/tests", words=pasted)).status == 422
        assert pasted in editor.text
        await editor.sends("/content/tests", words=pasted.replace("没有这条", "fee"))
        assert "共 2 道" in editor.text

    async def test_is_read_by_agents_and_changed_by_editors(self, stage: Stage) -> None:
        agent = await stage.writer("客服", Role.AGENT)
        assert (await agent.opens("/content/tests")).status == 200
        assert "新的测试题" not in agent.text
        assert (await agent.sends("/content/tests", words=LOST, topic="-")).status == 403
