"""Double taps, stale tabs, going back, coming back: all harmless."""

import asyncio

import pytest
from sqlalchemy import func, select

from tests.verification.journey.harness import PERSON, PHONE, Citizen, World, a_citizen
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

    @pytest.mark.parametrize("step", ["entry", "agreement", "code"])
    async def test_many_taps_pass_the_steps_behind_a_page_once(
        self, world: World, citizen: Citizen, step: str
    ) -> None:
        await citizen.walks_to(step)
        fields = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "agree", "code": PHONE[-6:]}
        fields |= {"name": PERSON.name, "kind": PERSON.kind, "number": PERSON.number}
        path = citizen.path
        answers = await asyncio.gather(*(citizen.client.post(path, data=fields) for _ in range(5)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.url.path for answer in answers}) == 1
        numbers = select(event.c.number).order_by(event.c.number)
        found = await world.read(lambda tx: tx.execute(numbers).scalars().all())
        assert found == list(range(1, len(found) + 1))

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

    async def test_a_tab_of_an_earlier_visit_is_shown_the_current_page(self, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        stale = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "agree", "agree": "yes"}
        await citizen.opens()
        assert citizen.step == "consent"
        await citizen.sends(stale)
        assert (citizen.status, citizen.step) == (200, "consent"), "shown, and nothing done"
        await citizen.presses("agree", agree="yes")
        assert citizen.step == "notices"

    async def test_a_form_that_another_site_sends_does_nothing(self, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        fields = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "agree", "agree": "yes"}
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with citizen.client.post(citizen.path, data=fields, headers=headers) as answer:
            assert answer.url.path == "/verify/step/consent"

    async def test_a_case_from_yesterday_begins_anew(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        world.clock.passes(hours=25)
        await citizen.opens()
        assert citizen.step == "entry"
