"""The whole way, from the first page to the last, and what the desk may see of it."""

from tests.verification.journey.harness import (
    PASSPORT,
    Citizen,
    World,
    outcomes,
)
from verification import matters
from verification.attempts import case_card, last_attempt
from verification.engines.outcomes import FaceOutcome, Reason


class TestTheWholeWay:
    async def test_ends_with_a_confirmed_to_do_and_a_receipt(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("done")
        assert "业务已确认" in citizen.html
        assert await outcomes(world) == ["done"]

        assert (await world.read(lambda tx: matters.by_ref(tx, one.ref))).state == "confirmed"

    async def test_leads_to_the_next_to_do_while_there_is_one(self, world: World, citizen: Citizen) -> None:
        await world.push("第一项")
        await world.push("第二项")
        await citizen.walks_to("another")
        await citizen.presses("next")
        assert citizen.step == "todos"
        assert "第一项" in citizen.html
        assert "第二项" not in citizen.html

    async def test_may_end_without_any_to_do(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        assert "最近 7 天没有待办事项" in citizen.html
        await citizen.presses("finish")
        assert citizen.step == "verified"
        assert await outcomes(world) == ["verified"]

    async def test_asks_no_bank_card_of_other_documents(self, world: World, citizen: Citizen) -> None:
        await world.enrol(PASSPORT)
        await citizen.walks_to("face", PASSPORT)
        assert "bankcard" not in " ".join(url for url, _ in citizen.seen)

    async def test_shows_technical_support_on_every_page(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("done")
        assert all("/verify/support" in page for _, page in citizen.seen if page)

    async def test_says_on_every_page_that_it_is_a_demonstration(
        self, world: World, citizen: Citizen
    ) -> None:
        await world.push()
        await citizen.walks_to("done")
        assert all("演示环境" in page for _, page in citizen.seen if page)

    async def test_knows_an_authorised_person_the_next_time(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        await citizen.presses("finish")
        await citizen.opens()
        assert citizen.step == "entry"
        assert 'value="张小明"' in citizen.html
        await citizen.fills_in()
        assert citizen.step == "notices"


class TestTheCard:
    async def test_shows_the_desk_steps_and_reasons_and_nothing_else(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        world.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,), distance=0.4)]
        await citizen.looks_into_the_camera()
        card = await world.read(lambda tx: case_card(tx, "o-citizen", world.verifier.journey))
        assert (card.step, card.title) == ("face", "人脸核验")
        assert card.attempts[-1].reasons == ("face:too_dark",)
        assert card.attempts[-1].step == "face"
        assert "张小明" not in repr(card)
        assert "0.4" not in repr(card)

    async def test_of_a_stranger_is_empty(self, world: World) -> None:
        journey = world.verifier.journey
        assert await world.read(lambda tx: case_card(tx, "o-nobody", journey)) is None
        assert await world.read(lambda tx: last_attempt(tx, "o-nobody", journey)) is None
