"""Many hands at once: on SQLite's lane and on PostgreSQL, one conversation goes to exactly one agent."""

import asyncio

from handlers.desk import agents, cases, events, serving
from handlers.desk.refusals import DeskRefusal, Full, Moved
from handlers.desk.settings import DeskSettings
from tests.desk.stage import Builds, Stage

SETTINGS = DeskSettings(capacity=1000)


class Hand:
    """Somebody who may answer."""

    def __init__(self, number: int) -> None:
        self.id, self.name = number, f"客服{number}"

    def may(self, right: str) -> bool:
        return right == "thread.answer"


async def staffed(stage: Stage, count: int, settings: DeskSettings = SETTINGS) -> list[Hand]:
    hands = [Hand(n + 1) for n in range(count)]
    for hand in hands:
        await stage.store.write(lambda tx, hand=hand: agents.arrive(tx, hand, settings, stage.clock()))
    return hands


async def outcome(work) -> object:
    try:
        return await work
    except DeskRefusal as refusal:
        return type(refusal)


class TestAClaimRace:
    async def test_has_exactly_one_winner(self, opened: Builds, database_url: str) -> None:
        stage = await opened(database_url)
        hands = await staffed(stage, 8)
        case = await stage.citizen().calls_for_a_human()

        def claims(hand: Hand):
            return outcome(
                stage.store.write(lambda tx: serving.claim(tx, case.id, hand, SETTINGS, stage.clock()))
            )

        results = await asyncio.gather(*(claims(hand) for hand in hands))
        assert [result.state for result in results if isinstance(result, cases.Case)] == ["serving"]
        assert results.count(Moved) == 7
        assert await stage.citizen().holder() == "agent"

    async def test_gives_everybody_another_one(self, opened: Builds, database_url: str) -> None:
        stage = await opened(database_url)
        hands = await staffed(stage, 6)
        for n in range(24):
            await stage.citizen(f"oCitizen{n:04d}").calls_for_a_human()

        async def works(hand: Hand) -> list[int]:
            mine: list[int] = []
            for _ in range(12):
                took = await outcome(
                    stage.store.write(lambda tx: serving.claim_next(tx, hand, SETTINGS, stage.clock()))
                )
                if isinstance(took, cases.Case):
                    mine.append(took.id)
            return mine

        taken = [case for mine in await asyncio.gather(*map(works, hands)) for case in mine]
        assert len(taken) == len(set(taken)) == 24

    async def test_never_gives_an_agent_more_than_they_can_take(
        self, opened: Builds, database_url: str
    ) -> None:
        stage, one = await opened(database_url), DeskSettings(capacity=1)
        (hand,) = await staffed(stage, 1, one)
        waiting = [await stage.citizen(f"oCitizen{n:04d}").calls_for_a_human() for n in range(6)]
        results = await asyncio.gather(
            *(
                outcome(
                    stage.store.write(lambda tx, c=case: serving.claim(tx, c.id, hand, one, stage.clock()))
                )
                for case in waiting
            )
        )
        assert results.count(Full) == 5

    async def test_never_leaves_a_gap_for_a_cursor(self, opened: Builds, database_url: str) -> None:
        stage = await opened(database_url)
        hands = await staffed(stage, 6)
        for n in range(18):
            await stage.citizen(f"oCitizen{n:04d}").calls_for_a_human()
        seen: list[int] = []
        done = asyncio.Event()

        async def watches() -> None:
            cursor = 0
            while True:
                ended = done.is_set()
                new = await stage.store.read(lambda tx, after=cursor: events.after(tx, after)) or []
                seen.extend(event.seq for event in new)
                cursor = seen[-1] if seen else 0
                if ended:
                    return

        async def works(hand: Hand) -> None:
            for _ in range(3):
                await outcome(
                    stage.store.write(lambda tx: serving.claim_next(tx, hand, SETTINGS, stage.clock()))
                )

        watching = asyncio.create_task(watches())
        await asyncio.gather(*map(works, hands))
        done.set()
        await watching
        everything = await stage.store.read(lambda tx: events.after(tx, 0)) or []
        assert seen == [event.seq for event in everything]
