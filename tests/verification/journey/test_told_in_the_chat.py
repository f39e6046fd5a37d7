"""What the chat says of a proof: how it ended, in words that help; and why the last try did not pass."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import pytest
from sqlalchemy import insert, select

from faq.library import Library
from faq.loading import load_content
from handlers import proofs, records, wire
from handlers.messages import Saying, Text
from tests.verification.journey.harness import PASSPORT, ROOT, Citizen, World, a_jpeg
from verification import reviews
from verification.attempts import last_attempt
from verification.engines.outcomes import FaceOutcome, PoorPicture, Reason
from verification.reviews import Decision

LIBRARY = Library(load_content(ROOT / "faq" / "content"), 1)

Hears = Callable[[], Awaitable[list[str]]]


@pytest.fixture
async def hears(world: World) -> Hears:
    """What the loop has left for the citizen of the chat so far."""
    here = {"openid": "o-citizen", "following": True, "first_at": world.clock(), "last_at": world.clock()}
    await world.store.write(records.metadata.create_all)
    await world.store.write(lambda tx: tx.execute(insert(records.citizen).values(**here)))

    def whole(saying: Saying) -> Sequence[Saying]:
        return [saying]

    async def brought() -> list[str]:
        await world.store.write(lambda tx: proofs.bring_verdicts(tx, LIBRARY, world.clock(), whole))
        bodies = await world.read(lambda tx: list(tx.scalars(select(records.said.c.body))))
        return [cast(Text, wire.unpack(body)).words for body in bodies]

    return brought


async def asks_for_a_review(citizen: Citizen) -> None:
    await citizen.walks_to("face")
    await citizen.presses("other")
    await citizen.presses("review")
    await citizen.presses("send", [("document", a_jpeg()), ("selfie", a_jpeg(90))], agree="yes")


async def decide(world: World, decision: Decision, reason: str) -> None:
    (waiting,) = await world.read(reviews.open_reviews)
    decided = lambda tx: reviews.decide_review(  # noqa: E731
        tx, waiting.id, decision, by="小李", reason=reason, house=world.house
    )
    await world.store.write(decided)


class TestTheOutcome:
    async def test_of_a_signature_is_that_it_is_done(
        self, world: World, citizen: Citizen, hears: Hears
    ) -> None:
        await world.push()
        await citizen.walks_to("done")
        (told,) = await hears()
        assert "办好了" in told
        assert "回执" in told

    async def test_of_a_business_called_wrong_is_that_it_went_back(
        self, world: World, citizen: Citizen, hears: Hears
    ) -> None:
        await world.push()
        await citizen.walks_to("business")
        await citizen.presses("wrong")
        await citizen.presses("refuse", why="公司名称写错了")
        assert citizen.step == "returned"
        assert "下载回执" not in citizen.html
        (told,) = await hears()
        assert "已经告诉登记机关" in told
        assert "回执" not in told

    async def test_of_one_signed_and_one_called_wrong_keeps_the_receipt_at_hand(
        self, world: World, citizen: Citizen, hears: Hears
    ) -> None:
        await world.push("第一项")
        await world.push("第二项")
        await citizen.walks_to("another")
        await citizen.presses("next")
        await citizen.presses(matter=citizen.matter)
        await citizen.presses("wrong")
        await citizen.presses("refuse", why="不是我办的")
        assert citizen.step == "done"
        assert "下载回执" in citizen.html
        assert "业务信息有误" in citizen.html
        assert "办好了" in (await hears())[-1]

    async def test_of_a_refused_review_says_why_and_says_it_once(
        self, world: World, citizen: Citizen, hears: Hears
    ) -> None:
        await asks_for_a_review(citizen)
        await decide(world, "rejected", "照片看不清")
        _, told = await hears()
        assert "原因：照片看不清" in told
        await citizen.presses("look")
        assert citizen.step == "rejected"
        assert len(await hears()) == 2

    async def test_of_an_accepted_review_says_how_to_go_on(
        self, world: World, citizen: Citizen, hears: Hears
    ) -> None:
        await asks_for_a_review(citizen)
        await decide(world, "accepted", "是本人")
        told = (await hears())[-1]
        assert "开始身份验证" in told
        assert "是本人" not in told


class TestTheLastTry:
    async def sentences(self, world: World) -> tuple[str, ...]:
        tried = await world.read(lambda tx: last_attempt(tx, "o-citizen", world.verifier.journey))
        return tuple(tried.sentences)

    async def test_is_not_hidden_by_a_tick_that_was_forgotten_afterwards(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        world.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,))]
        await citizen.looks_into_the_camera()
        failed = tuple(citizen.wrong)
        await citizen.presses("other")
        await citizen.presses("nothing")
        await citizen.presses("review")
        await citizen.presses("send", [("document", a_jpeg()), ("selfie", a_jpeg(90))])
        assert citizen.wrong
        assert await self.sentences(world) == failed

    async def test_is_not_a_picture_that_was_forgotten(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("portrait", PASSPORT)
        await citizen.presses("next")
        assert "还没有照片" in citizen.wrong[0]
        assert await world.read(lambda tx: last_attempt(tx, "o-citizen", world.verifier.journey)) is None
        world.face.portrait = PoorPicture((Reason.BLURRED,))
        await citizen.presses("next", [("document", a_jpeg())])
        failed = tuple(citizen.wrong)
        await citizen.presses("next")
        assert await self.sentences(world) == failed

    async def test_is_still_known_when_they_have_come_back(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        world.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,))] * 3
        for _ in range(3):
            await citizen.looks_into_the_camera()
        await citizen.presses("leave")
        world.clock.passes(minutes=5)
        await citizen.opens()
        assert "光线太暗" in (await self.sentences(world))[0]
