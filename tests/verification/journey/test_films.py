"""Bad light, a bad camera, company in the picture: a hint while it films, a reason afterwards."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verification.journey import film
from tests.verification.journey.harness import PASSPORT, World
from tests.verification.journey.phone import (
    HURRIED,
    MODELS,
    Opener,
    Phone,
    a_phone,
    needs_chromium,
    real_site,
    site,
    who,
)
from tests.verification.portraits import People
from verification.attempts import last_attempt
from verification.sentences import sentence

__all__ = ["a_phone", "needs_chromium", "real_site", "site", "who"]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.slow]

HINTS = {
    "no_face": "请把脸放进框内",
    "several_faces": "画面里请只留您本人",
    "too_small": "请靠近一点",
    "too_dark": "光线太暗，请到亮处",
    "too_bright": "光线太强，请换个方向",
    "not_frontal": "请正对屏幕",
}
"""What the page sees by itself; what is blurred or covered only the server tells."""

Filmed = Callable[[str], Path]


@pytest.fixture
def filmed(who: People, tmp_path: Path) -> Filmed:
    return lambda reason: film.spoilt(reason, who, MODELS, tmp_path / f"{reason}.mjpeg")


async def before_the_camera(phone: Phone) -> None:
    await phone.opens()
    await phone.fills_in(PASSPORT)
    await phone.agrees()


class TestACameraThatSeesBadly:
    @pytest.mark.parametrize("reason", HINTS)
    async def test_is_helped_while_it_films(
        self, site: World, filmed: Filmed, a_phone: Opener, reason: str
    ) -> None:
        await site.enrol(PASSPORT)
        phone = await a_phone(site, seen=filmed(reason))
        await before_the_camera(phone)
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.locator("#say").get_by_text(HINTS[reason], exact=True).wait_for(timeout=60_000)
        phone.look = True
        await phone.looks()

    async def test_is_not_sent_the_first_time_and_charges_nothing(
        self, site: World, filmed: Filmed, a_phone: Opener
    ) -> None:
        await site.enrol(PASSPORT)
        phone = await a_phone(site, seen=filmed("too_dark"))
        await before_the_camera(phone)
        await phone.page.get_by_role("button", name="开始刷脸").click()
        told = phone.page.get_by_text("光线太暗，请到亮处。调整好以后，再点一次【开始刷脸】，这次不算次数。")
        await told.wait_for(timeout=90_000)
        assert not site.face.seen
        assert await phone.page.get_by_role("button", name="开始刷脸").is_visible()

    @pytest.mark.parametrize("reason", film.SPOILT)
    async def test_without_that_help_is_told_why_and_what_to_do(
        self, real_site: World, filmed: Filmed, a_phone: Opener, reason: str
    ) -> None:
        phone = await a_phone(real_site, seen=filmed(reason))
        await phone.page.add_init_script(HURRIED)
        await phone.page.route("**/front/human/**", lambda route: route.abort())
        await before_the_camera(phone)
        await phone.shows_the_face()
        assert sentence(f"face:{reason}") in await phone.wrong()
        assert "还可以试 2 次" in await phone.page.inner_text("main")
        journey = real_site.verifier.journey
        tried = await real_site.read(lambda tx: last_attempt(tx, "o-citizen", journey))
        assert tried.sentences[0] == sentence(f"face:{reason}")
