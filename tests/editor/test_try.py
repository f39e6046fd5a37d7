"""The box in which an editor asks as a citizen would: live and draft side by side, with the reasons."""

from bot.rights import Role
from tests.editor.stage import Stage

KEY = "topic:verify_items"
WORDS = "身份核验都要核验哪些信息"


class TestAskingAsACitizenWould:
    async def test_says_what_is_sent_and_why(self, stage: Stage) -> None:
        agent = await stage.writer("客服", Role.AGENT)
        await agent.opens("/content/try")
        await agent.sends("/content/try", words=WORDS)
        for words in ("直接回答", "需要核验哪些信息？", "因为像“需要核验哪些信息?”", "字节"):
            assert words in agent.text
        assert "没有还没上线的修改" in agent.text
        assert await stage.asks(WORDS) != ""

    async def test_says_that_it_asks_back_or_gives_up(self, stage: Stage) -> None:
        agent = await stage.writer("客服", Role.AGENT)
        await agent.opens("/content/try?words=今天天气怎么样")
        assert "说没听懂" in agent.text

    async def test_covers_numbers_of_people_and_names_the_rest(self, stage: Stage) -> None:
        agent = await stage.writer("客服", Role.AGENT)
        await agent.opens("/content/try")
        await agent.sends("/content/try", words="我的安卓手机刷脸不行，身份证 110101199003070038")
        assert "手机系统“安卓”" in agent.text
        assert "步骤“刷脸”" in agent.text
        assert "1 个号码（会遮盖）" in agent.text
        assert agent.text.count("110101199003070038") == 1, "in the box alone"

    async def test_asks_nothing_without_words(self, stage: Stage) -> None:
        agent = await stage.writer("客服", Role.AGENT)
        await agent.opens("/content/try")
        assert (await agent.sends("/content/try", words=" ")).status == 200
        assert "直接回答" not in agent.text


class TestTheDraftBesideTheLive:
    async def test_answers_with_the_new_words(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.saves(KEY, **{"answers-0-text": "先人脸，再银行卡。"})
        await editor.opens("/content/try")
        await editor.sends("/content/try", words=WORDS, draft="yes")
        assert "修改上线之后，这句话的回答会变" in editor.text
        live, draft = editor.text.split("还没上线的修改</h2>")
        assert "先人脸，再银行卡。" in draft
        assert "先人脸，再银行卡。" not in live

    async def test_knows_a_new_entry(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/new/topic")
        words = {"title": "熊猫徽章在哪里领？", "questions": "熊猫徽章哪里领\n徽章怎么领\n想要一枚熊猫徽章"}
        fields = {**words, "id": "badge", "category": "checking", "answers-0-text": "在一楼大厅领。"}
        await editor.sends("/content/new/topic", **fields)
        assert "已保存为新的一版" in editor.text
        await editor.opens("/content/try")
        await editor.sends("/content/try", words="熊猫徽章哪里领", draft="yes")
        live, draft = editor.text.split("还没上线的修改</h2>")
        assert "熊猫徽章在哪里领？" not in live
        assert "熊猫徽章在哪里领？" in draft

    async def test_is_the_same_where_nothing_changed(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.saves(KEY, **{"answers-0-text": "先人脸，再银行卡。"})
        await editor.opens("/content/try")
        await editor.sends("/content/try", words="做身份验证收费吗", draft="yes")
        assert "修改上线之后，这句话的回答不变" in editor.text
