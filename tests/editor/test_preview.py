"""The phone beside the form: what everybody sees, and what those see for whom another answer is written."""

from tests.editor.stage import Stage

KEY = "/content/entry/topic:fee"


class TestAnEntryWithSeveralAnswers:
    async def test_is_shown_as_each_of_them_will_see_it(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens(KEY)
        more = {
            "answers-1-text": "拿通行证的也不收费。",
            "answers-1-document": "hkmt",
            "answers-1-channels": ["wechat", "h5", "agent"],
            "answers-2-text": "有人收钱就转主管。",
            "answers-2-channels": ["agent"],
            "answers-2-phone_system": "android",
        }
        await editor.sends(f"{KEY}/preview", **{**editor.form(), **more})
        everybody, permit, agents = editor.text.split('role="group"')[1:]
        assert "操作指南没有写收费" in everybody
        assert "<h3>证件：港澳通行证</h3>" in everybody
        assert "拿通行证的也不收费。" in permit
        assert "第 1 条，" in permit
        assert "<h3>手机：安卓，用在：仅客服</h3>" in permit
        assert "有人收钱就转主管。" in agents
        assert "不发到微信" in agents

    async def test_shows_a_new_one_while_it_is_written(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/new/topic")
        written = {"title": "周末可以吗？", "category": "face", "questions": "周末能核验吗"}
        await editor.sends(
            "/content/entry/topic:/preview", **{**editor.form(), **written, "answers-0-text": "可以。"}
        )
        assert '<div class="bubble">可以。' in editor.text

    async def test_says_where_something_is_to_be_mended(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens(KEY)
        await editor.sends(f"{KEY}/preview", **{**editor.form(), "answers-0-text": "见[说明](http://a.cn)"})
        assert "不是 https 开头 <small>回答 第 1 个，文字</small>" in editor.text
