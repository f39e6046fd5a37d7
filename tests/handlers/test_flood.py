"""Somebody who writes too fast is slowed down, and never kept from help."""

from datetime import timedelta

from handlers.flood import Limit
from tests.handlers.conftest import House


class TestAFlood:
    async def test_is_slowed_but_not_dropped(self, house: House) -> None:
        citizen = house.citizen()
        for n in range(Limit().messages + 3):
            words = await citizen.says(f"收费吗{n}")
            house.clock.at -= timedelta(seconds=3)
        assert words == house.library.reply("flood_slow")
        assert len(await house.rows("heard")) == Limit().messages + 3

    async def test_keeps_nobody_in_distress_from_help(self, house: House) -> None:
        citizen = house.citizen()
        for n in range(Limit().messages + 3):
            await citizen.says(f"收费吗{n}")
            house.clock.at -= timedelta(seconds=3)
        assert "110" in await citizen.says("我不想活了")

    def test_begins_where_the_settings_say(self, house: House) -> None:
        now = house.clock()
        heard = [now - timedelta(seconds=n) for n in range(5)]
        assert Limit(messages=4).is_passed(heard, now)
        assert not Limit(messages=5).is_passed(heard, now)
        assert not Limit(messages=4, window=timedelta(seconds=4)).is_passed(heard, now)

    async def test_is_forgotten_after_a_while(self, house: House) -> None:
        citizen = house.citizen()
        for n in range(Limit().messages + 3):
            await citizen.says(f"收费吗{n}")
            house.clock.at -= timedelta(seconds=3)
        house.clock.passes(minutes=5)
        assert await citizen.says("收费吗") != house.library.reply("flood_slow")
