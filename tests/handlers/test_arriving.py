"""Whoever follows, scans a support code or taps the menu is met with something to tap."""

from handlers.messages import Followed, MenuTapped, Scanned, Text
from tests.handlers.conftest import House


class TestANewcomer:
    async def test_is_welcomed_with_things_to_tap(self, house: House) -> None:
        citizen = house.citizen()
        assert "你呼我应" in await citizen.does(Followed())
        assert "转人工" in citizen.options

    async def test_who_scanned_a_support_code_is_met_with_that_step(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.does(Followed("s_face_camera"))
        assert "相机" in words
        assert any("刷脸" in option or "相机" in option for option in citizen.options)

    async def test_with_an_unknown_code_is_simply_welcomed(self, house: House) -> None:
        assert "你呼我应" in await house.citizen().does(Followed("nobody-knows"))

    async def test_who_returns_is_greeted_as_one(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.does(Followed())
        assert await citizen.does(Scanned("x")) != first


class TestTheMenu:
    async def test_answers_every_button_that_it_has(self, house: House) -> None:
        keys = [
            button.key for top in house.library.menu().buttons for button in (top.sub or (top,)) if button.key
        ]
        for key in keys:
            citizen = house.citizen(f"o{key}")
            assert await citizen.does(MenuTapped(key)), key
            assert isinstance(citizen.heard[-1], Text)

    async def test_of_yesterday_leads_to_the_start(self, house: House) -> None:
        assert await house.citizen().does(MenuTapped("no-such-key"))
