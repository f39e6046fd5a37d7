"""Words that ask nothing: a goodbye, a nod, a wish to be led."""

import pytest

from tests.handlers.conftest import House


class TestSmallTalk:
    @pytest.mark.parametrize("words", ["再见", "拜拜", "88", "回头见。"])
    async def test_goodbye_is_said_back(self, house: House, words: str) -> None:
        assert await house.citizen().says(words) == house.library.reply("farewell")

    @pytest.mark.parametrize("words", ["嗯", "哦", "好吧", "收到", "ok"])
    async def test_a_nod_is_not_misunderstood(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗", option="topic:fee")
        assert await citizen.says(words) == house.library.reply("acknowledged")

    @pytest.mark.parametrize("words", ["一步一步教我", "教教我", "下一步", "继续", "上一步", "接着来"])
    async def test_a_wish_to_be_led_shows_every_guide(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("guide_which")
        assert {f"guide:{guide.id}" for guide in house.library.content.guides} <= {
            option.id for option in citizen.last.options
        }

    async def test_leaving_what_was_never_begun_is_a_goodbye(self, house: House) -> None:
        assert await house.citizen().says("退出") == house.library.reply("guide_exit")
