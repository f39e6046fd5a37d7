"""A citizen who did not pass asks why in the chat, and hears what was wrong with their own last try."""

from functools import partial
from pathlib import Path

import pytest

from tests.verification.engines.spoiling import lit
from tests.verification.journey.phone import who
from tests.verification.portraits import People
from tests.verification.street import standing
from verification.sentences import sentence

__all__ = ["who"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


class TestACitizenWhoDidNotPass:
    async def test_hears_in_the_chat_what_was_wrong_with_their_own_try(
        self, tmp_path: Path, sqlite_url: str, who: People
    ) -> None:
        async with standing(tmp_path, sqlite_url, who, stand_in=True) as house:
            citizen = house.citizen
            before = await house.wechat.says("为什么刷脸不通过")
            assert "看了您上一次的记录" not in "".join(before.answers)

            citizen.light = partial(lit, strength=0.25)
            await citizen.looks_into_the_camera()
            assert "光线太暗" in citizen.wrong[0]
            (told,) = (await house.wechat.says("为什么刷脸不通过")).answers
            assert "看了您上一次的记录，卡在“人脸核验”" in told
            assert sentence("face:too_dark") in told

            citizen.light = partial(lit, strength=3.2)
            await citizen.looks_into_the_camera()
            told = "".join((await house.wechat.says("刷脸还是不通过，怎么回事")).answers)
            assert sentence("face:too_bright") in told
            assert sentence("face:too_dark") not in told

            citizen.light = partial(lit, strength=1.0)
            await citizen.goes_to((await house.link()).removeprefix(house.public_url))
            assert citizen.step == "face", "the link from the chat leads back to where they stood"
            await citizen.looks_into_the_camera()
            assert citizen.step == "face_confirm"
