"""From a written answer to the citizens: rehearsed, reviewed by a second person, live, and back again."""

from bot.audit import entries
from bot.rights import Role
from tests.editor.stage import Stage

ANSWER = "answers-0-text"
NEW = "核验时请把手机放平，先人脸，再银行卡。"


class TestAnAnswerOnItsWayToTheCitizens:
    async def test_is_written_rehearsed_approved_released_and_heard(self, stage: Stage) -> None:
        editor, reviewer = await stage.writer("小文"), await stage.writer("审核员", Role.REVIEWER)
        before = await stage.asks("身份核验都要核验哪些信息")
        await editor.saves("topic:verify_items", **{ANSWER: NEW, "note": "更清楚"})
        assert "已保存为新的一版" in editor.text
        assert await stage.asks("身份核验都要核验哪些信息", openid="oCitizen0002") == before

        candidate = await editor.proposes("topic:verify_items")
        await editor.opens(candidate)
        assert "通过了排练" in editor.text
        await editor.sends(f"{candidate}/submit", note="请看")
        await reviewer.releases(candidate)
        assert "已发布" in reviewer.text

        await stage.live.follow_once()
        assert await stage.asks("身份核验都要核验哪些信息") == NEW
        await reviewer.sends("/content/releases/1/live", reason="先退回")
        await stage.live.follow_once()
        assert await stage.asks("身份核验都要核验哪些信息") == before
        acts = [entry.action for entry in await stage.store.read(entries)]
        for act in ("save", "gather", "submit", "approve", "release", "go_back"):
            assert f"content.{act}" in acts
