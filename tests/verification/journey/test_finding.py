"""Finding citizens by the number of their document, however it is written, and only as long as it is kept."""

import pytest

from tests.verification.journey.harness import CANARY, PASSPORT, Citizen, World, a_citizen
from verification import forgetting
from verification.finding import openids_of


async def found(world: World, typed: str) -> list[str]:
    return await world.read(lambda tx: openids_of(tx, typed, world.house))


class TestACitizenWhoGaveADocument:
    @pytest.mark.parametrize(
        "typed",
        [CANARY, "11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ"],
    )
    async def test_is_found_by_its_number(self, world: World, citizen: Citizen, typed: str) -> None:
        await citizen.walks_to("consent")
        assert await found(world, typed) == [citizen.openid]

    async def test_is_found_among_others(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        await world.enrol(PASSPORT)
        async with a_citizen(world, "o-other") as other:
            await other.walks_to("notices", PASSPORT)
        assert await found(world, PASSPORT.number) == ["o-other"]

    async def test_is_not_found_before_they_gave_it(self, world: World, citizen: Citizen) -> None:
        await citizen.opens()
        await citizen.fills_in(name="李小明")
        assert await found(world, CANARY) == []
        await citizen.fills_in()
        assert await found(world, CANARY) == [citizen.openid]

    @pytest.mark.parametrize("typed", ["", "0", "%", "110105194912310021", "张小明"])
    async def test_is_not_found_by_anything_else(self, world: World, citizen: Citizen, typed: str) -> None:
        await citizen.walks_to("consent")
        assert await found(world, typed) == []

    async def test_is_not_found_any_more_after_ninety_days(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        world.clock.passes(days=89)
        await world.store.write(lambda tx: forgetting.forget(tx, world.house))
        assert await found(world, CANARY) == [citizen.openid]
        world.clock.passes(days=2)
        forgotten = await world.store.write(lambda tx: forgetting.forget(tx, world.house))
        assert forgotten["documents forgotten"] == 1
        assert await found(world, CANARY) == []

    async def test_is_not_found_any_more_when_they_asked_to_be_forgotten(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("consent")
        await world.store.write(lambda tx: forgetting.forget_person(tx, citizen.openid, world.house))
        assert await found(world, CANARY) == []
