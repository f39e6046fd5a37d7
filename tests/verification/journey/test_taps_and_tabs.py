"""Double taps, stale tabs, going back, coming back: all harmless."""

import asyncio

import pytest
from sqlalchemy import func, select

from tests.verification.journey.harness import (
    Citizen,
    World,
    a_citizen,
)
from verification.records import event, receipt


class TestTapsAndTabs:
    async def test_a_double_tap_is_one_answer(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        fields = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "next", "read": "yes"}
        send = lambda: citizen.client.post("/verify/step/notices", data=fields)  # noqa: E731
        first, second = await asyncio.gather(send(), send())
        assert first.url.path == second.url.path == "/verify/step/agreement"
        count = select(func.count()).where(event.c.step == "notices")
        assert (await world.read(lambda tx: tx.execute(count).scalar())) == 1

    async def test_a_double_signature_is_one_receipt(self, world: World, citizen: Citizen) -> None:

        await world.push()
        await citizen.walks_to("sign")
        page, key, path = citizen.mark, citizen.form_key, citizen.path
        await citizen.signs()
        strokes = '[{"points":[' + ",".join('{"x":1,"y":2}' for _ in range(20)) + "]}]"
        citizen.path = path
        await citizen.sends({"mark": page, "form_key": key, "button": "sign", "strokes": strokes})
        assert citizen.step == "done"
        assert (await world.read(lambda tx: tx.execute(select(func.count(receipt.c.code))).scalar())) == 1

    async def test_a_stale_tab_is_shown_the_current_page(self, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        stale = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "decline"}
        await citizen.presses("agree", agree="yes")
        await citizen.sends(stale)
        assert citizen.step == "notices"

    @pytest.mark.parametrize(
        "address", ["/verify/", "/verify/step/sign", "/verify/step/nonsense", "/verify/x/y"]
    )
    async def test_whatever_address_is_asked_for_the_current_page_comes(
        self, citizen: Citizen, address: str
    ) -> None:
        await citizen.walks_to("notices")
        await citizen.goes_to(address)
        assert citizen.step == "notices"

    async def test_a_case_is_taken_up_again_from_the_chat(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        async with a_citizen(world) as same_person_later:
            await same_person_later.opens()
            assert same_person_later.step == "code"
        await citizen.goes_to("/verify/")
        assert "页面已经关闭" in citizen.html

    async def test_a_case_from_yesterday_begins_anew(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        world.clock.passes(hours=25)
        await citizen.opens()
        assert citizen.step == "entry"
