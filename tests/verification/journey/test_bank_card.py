"""The bank card of residents, and the code to their phone."""

import pytest

from tests.verification.journey.harness import (
    CARD,
    PERSON,
    PHONE,
    Citizen,
    World,
)


class TestTheBankCard:
    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"card": ""}, "请填写银行卡号"),
            ({"card": "123"}, "16 到 19 位"),
            ({"card": "6222020000000000001"}, "写错了"),
            ({"phone": ""}, "请填写办卡时"),
            ({"phone": "12345678901"}, "11 位"),
        ],
    )
    async def test_says_what_to_mend(self, citizen: Citizen, typed: dict[str, str], words: str) -> None:
        await citizen.walks_to("bankcard")
        await citizen.presses("next", **({"card": CARD, "phone": PHONE} | typed))
        assert words in citizen.wrong[0]
        await citizen.presses("next", card=" ".join(CARD), phone="138-0013-8000")
        assert citizen.step == "code"

    async def test_that_does_not_match_leads_to_another_way_after_five(self, citizen: Citizen) -> None:
        await citizen.walks_to("bankcard")
        for left in (4, 3, 2, 1):
            await citizen.presses("next", card=CARD, phone="13800130000")
            assert f"还可以试 {left} 次" in citizen.html
        await citizen.presses("next", card=CARD, phone="13800130000")
        assert citizen.step == "other_way"
        await citizen.presses("review")
        assert citizen.step == "review"

    async def test_a_silent_bank_charges_nothing(self, citizen: Citizen) -> None:
        await citizen.walks_to("bankcard")
        for _ in range(6):
            await citizen.presses("next", card=CARD, phone="13800130001")
        assert "不算次数" in citizen.wrong[0]
        await citizen.presses("next", card=CARD, phone=PHONE)
        assert citizen.step == "code"

    async def test_enrolled_with_a_person_must_be_that_card(self, world: World, citizen: Citizen) -> None:
        await world.enrol(PERSON, card="6222020000000000117", phone=PHONE)
        await citizen.walks_to("bankcard")
        await citizen.presses("next", card=CARD, phone=PHONE)
        assert "没有通过" in citizen.wrong[0]
        await citizen.presses("next", card="6222020000000000117", phone=PHONE)
        assert citizen.step == "code"


class TestTheCode:
    async def test_wrong_is_told_and_can_be_mended(self, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        await citizen.presses("next", code="12")
        assert "6 位" in citizen.wrong[0]
        await citizen.presses("next", code="999999")
        assert "不对" in citizen.wrong[0]
        await citizen.presses("next", code="１３８０００")
        assert citizen.step == "face"

    async def test_is_too_old_after_five_minutes(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        world.clock.passes(minutes=5)
        await citizen.presses("next", code=PHONE[-6:])
        assert "过了 5 分钟" in citizen.wrong[0]
        await citizen.presses("again")
        await citizen.presses("next", code=PHONE[-6:])
        assert citizen.step == "face"

    async def test_is_sent_at_most_five_times_an_hour(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        for _ in range(6):
            await citizen.presses("again")
        assert "短信发得太多了" in citizen.wrong[0]

    async def test_lets_the_card_be_changed(self, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        await citizen.presses("change")
        assert citizen.step == "bankcard"
