"""Pictures, voices, places, links and stickers: nothing confuses the bot."""

import pytest

from handlers.messages import Picture, Place, Recording, SharedLink
from tests.handlers.conftest import House


class TestWhatIsNotText:
    @pytest.mark.parametrize(
        "act",
        [
            Picture("m"),
            Recording("voice", "m"),
            Recording("video", "m"),
            Place(39.9, 116.4),
            SharedLink("标题", "https://example.com/"),
        ],
    )
    async def test_gets_a_sensible_answer(self, house: House, act: Picture) -> None:
        citizen = house.citizen()
        assert await citizen.does(act)
        assert "转人工" in citizen.options

    @pytest.mark.parametrize("words", ["[微笑]", "👍👍", "。。。", "/::)", "   "])
    async def test_neither_does_a_sticker_confuse_the_bot(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words)
        assert (await house.row("citizen"))["holder"] == "bot"
