"""Who may work where, and which other programs may read what is live."""

import re

from multidict import CIMultiDict
from sqlalchemy import Connection

from bot.audit import entries
from bot.rights import Role
from faq.content_models import Content
from faq.editor import drafts
from faq.editor.entries import apart
from faq.editor.records import faq_api_token
from tests.editor.stage import Stage, Writer

KEY = "topic:verify_items"


async def asks(stage: Stage, token: str, **headers: str) -> tuple[int, CIMultiDict[str], str]:
    """GET /api/content as another program."""
    writer = stage.writers[0]
    sent = {"Authorization": f"Bearer {token}", **headers} if token else headers
    async with writer.session.get(stage.server.make_url("/api/content"), headers=sent) as answer:
        return answer.status, CIMultiDict(answer.headers), await answer.text()


async def token_of(reviewer: Writer, name: str = "知识库同步") -> str:
    await reviewer.opens("/content/access")
    await reviewer.sends("/content/access/token", name=name)
    found = re.search(r"<code>(nhwy_[\w-]+)</code>", reviewer.text)
    assert found
    return found[1]


class TestAnEditorNamedForOneCategory:
    async def test_writes_there_and_nowhere_else(self, stage: Stage) -> None:
        editor, reviewer = await stage.writer("小文"), await stage.writer("审核员", Role.REVIEWER)
        category = await stage.store.read(category_of)
        await reviewer.opens("/content/access")
        await self._name(reviewer, editor, category, "viewer")
        assert "权限已更新" in reviewer.text
        assert "只能看" in reviewer.text
        await editor.opens(f"/content/entry/{KEY}")
        assert "disabled" in editor.text.split('id="entry"')[1].split("</form>")[0]
        refused = await editor.sends(f"/content/entry/{KEY}", title="不行", category=category)
        assert refused.status == 403

        await self._name(reviewer, editor, category, "editor")
        await editor.saves(KEY, title="这回可以？")
        assert "已保存为新的一版" in editor.text

        await editor.opens("/content/changes")
        assert "这回可以" in editor.text
        await self._name(reviewer, editor, category, "viewer")
        answer = await editor.sends("/content/candidates", keys=[KEY], note="不行")
        assert (answer.status, "请至少勾选一处修改" in editor.text) == (422, True)
        await self._name(reviewer, editor, category, "none")
        await editor.opens("/content/changes")
        assert "这回可以" not in editor.text
        assert (await editor.opens("/content/releases/1/yaml")).status == 403
        assert (await editor.opens(f"/content/entry/{KEY}")).status == 403
        await editor.opens("/content?q=verify_items")
        assert f"/content/entry/{KEY}" not in editor.text

        await self._name(reviewer, editor, category, "")
        assert (await editor.opens(f"/content/entry/{KEY}")).status == 200

    async def test_sees_nothing_of_others_in_figures_inbox_and_releases(self, stage: Stage) -> None:
        editor, reviewer = await stage.writer("小文"), await stage.writer("审核员", Role.REVIEWER)
        other = await stage.writer("小周")
        await stage.asks("身份核验都要核验哪些信息")
        await stage.asks("随便写的按钮", option="topic:fee")
        await stage.asks("没解决", option="unsolved:fee")
        await other.saves("topic:fee", title="收不收钱？")
        await other.saves(KEY, title="验哪些？")
        candidate = await other.proposes("topic:fee", KEY)
        await other.sends(f"{candidate}/submit", note="两处")
        await reviewer.opens("/content/access")
        await self._name(reviewer, editor, await stage.store.read(category_of), "editor")
        await editor.opens("/content/figures")
        assert ("topic:verify_items" in editor.text, "topic:fee" in editor.text) == (True, False)
        assert "<strong>1</strong> 次回答" in editor.text
        await editor.opens("/content/inbox")
        assert "随便写的按钮" not in editor.text
        await editor.opens(candidate)
        assert ("验哪些" in editor.text, "收不收钱" in editor.text) == (True, False)
        assert "另有 1 处在您看不到的分类里" in editor.text
        await reviewer.releases(candidate)
        await editor.opens("/content/releases/2")
        assert ("验哪些" in editor.text, "收不收钱" in editor.text) == (True, False)
        await self._name(reviewer, editor, await stage.store.read(category_of), "")
        await editor.opens("/content/releases/2")
        assert "收不收钱" in editor.text
        await editor.opens("/content/figures")
        assert "topic:fee" in editor.text

    async def test_is_named_by_reviewers_alone_and_with_words_that_exist(self, stage: Stage) -> None:
        editor, reviewer = await stage.writer("小文"), await stage.writer("审核员", Role.REVIEWER)
        category = await stage.store.read(category_of)
        await editor.opens("/content/access")
        assert "新建令牌" not in editor.text
        assert (await self._name(editor, editor, category, "editor")) == 403
        await reviewer.opens("/content/access")
        assert (await self._name(reviewer, editor, "no_such", "editor")) == 400
        assert (await self._name(reviewer, editor, category, "king")) == 400
        assert (await self._name(reviewer, editor, category, "editor")) == 200
        acts = [entry.action for entry in await stage.store.read(entries)]
        assert acts.count("content.right") == 1

    async def _name(self, by: Writer, whom: Writer, category: str, level: str) -> int:
        answer = await by.sends("/content/access/right", staff=whom.staff.id, category=category, level=level)
        return answer.status


class TestAReviewerNamedForOneCategory:
    async def test_decides_nothing_about_the_others(self, stage: Stage) -> None:
        chief, narrow = await stage.writer("审核员", Role.REVIEWER), await stage.writer("小周", Role.REVIEWER)
        editor = await stage.writer("小文")
        await self._narrows(stage, chief, narrow)
        await editor.saves("topic:fee", title="收不收钱？")
        candidate = await editor.proposes("topic:fee")
        await editor.sends(f"{candidate}/submit", note="请看")
        await narrow.opens(candidate)
        why = "已和业务处核对过，照发。"
        for step, fields in {
            "review": {"verdict": "approve"},
            "override": {"reason": why},
            "withdraw": {},
            "rehearse": {},
        }.items():
            assert (await narrow.sends(f"{candidate}/{step}", **fields)).status == 409, step
            assert "不归您负责的分类" in narrow.text
        await chief.opens(candidate)
        await chief.sends(f"{candidate}/review", verdict="approve", note="")
        for step in ("release", "schedule", "override"):
            sent = await narrow.sends(f"{candidate}/{step}", reason=why, not_before="2027-01-01T09:00")
            assert sent.status == 409, step
        await chief.sends(f"{candidate}/release")
        assert "已发布" in chief.text
        await narrow.opens("/content/releases")
        assert (await narrow.sends("/content/releases/1/live", reason="退回")).status == 409
        await chief.opens("/content/releases")
        assert (await chief.sends("/content/releases/1/live", reason="退回")).status == 200

    async def test_decides_about_their_own(self, stage: Stage) -> None:
        chief, narrow = await stage.writer("审核员", Role.REVIEWER), await stage.writer("小周", Role.REVIEWER)
        editor = await stage.writer("小文")
        await self._narrows(stage, chief, narrow)
        await editor.saves(KEY, title="验哪些？")
        candidate = await editor.proposes(KEY)
        await editor.sends(f"{candidate}/submit", note="请看")
        await narrow.releases(candidate)
        assert "已发布" in narrow.text
        assert (await narrow.sends("/content/releases/1/live", reason="退回")).status == 200

    async def test_cannot_let_themselves_or_a_program_out_of_it(self, stage: Stage) -> None:
        chief, narrow = await stage.writer("审核员", Role.REVIEWER), await stage.writer("小周", Role.REVIEWER)
        category = await self._narrows(stage, chief, narrow)
        await narrow.opens("/content/access")
        assert "新建令牌" not in narrow.text
        for whom in (chief, narrow):
            fields = {"staff": whom.staff.id, "category": category, "level": ""}
            assert (await narrow.sends("/content/access/right", **fields)).status in (403, 409)
        assert (await narrow.sends("/content/access/token", name="同步")).status == 403
        await chief.opens("/content/access")
        fields = {"staff": chief.staff.id, "category": category, "level": "viewer"}
        assert (await chief.sends("/content/access/right", **fields)).status == 409
        assert "要由另一位同事来改" in chief.text
        assert await token_of(chief)

    async def _narrows(self, stage: Stage, by: Writer, whom: Writer) -> str:
        category = await stage.store.read(category_of)
        await by.opens("/content/access")
        await by.sends("/content/access/right", staff=whom.staff.id, category=category, level="reviewer")
        return category


def category_of(tx: Connection) -> str:
    """Where the entry of these tests stands."""
    return apart(drafts.live_content(tx)[1])[KEY].category


class TestAToken:
    async def test_reads_what_is_live_and_only_when_it_changed(self, stage: Stage, shipped: Content) -> None:
        reviewer = await stage.writer("审核员", Role.REVIEWER)
        token = await token_of(reviewer)
        status, headers, text = await asks(stage, token)
        assert status == 200
        assert text.startswith('{"release":1,"content":{')
        assert Content.model_validate_json(text.split('"content":', 1)[1][:-1]) == shipped
        status, _, text = await asks(stage, token, **{"If-None-Match": headers["ETag"]})
        assert (status, text) == (304, "")

    async def test_is_shown_once_and_kept_as_a_hash(self, stage: Stage) -> None:
        reviewer = await stage.writer("审核员", Role.REVIEWER)
        token = await token_of(reviewer)
        await reviewer.opens("/content/access")
        assert "知识库同步" in reviewer.text
        assert "没有用过" in reviewer.text
        assert token not in reviewer.text
        rows = await stage.store.read(lambda tx: [str(row) for row in tx.execute(faq_api_token.select())])
        assert rows
        assert token not in str(rows)
        assert token not in str(await stage.store.read(entries))
        await asks(stage, token)
        await reviewer.opens("/content/access")
        assert "没有用过" not in reviewer.text

    async def test_is_refused_when_unknown_or_ended(self, stage: Stage) -> None:
        reviewer = await stage.writer("审核员", Role.REVIEWER)
        token = await token_of(reviewer)
        for wrong in ("", "nhwy_x", token[:-1], "x" * 200):
            status, headers, text = await asks(stage, wrong)
            assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
            assert "categories" not in text
        assert (await asks(stage, token))[0] == 200
        await reviewer.sends("/content/access/token/1/end")
        assert "已停用" in reviewer.text
        assert (await asks(stage, token))[0] == 401
        assert (await asks(stage, await token_of(reviewer, "另一个")))[0] == 200
        acts = [entry.action for entry in await stage.store.read(entries)]
        assert acts.count("content.token") == 2
        assert acts.count("content.token_end") == 1

    async def test_needs_a_purpose(self, stage: Stage) -> None:
        reviewer = await stage.writer("审核员", Role.REVIEWER)
        await reviewer.opens("/content/access")
        assert (await reviewer.sends("/content/access/token", name="  ")).status == 422
        assert "请填写完整" in reviewer.text
        assert await token_of(reviewer)
