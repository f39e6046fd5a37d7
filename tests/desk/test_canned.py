"""Canned replies: found by a slash, kept for oneself or for everybody, without a number."""

from bot.rights import Role
from tests.desk.stage import Agent, Stage


class TestCannedReplies:
    async def test_are_found_by_slash(self, li: Agent) -> None:
        await li.does("canned", title="光线", words="请到光线好的地方再刷一次。", folder="刷脸", shared="")
        await li.opens("/desk/answers?q=光线")
        assert "请到光线好的地方" in li.text

    async def test_of_ones_own_are_not_seen_by_others(self, stage: Stage, li: Agent) -> None:
        await li.does("canned", title="口头禅", words="好嘞您嘞", folder="", shared="")
        other = await stage.agent("小王")
        await other.opens("/desk/answers?q=好嘞")
        assert "口头禅" not in other.text

    async def test_for_everybody_are_kept_by_a_supervisor(self, stage: Stage, li: Agent) -> None:
        words = {"title": "问候", "words": "您好，有什么可以帮您？", "folder": ""}
        assert (await li.does("canned", **words, shared="1")).status == 403
        chief = await stage.agent("王主管", Role.SUPERVISOR)
        assert (await chief.does("canned", **words, shared="1")).status == 200
        await li.opens("/desk/answers?q=问候")
        assert "问候" in li.text

    async def test_hold_no_number(self, li: Agent) -> None:
        assert (await li.does("canned", title="错", words="号码110101199003070134")).status == 422

    async def test_are_worded_anew_by_whoever_may_throw_them_away(self, stage: Stage, li: Agent) -> None:
        await li.does("canned", title="光线", words="请到光线好的地方再刷一次。", folder="刷脸")
        (reply,) = await stage.rows("canned")
        anew = {"id": reply["id"], "title": "光线", "words": "请面向窗户再刷一次。", "folder": "刷脸"}
        other, chief = await stage.agent("小王"), await stage.agent("王主管", Role.SUPERVISOR)
        for stranger in (other, chief):
            assert (await stranger.does("canned", **anew)).status == 403
        assert (await li.does("canned", **anew | {"words": ""})).status == 422
        assert (await li.does("canned", **anew | {"words": "号码110101199003070134"})).status == 422
        assert (await li.does("canned", **anew)).status == 200
        (kept,) = await stage.rows("canned")
        assert (kept["words"], kept["owner"]) == ("请面向窗户再刷一次。", reply["owner"])

    async def test_for_everybody_are_worded_anew_by_a_supervisor_alone(self, stage: Stage, li: Agent) -> None:
        chief = await stage.agent("王主管", Role.SUPERVISOR)
        await chief.does("canned", title="问候", words="您好。", folder="", shared="1")
        (reply,) = await stage.rows("canned")
        anew = {"id": reply["id"], "title": "问候", "words": "您好，请讲。", "folder": ""}
        assert (await li.does("canned", **anew)).status == 403
        assert (await chief.does("canned", **anew)).status == 200
        (kept,) = await stage.rows("canned")
        assert (kept["words"], kept["owner"]) == ("您好，请讲。", None)
