"""Before the camera: what a citizen sees while it films, and what interrupts it and costs no try."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.verification.journey.harness import PASSPORT, World
from tests.verification.journey.phone import (
    HURRIED,
    PHONE_SIZE,
    REFUSED,
    Opener,
    Phone,
    a_phone,
    moving_face,
    needs_chromium,
    site,
    who,
)
from verification.engines.outcomes import FaceOutcome, Reason

__all__ = ["a_phone", "moving_face", "needs_chromium", "site", "who"]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SHOWS_NOTHING = "navigator.mediaDevices.getUserMedia = async () => new MediaStream()"


@pytest.fixture
async def phone(site: World, moving_face: Path, a_phone: Opener) -> Phone:
    """A phone that films somebody who does what is asked; its citizen is at the face step."""
    await site.enrol(PASSPORT)
    one = await a_phone(site, seen=moving_face)
    await one.opens()
    await one.fills_in(PASSPORT)
    await one.agrees()
    return one


class TestWhileItFilms:
    @pytest.mark.parametrize(
        "size", [PHONE_SIZE, {"width": 195, "height": 422}, {"width": 844, "height": 390}]
    )
    async def test_words_and_picture_are_seen_together_on_any_screen(
        self, phone: Phone, size: dict[str, int]
    ) -> None:
        await phone.page.set_viewport_size(size)  # type: ignore[arg-type]
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.locator("#progress").wait_for(timeout=60_000)
        for part in ("#say", "#progress", "#frame"):
            box = await phone.page.locator(part).bounding_box()
            assert box
            assert box["y"] > -1, part
            assert box["y"] + box["height"] < size["height"] + 1, part

    async def test_a_guide_that_does_not_load_is_not_waited_for(self, site: World, phone: Phone) -> None:
        async def never(_route: Route) -> None:
            await asyncio.Event().wait()

        await phone.page.add_init_script(HURRIED)
        await phone.page.route("**/front/human/human.esm.js", never)
        await phone.page.reload()
        await phone.shows_the_face()
        assert site.face.seen


class TestACamera:
    async def test_that_shows_nothing_is_explained(self, phone: Phone) -> None:
        await phone.page.add_init_script(HURRIED)
        await phone.page.add_init_script(SHOWS_NOTHING)
        await phone.page.reload()
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("相机正被别的应用使用").wait_for(timeout=30_000)
        assert await phone.page.locator("#selfie").is_visible()

    async def test_that_is_not_allowed_is_explained(self, phone: Phone) -> None:
        await phone.page.add_init_script(REFUSED)
        await phone.page.reload()
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("您没有允许使用相机").wait_for()
        assert await phone.page.locator("#selfie").is_visible()


class TestWhatInterruptsIt:
    async def test_a_lost_connection_charges_nothing_and_can_be_tried_again(self, phone: Phone) -> None:
        await phone.page.route("**/verify/challenge", lambda route: route.abort())
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("网络断了").wait_for(timeout=60_000)
        await phone.page.unroute("**/verify/challenge")
        await phone.shows_the_face()
        assert await phone.heading() == "确认照片"

    async def test_a_call_in_the_middle_of_the_capture_charges_nothing(
        self, site: World, phone: Phone
    ) -> None:
        phone.look = True
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.locator("#progress").wait_for(timeout=60_000)
        await phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await phone.page.get_by_text("刚才中断了").wait_for(timeout=60_000)
        await phone.looks()
        assert not site.face.seen, "nothing was sent"
        await phone.shows_the_face()
        assert await phone.heading() == "确认照片"

    async def test_a_visit_that_is_over_is_said_so_and_not_called_a_lost_network(
        self, site: World, phone: Phone
    ) -> None:
        site.clock.passes(minutes=31)
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("离开的时间有点长").wait_for(timeout=60_000)

    async def test_trouble_on_our_side_is_no_fault_of_the_citizen(self, site: World, phone: Phone) -> None:
        phone.look = True
        site.face.script = [RuntimeError("a bug")]
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("不是您的错").wait_for(timeout=110_000)
        await phone.looks()
        await phone.shows_the_face()
        assert await phone.heading() == "确认照片"

    async def test_a_face_that_did_not_pass_may_be_tried_again(self, site: World, phone: Phone) -> None:
        phone.look = True
        site.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,))] * 3
        for left in (2, 1):
            await phone.shows_the_face()
            assert "光线太暗" in await phone.wrong()
            assert f"还可以试 {left} 次" in await phone.page.inner_text("main")
        await phone.shows_the_face()
        assert await phone.heading() == "其他核验方式"
