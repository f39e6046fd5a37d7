"""Every role at every address of the desk; and one number that must not be seen by anybody anywhere."""

import dataclasses
import json
import logging

import pytest
from aiohttp import web

from bot.audit import entries
from bot.rights import Right, Role, may
from handlers.messages import Notice
from tests.desk.stage import Stage, text_of

CANARY = "110101199003070134"
OPEN_TO_ALL = ("/static/desk", "/rate/{token}")

NEEDS = {
    "/desk/board": Right.SEE_REPORTS,
    "/desk/export.csv": Right.EXPORT,
    "/desk/export.xlsx": Right.EXPORT,
    "/desk/find": Right.FIND_PERSON,
    "/desk/calendar": Right.SET_HOURS,
    "/desk/case/{id}/reveal": Right.REVEAL,
    "/desk/agents": Right.SUPERVISE,
    "/desk/reviews": Right.DECIDE_CASE,
    "/desk/reviews/{id}": Right.DECIDE_CASE,
    "/desk/reviews/{id}/decide": Right.DECIDE_CASE,
    "/desk/reviews/{id}/second": Right.DECIDE_CASE,
    "/desk/reviews/{id}/picture": Right.SEE_EVIDENCE,
}
"""All other addresses need the right to answer."""


def addresses(stage: Stage) -> list[tuple[str, str]]:
    """Method and path of every route of the desk."""
    own = [route for route in stage.desk.routes() if isinstance(route, web.RouteDef)]
    return [(route.method, route.path) for route in own if route.path not in OPEN_TO_ALL]


class TestEveryAddress:
    async def test_sends_strangers_to_the_sign_in(self, stage: Stage) -> None:
        somebody = await stage.hires("小李")
        await somebody.opens("/staff/sign-in", Accept="text/html")  # for a form token, without signing in
        for method, path in addresses(stage):
            answer = await self._asked(somebody, method, path)
            assert answer.status == 401, (method, path)

    @pytest.mark.parametrize("role", list(Role))
    async def test_lets_exactly_the_entitled_roles_through(self, stage: Stage, role: Role) -> None:
        somebody = await (await stage.hires("某某", role)).signs_in()
        for method, path in addresses(stage):
            needed = NEEDS.get(path, Right.ANSWER)
            answer = await self._asked(somebody, method, path)
            refused = answer.status == 403 and "归您负责" not in somebody.text
            fresh_enough = may(role, needed)
            assert refused != fresh_enough, (role, method, path, answer.status)

    async def test_of_a_case_that_is_not_there_is_404(self, stage: Stage) -> None:
        agent = await stage.agent("小李")
        for path in (
            "/desk/case/99/thread",
            "/desk/case/99",
            "/desk/case/x/log",
            "/desk/case/9999999999/side",
        ):
            assert (await agent.opens(path)).status == 404, path
        assert (await agent.opens("/desk")).status == 200

    async def test_refuses_a_post_without_the_form_token(self, stage: Stage) -> None:
        agent, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        kept, agent._csrf = agent._csrf, "forged"
        assert (await agent.claims(citizen)).status == 403
        agent._csrf = kept
        assert (await agent.claims(citizen)).status == 200

    async def _asked(self, somebody, method: str, path: str):
        filled = path.replace("{id}", "1")
        if method == "GET":
            url = somebody.stage.server.make_url(filled)
            async with somebody.session.get(url, allow_redirects=False) as answer:
                if "event-stream" not in answer.headers.get("Content-Type", ""):
                    somebody.text = await text_of(answer)
                return answer
        return await somebody.does(filled.removeprefix("/desk/"))


class TestAnotherAgentsConversation:
    async def test_is_not_read_by_an_agent(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        case = await citizen.calls_for_a_human()
        assert (await wang.opens(f"/desk/case/{case.id}/thread")).status == 200
        await li.claims(citizen)
        for pane in ("thread", "log", "side"):
            assert (await wang.opens(f"/desk/case/{case.id}/{pane}")).status == 403, pane
        assert (await li.opens(f"/desk/case/{case.id}/thread")).status == 200

    async def test_stands_in_nobody_elses_list(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen("oSecret9876")
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        for tab in ("queue", "mine", "later", "closed", "all"):
            await wang.opens(f"/desk/lists?tab={tab}")
            assert "9876" not in wang.text, tab

    async def test_does_not_say_who_looks_at_it(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.is_heard_of(case)
        await wang.is_heard_of(case)
        assert "小李 也在看" in wang.text
        await li.claims(citizen)
        await wang.is_heard_of(case)
        assert "小李" not in wang.text
        await li.is_heard_of(case)
        assert "小王" not in li.text

    async def test_is_noted_in_the_trail_when_it_is_opened(self, stage: Stage) -> None:
        chief, li, citizen = (
            await stage.agent("王主管", Role.SUPERVISOR),
            await stage.agent("小李"),
            stage.citizen(),
        )
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        await chief.opens(f"/desk/case/{case.id}/thread")
        trail = await stage.store.read(lambda tx: entries(tx, about="thread.open"))
        assert [(entry.actor, entry.object) for entry in trail] == [("王主管", f"case:{case.id}")]

    @pytest.mark.parametrize("pane", ["thread", "log", "side"])
    async def test_is_noted_by_whichever_pane_and_again_the_next_time(self, stage: Stage, pane: str) -> None:
        li, case = await stage.agent("小李"), await stage.citizen().calls_for_a_human()
        for pause_s, noted in ((0, 1), (30, 1), (30, 1), (700, 2)):
            stage.clock.passes(seconds=pause_s)
            await li.opens(f"/desk/case/{case.id}/{pane}")
            trail = await stage.store.read(lambda tx: entries(tx, about="thread.open"))
            assert len(trail) == noted


class TestACanaryNumber:
    async def test_is_in_no_page_stream_export_log_or_row(
        self, stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        li, chief, citizen = (
            await stage.agent("小李"),
            await stage.agent("王主管", Role.SUPERVISOR),
            stage.citizen(),
        )
        await citizen.says(f"我的号码{CANARY}通不过")
        case = await citizen.calls_for_a_human()
        await citizen.says(f"身份证：{CANARY[:6]} {CANARY[6:14]} {CANARY[14:]}")
        await li.claims(citizen)
        await citizen.says("１１０１０１１９９００３０７０１３４")
        await citizen.sends_picture(f"media-{CANARY}")
        seen = []
        for verb, fields in (
            ("reply", {"words": f"您是{CANARY}吗", "seen": 99}),
            ("note", {"words": f"号码{CANARY}"}),
            ("draft", {"words": f"号码{CANARY}"}),
            ("transfer", {"to": chief.id, "reason": f"号码{CANARY}"}),
            ("close", {"outcome": "answered", "follow_up": f"号码{CANARY}"}),
            ("close", {"outcome": "answered", "labels": f"老人，{CANARY}"}),
        ):
            await li.does(verb, case, **fields)
            seen.append(li.text)
        for verb, typed in (
            ("canned", {"title": CANARY, "words": "您好", "folder": ""}),
            ("canned", {"title": "问候", "words": "您好", "folder": f"号码{CANARY}"}),
            ("agents", {"id": li.id, "capacity": 5, "team": CANARY}),
            ("find", {"number": CANARY, "reason": f"查{CANARY}"}),
        ):
            assert (await chief.does(verb, **typed)).status == 422, verb
            seen.append(chief.text)
        for row in await stage.rows("original"):
            message = f"h{row['key']}"
            for verb in ("reveal", "picture"):
                assert (await li.does(verb, case, message=message, reason="核对")).status == 403
                seen.append(li.text)
            if row["kind"] == "picture":
                assert (await chief.does("reveal", case, message=message, reason="核对")).status == 410
                seen.append(chief.text)
                continue
            assert (await chief.does("reveal", case, message=message, reason=f"查{CANARY}")).status == 422
            seen.append(chief.text)
            assert (await chief.does("reveal", case, message=message, reason="核对")).status == 200
            assert "身份证号" in chief.text  # the one place where it may be; the trail, below, knows it
        for who in (li, chief):
            await who.does("search", q=CANARY)
            seen.append(who.text)
            for method, path in addresses(stage):
                if method == "GET" and path != "/desk/stream":
                    await who.opens(path.replace("{id}", str(case.id)))
                    seen.append(who.text)
        await li.uploads(citizen, CANARY.encode())
        seen.append(li.text)
        url = stage.server.make_url("/desk/stream?after=0")
        async with li.session.get(url) as stream:
            seen.append((await stream.content.readany()).decode())
        tables = ("heard", "said", "hand_over", "desk_event", "desk_note", "desk_draft", "canned", "original")
        rows = [await stage.rows(table) for table in tables]
        seen.append(json.dumps(rows, default=str, ensure_ascii=False))
        trail = await stage.store.read(lambda tx: entries(tx))
        assert [entry.action for entry in trail].count("person.reveal") == 4
        seen += [caplog.text, capsys.readouterr().out, repr(trail)]
        for text in seen:
            squeezed = text.replace(" ", "")
            assert CANARY not in squeezed
            assert "１１０１０１１９９００３０７０１３４" not in squeezed
        assert "***" in "".join(seen)

    @pytest.mark.parametrize("role", list(Role))
    async def test_is_opened_by_no_role_without_the_right(self, stage: Stage, role: Role) -> None:
        citizen = stage.citizen()
        await citizen.says(f"我的号码{CANARY}通不过")
        case = await citizen.calls_for_a_human()
        somebody = await (await stage.hires("某某", role)).signs_in()
        await somebody.does("claim", case)
        (kept,) = await stage.rows("original")
        answer = await somebody.does("reveal", case, message=f"h{kept['key']}", reason="核对")
        assert (answer.status == 200) == may(role, Right.REVEAL)
        assert (CANARY in somebody.text) == may(role, Right.REVEAL)

    async def test_is_in_no_thread_of_wechats_own_agents(self, stage: Stage) -> None:
        stage.reception._one_turn = dataclasses.replace(stage.reception._one_turn, wechat_agents=True)
        chief, citizen = await stage.agent("王主管", Role.SUPERVISOR), stage.citizen()
        await citizen.says(f"转人工，我的号码{CANARY}")
        await citizen.does(Notice("kf_create_session", f"kf@{CANARY}"))
        case = await citizen.case()
        for path in (f"/desk/case/{case.id}", "/desk/lists?tab=all"):
            await chief.opens(path)
            assert CANARY not in chief.text, path
        rows = [await stage.rows(table) for table in ("heard", "said", "hand_over", "desk_event")]
        assert CANARY not in json.dumps(rows, default=str, ensure_ascii=False)
