"""The stream: who is told, what is in it, and that a cut loses nothing."""

import json

from handlers.desk import events
from tests.desk.stage import Agent, Stage


async def told(agent: Agent, after: int, count: int) -> list[dict]:
    """The next events on a stream opened after a number."""
    url = agent.stage.server.make_url(f"/desk/stream?after={after}")
    found: list[dict] = []
    async with agent.session.get(url) as stream:
        number = 0
        while len(found) < count:
            line = (await stream.content.readline()).decode().strip()
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                found.append({"seq": number, **json.loads(line[6:])})
    return found


async def newest(stage: Stage) -> int:
    return await stage.store.read(events.newest)


class TestAStream:
    async def test_gives_what_was_missed_once_and_in_order(self, stage: Stage) -> None:
        li, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        cursor = await newest(stage)
        for n in range(3):
            await citizen.says(f"第 {n} 句")
        missed = await told(li, cursor, 3)
        assert [event["k"] for event in missed] == ["heard"] * 3
        assert len({event["seq"] for event in missed}) == 3
        assert [event["seq"] for event in missed] == sorted(event["seq"] for event in missed)
        assert [event["seq"] for event in await told(li, missed[0]["seq"], 2)] == [
            event["seq"] for event in missed[1:]
        ]

    async def test_is_live(self, stage: Stage) -> None:
        li, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        url = stage.server.make_url(f"/desk/stream?after={await newest(stage)}")
        async with li.session.get(url) as stream:
            await stream.content.readline()
            await citizen.says("还在吗")
            await stage.desk.publish_new()
            line = b""
            while not line.startswith(b"data: "):
                line = await stream.content.readline()
        assert json.loads(line[6:]) == {"k": "heard", "id": 1, "mine": True, "queue": False, "ring": True}

    async def test_tells_nobody_of_what_others_hold(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        cursor = await newest(stage)
        await citizen.says("只有小李该知道")
        assert await stage.store.read(lambda tx: events.after(tx, cursor, wang.id)) == []
        assert len(await stage.store.read(lambda tx: events.after(tx, cursor, li.id)) or ()) == 1

    async def test_says_to_draw_anew_when_too_much_was_missed(self, stage: Stage) -> None:
        li, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        case = await citizen.case()

        def many(tx) -> None:
            for _ in range(events.MOST_AT_ONCE + 1):
                events.tell(tx, case, "heard", stage.clock())

        await stage.store.write(many)
        (only,) = await told(li, 0, 1)
        assert (only["k"], only["seq"]) == ("anew", await newest(stage))

    async def test_ends_when_the_session_does(self, stage: Stage, monkeypatch) -> None:
        monkeypatch.setattr("handlers.desk.stream.PING_S", 0.05)
        li = await stage.agent("小李")
        url = stage.server.make_url(f"/desk/stream?after={await newest(stage)}")
        async with li.session.get(url) as stream:
            await stream.content.readline()
            stage.clock.passes(hours=11)
            rest = await stream.content.read()
        assert b"data" not in rest

    async def test_does_not_keep_a_session_alive(self, stage: Stage) -> None:
        li = await stage.agent("小李")
        for _ in range(4):
            stage.clock.passes(minutes=10)
            await li.is_heard_of()
            await li.opens("/desk/lists")
        assert (await li.opens("/desk")).status == 401
        await li.comes()
        assert (await li.opens("/desk")).status == 200
