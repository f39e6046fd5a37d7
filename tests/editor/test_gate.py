"""What may not go live: one's own words unreviewed, what fails its rehearsal, what was overtaken."""

from datetime import timedelta

import pytest

from bot.audit import entries
from bot.rights import Role
from faq.hours import BEIJING
from tests.editor.stage import Stage, Writer

KEY, OTHER = "topic:verify_items", "topic:fee"
ANSWER = "answers-0-text"
NEW = "先人脸，再银行卡。"
ASKED = "需要核验哪些信息？"
WHY = "已和业务处核对过，照发。"


@pytest.fixture
async def editor(stage: Stage) -> Writer:
    return await stage.writer("小文")


@pytest.fixture
async def reviewer(stage: Stage) -> Writer:
    return await stage.writer("审核员", Role.REVIEWER)


async def handed_in(editor: Writer, key: str = KEY, **fields: object) -> str:
    """A change that was saved, rehearsed and handed in; its address."""
    await editor.saves(key, **(fields or {ANSWER: NEW}))
    candidate = await editor.proposes(key)
    await editor.sends(f"{candidate}/submit", note="请看")
    return candidate


async def failing(editor: Writer) -> str:
    """A change that takes a test question away from its entry, handed in."""
    await editor.opens("/content/tests")
    await editor.sends("/content/tests", words=ASKED, topic="fee")
    await editor.sends("/content/tests", words="做身份验证收费吗", topic="fee")
    await editor.opens(f"/content/entry/{OTHER}")
    taken = f"{editor.form()['questions']}\n{ASKED.removesuffix('？')}呢朋友"
    return await handed_in(editor, OTHER, questions=taken)


class TestManyChanges:
    async def test_come_in_pages_and_may_be_rehearsed_together(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("faq.editor.candidate_pages.ON_A_PAGE", 2)
        editor = await stage.writer("小文")
        for key in ("fee", "privacy", "how_open"):
            await editor.saves(f"topic:{key}", owner="小文")
        await editor.opens("/content/changes")
        assert editor.text.count('name="keys"') == 2
        await editor.opens("/content/changes?page=99")
        assert editor.text.count('name="keys"') == 1
        await editor.sends("/content/candidates", keys=["topic:fee"], which="all", note="都要")
        await stage.editor.close()
        assert editor.text.count('<details class="card"') == 3


class TestAReview:
    async def test_is_never_done_by_an_author(self, stage: Stage, reviewer: Writer) -> None:
        second = await stage.writer("审核二", Role.REVIEWER)
        candidate = await handed_in(reviewer)
        await reviewer.opens(candidate)
        assert "要由另一位同事审核" in reviewer.text
        answer = await reviewer.sends(f"{candidate}/review", verdict="approve", note="")
        assert answer.status == 409
        await second.releases(candidate)
        assert "已发布" in second.text

    async def test_is_not_for_editors(self, stage: Stage, editor: Writer) -> None:
        other = await stage.writer("小陈")
        candidate = await handed_in(editor)
        await other.opens(candidate)
        assert (await other.sends(f"{candidate}/review", verdict="approve")).status == 403
        assert (await other.sends(f"{candidate}/release")).status == 403

    async def test_sends_back_with_a_reason_and_the_words_stay(
        self, editor: Writer, reviewer: Writer
    ) -> None:
        candidate = await handed_in(editor)
        await reviewer.opens(candidate)
        assert (await reviewer.sends(f"{candidate}/review", verdict="reject", note="")).status == 409
        assert "请写清楚理由" in reviewer.text
        await reviewer.sends(f"{candidate}/review", verdict="reject", note="请写明要不要银行卡")
        assert "已退回" in reviewer.text
        assert (await reviewer.sends(f"{candidate}/release")).status == 409
        await editor.opens(candidate)
        assert "请写明要不要银行卡" in editor.text
        again = await editor.proposes(KEY)
        await editor.sends(f"{again}/submit", note="已写明")
        await reviewer.releases(again)
        assert "已发布" in reviewer.text


class TestARelease:
    async def test_waits_for_its_review(self, stage: Stage, editor: Writer, reviewer: Writer) -> None:
        before = await stage.asks(ASKED)
        candidate = await handed_in(editor)
        await reviewer.opens(candidate)
        assert (await reviewer.sends(f"{candidate}/release")).status == 409
        await stage.live.follow_once()
        assert await stage.asks(ASKED, "oCitizen0002") == before

    async def test_is_refused_when_another_one_overtook_it(self, editor: Writer, reviewer: Writer) -> None:
        late = await handed_in(editor)
        await reviewer.opens(late)
        await reviewer.sends(f"{late}/review", verdict="approve", note="")
        early = await handed_in(editor, OTHER)
        await reviewer.releases(early)
        assert "已发布" in reviewer.text
        assert (await reviewer.sends(f"{late}/release")).status == 409
        assert "请重新勾选" in reviewer.text or "重新排练后再发布" in reviewer.text
        await reviewer.sends(f"{late}/withdraw")
        again = await editor.proposes(KEY)
        await editor.sends(f"{again}/submit", note="重排")
        await reviewer.releases(again)
        assert "已发布" in reviewer.text

    async def test_that_lost_questions_needs_a_name_and_a_reason(
        self, stage: Stage, editor: Writer, reviewer: Writer
    ) -> None:
        candidate = await failing(editor)
        await reviewer.opens(candidate)
        assert "没有通过：" in reviewer.text
        await reviewer.sends(f"{candidate}/review", verdict="approve", note="")
        assert (await reviewer.sends(f"{candidate}/release")).status == 409
        assert (await reviewer.sends(f"{candidate}/override", reason="急")).status == 409
        assert (await editor.sends(f"{candidate}/override", reason=WHY)).status == 403
        await reviewer.sends(f"{candidate}/override", reason=WHY)
        assert f"审核员：{WHY}" in reviewer.text
        await reviewer.sends(f"{candidate}/release")
        assert "已发布" in reviewer.text
        told = [one for one in await stage.store.read(entries) if one.action == "content.override"]
        assert [(one.actor, one.reason) for one in told] == [("审核员", WHY)]

    async def test_goes_out_by_itself_at_its_time_and_not_before(
        self, stage: Stage, editor: Writer, reviewer: Writer
    ) -> None:
        candidate = await handed_in(editor)
        await reviewer.opens(candidate)
        await reviewer.sends(f"{candidate}/review", verdict="approve", note="")
        at = stage.clock().astimezone(BEIJING) + timedelta(minutes=10)
        assert (await reviewer.sends(f"{candidate}/schedule", not_before="明早")).status == 409
        await reviewer.sends(f"{candidate}/schedule", not_before=at.strftime("%Y-%m-%dT%H:%M"))
        assert "自动发布" in reviewer.text
        await stage.editor.release_due()
        await stage.live.follow_once()
        assert stage.live.current.library.number == 1
        stage.clock.passes(minutes=11)
        await stage.editor.release_due()
        await stage.live.follow_once()
        assert NEW in await stage.asks(ASKED)
        await reviewer.opens(candidate)
        assert "第 2 次发布" in reviewer.text


class TestARehearsal:
    async def test_stops_what_would_break_the_bot(self, editor: Writer) -> None:
        await editor.opens("/content/entry/topic:fee")
        form = editor.form()
        await editor.sends("/content/entry/topic:fee/delete", seen=form["seen"], note="不要了")
        candidate = await editor.proposes("topic:fee")
        await editor.opens(candidate)
        assert "有会让机器人出错的地方" in editor.text
        assert (await editor.sends(f"{candidate}/submit", note="请看")).status == 409
        await editor.opens("/content/entry/topic:fee/history")
        await editor.sends("/content/entry/topic:fee/restore", n=1, seen=2)
        assert "已恢复为新的一版" in editor.text
        await editor.opens("/content/changes")
        assert "编辑保存过的内容都已经上线" in editor.text
