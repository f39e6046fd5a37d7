"""Another way than the face: a person looks, decides once, and says why."""

import pytest

from tests.verification.journey.harness import (
    PASSPORT,
    Citizen,
    World,
    a_jpeg,
    outcomes,
)
from verification import reviews
from verification.cases import Overtaken


class TestAnotherWay:
    async def review(self, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        pictures = [("document", a_jpeg()), ("selfie", a_jpeg(90))]
        await citizen.presses("send", pictures, agree="yes")
        assert citizen.step == "review_sent"

    async def decide(self, world: World, decision: reviews.Decision, reason: str = "照片看不清") -> None:
        (waiting,) = await world.read(reviews.open_reviews)
        assert waiting.person == "张**（居民身份证，1101**********002X）"
        await world.store.write(
            lambda tx: reviews.decide_review(
                tx, waiting.id, decision, by="小李", reason=reason, house=world.house
            )
        )

    async def test_needs_both_pictures_and_the_tick(self, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        await citizen.presses("send", [("document", a_jpeg())])
        assert len(citizen.wrong) == 2
        pictures = [("document", a_jpeg()), ("selfie", a_jpeg(90))]
        await citizen.presses("send", pictures, agree="yes")
        assert citizen.step == "review_sent"

    async def test_keeps_a_good_picture_while_the_rest_is_mended(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        await citizen.presses("send", [("document", a_jpeg()), ("selfie", b"not a picture")], agree="yes")
        assert len(citizen.wrong) == 1
        assert citizen.html.count("这张照片已经收到") == 1
        await citizen.presses("send", [("selfie", a_jpeg(90))], agree="yes")
        assert citizen.step == "review_sent"
        (waiting,) = await world.read(reviews.open_reviews)
        assert len(waiting.pictures) == 2

    async def test_never_mixes_the_pictures_of_two_people(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        await citizen.presses("send", [("document", a_jpeg())], agree="yes")
        await citizen.presses("back")
        await citizen.presses("start_again")
        await citizen.fills_in(PASSPORT)
        await citizen.presses("decline")
        await citizen.presses("review")
        assert "这张照片已经收到" not in citizen.html
        await citizen.presses("send", [("selfie", a_jpeg(90))], agree="yes")
        assert "还没有照片" in citizen.wrong[0]

    async def test_asks_for_new_pictures_the_next_time(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        await self.decide(world, "rejected")
        await citizen.presses("look")
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        assert "这张照片已经收到" not in citizen.html
        await citizen.presses("send", agree="yes")
        assert len(citizen.wrong) == 2

    async def test_accepted_goes_on_to_the_signature_without_a_face(
        self, world: World, citizen: Citizen
    ) -> None:
        await world.push()
        await self.review(citizen)
        await citizen.presses("look")
        assert citizen.step == "review_sent"
        await self.decide(world, "accepted")
        await citizen.presses("look")
        assert citizen.step == "todos"
        await citizen.presses(matter=citizen.matter)
        await citizen.presses("confirm")
        assert citizen.step == "sign"
        assert await outcomes(world) == ["review_opened", "review_accepted"]

    async def test_rejected_is_told_with_its_reason(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        await self.decide(world, "rejected")
        await citizen.presses("look")
        assert citizen.step == "rejected"
        assert "照片看不清" in citizen.html
        await citizen.opens()
        assert citizen.step == "entry"

    async def test_is_decided_once_and_with_a_reason(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        with pytest.raises(ValueError, match="reason"):
            await self.decide(world, "accepted", " ")
        (waiting,) = await world.read(reviews.open_reviews)
        await self.decide(world, "accepted")
        with pytest.raises(Overtaken):
            await world.store.write(
                lambda tx: reviews.decide_review(
                    tx, waiting.id, "rejected", by="小王", reason="不是本人", house=world.house
                )
            )

    async def test_waits_days_for_its_decision(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        world.clock.passes(days=3)
        await self.decide(world, "accepted")
        await citizen.opens()
        assert citizen.step == "review_sent"
        await citizen.presses("look")
        assert citizen.step == "todos"

    async def test_a_picture_from_a_file_is_looked_at_by_a_person(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        await citizen.presses("upload", [("selfie", a_jpeg())])
        assert citizen.step == "review_sent"
        (waiting,) = await world.read(reviews.open_reviews)
        assert waiting.cause == "no_camera"
        piece = await world.store.write(
            lambda tx: reviews.picture_for_review(tx, waiting.id, waiting.pictures[0], world.house, by="小李")
        )
        assert piece.media_type == "image/jpeg"

    async def test_may_be_the_counter(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("leave")
        assert citizen.step == "left"
        assert await outcomes(world) == ["left"]
