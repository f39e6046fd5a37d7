"""A phone with a real Chromium: its fake camera plays a film, and axe looks at every page if asked."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import free_port
from tests.verification.journey import film
from tests.verification.journey.harness import (
    CARD,
    FRONT,
    PASSPORT,
    PERSON,
    PHONE,
    ROOT,
    World,
    opened,
)
from tests.verification.portraits import People, as_jpeg, people
from verification import front, models
from verification.engines.captures import Template
from verification.engines.settings import FaceSettings
from verification.engines.workers import FaceWorkers
from verification.people import Identity

CHROMIUM = shutil.which("chromium") or ""
MODELS = ROOT / "var" / "models"
SHOTS = os.environ.get("SHOTS", "")
"""A folder for a picture of every page, when somebody wants to look at them."""
NUMBERS = count()
REFUSED = (
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }"
)
HURRIED = "const later = setTimeout; window.setTimeout = (act, ms) => later(act, ms / 5)"
"""Waits of the page become a fifth: the film runs on, and nothing else of the page is changed."""

FOCUS_IS_SEEN = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return true;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
}"""

PHONE_SIZE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def needs_chromium() -> None:
    if not CHROMIUM:
        pytest.skip("NOT RUN: chromium is not installed")
    if front.missing(FRONT):
        pytest.skip(f"NOT RUN: the front-end files are not in var/front; run: {front.HOW}")


@pytest.fixture(scope="session")
def who() -> People:
    """Whom the cameras film; and the engine that looks at them must be there."""
    if any(not state.is_well and not state.file.optional for state in models.check(MODELS)):
        pytest.skip(f"NOT RUN: no models; run: {models.HOW_TO_FETCH}")
    return people()


@pytest.fixture(scope="session")
def moving_face(who: People, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film.moving(who.citizen, MODELS, tmp_path_factory.mktemp("film") / "face.mjpeg")


@asynccontextmanager
async def served(folder: Path, face: Any = None) -> AsyncIterator[World]:
    url = f"http://127.0.0.1:{free_port()}"
    async with opened(folder, public_url=url, face=face) as world:
        runner = web.AppRunner(world.app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(url.rpartition(":")[2])).start()
        try:
            yield world
        finally:
            await runner.cleanup()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    """The room with the test engine: for everything but the face."""
    async with served(tmp_path) as world:
        await world.enrol()
        yield world


@pytest.fixture
async def real_site(tmp_path: Path, who: People) -> AsyncIterator[World]:
    """The room with a real worker process of the face engine; the citizen of the portraits is enrolled."""
    workers = FaceWorkers(
        FaceSettings(models=MODELS), count=1, queue_limit=4, job_timeout_s=60, recycle_after=100
    )
    await workers.start()
    try:
        async with served(tmp_path, workers) as world:
            template = await workers.enrol(as_jpeg(who.citizen))
            assert isinstance(template, Template)
            await world.enrol(PERSON, template)
            await world.enrol(PASSPORT, template)
            yield world
    finally:
        await workers.close()


Opener = Callable[..., Awaitable["Phone"]]


@pytest.fixture
async def a_phone() -> AsyncIterator[Opener]:
    """Phones with a browser; `film` is what the camera sees, `scripts` whether JavaScript runs."""
    async with AsyncExitStack() as stack:
        player = await stack.enter_async_context(async_playwright())

        async def open_phone(world: World, *, seen: Path | None = None, scripts: bool = True) -> Phone:
            arguments = ["--no-sandbox", "--use-fake-ui-for-media-stream"]
            if seen:
                arguments += [
                    "--use-fake-device-for-media-stream",
                    f"--use-file-for-fake-video-capture={seen}",
                ]
            browser: Browser = await player.chromium.launch(executable_path=CHROMIUM, args=arguments)
            stack.push_async_callback(browser.close)
            context = await browser.new_context(
                viewport=PHONE_SIZE, java_script_enabled=scripts, locale="zh-CN"
            )
            return Phone(world, await context.new_page())

        yield open_phone


class Phone:
    """Somebody with a phone: opens the link, fills in, presses; every page is looked at by axe if asked."""

    def __init__(self, world: World, page: Page) -> None:
        self.world, self.page, self.look = world, page, False
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    async def opens(self, link: str = "") -> None:
        await self.page.goto(link or await self.world.link())
        await self.looks()

    async def presses(self, label: str) -> None:
        await self.page.get_by_role("button", name=label, exact=True).first.click()
        await self.page.wait_for_load_state()
        await self.looks()

    async def tabs_to(self, selector: str) -> None:
        """With the Tab key alone, and with the focus to be seen all the way."""
        for _ in range(40):
            if await self.page.locator(selector).first.evaluate("each => each === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
            seen = await self.page.evaluate(FOCUS_IS_SEEN)
            assert seen, await self.page.evaluate("document.activeElement.outerHTML")
        raise AssertionError(f"{selector} cannot be reached with the keyboard")

    async def strikes(self, label: str) -> None:
        """Reach a button with Tab and press it with Enter."""
        await self.tabs_to(f"button:has-text('{label}')")
        before = self.page.url
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(lambda url: url != before)
        await self.looks()

    async def fills_in(self, who: Identity = PERSON) -> None:
        await self.page.fill("#name", who.name)
        await self.page.select_option("#kind", who.kind)
        await self.page.fill("#number", who.number)
        await self.presses("查看待办事项")

    async def agrees(self) -> None:
        await self.page.check("#agree")
        await self.presses("同意授权")
        await self.page.check("#read")
        await self.presses("查看待办事项")
        await self.presses("同意协议并认证")

    async def proves_the_card(self) -> None:
        await self.page.fill("#card", CARD)
        await self.page.fill("#phone", PHONE)
        await self.presses("获取验证码")
        await self.page.fill("#code", PHONE[-6:])
        await self.presses("下一步")

    async def shows_the_face(self) -> None:
        before = await self.page.get_attribute("input[name=mark]", "value")
        await self.page.get_by_role("button", name="开始刷脸").click()
        another = self.page.locator(f'input[name=mark]:not([value="{before}"])')
        await another.first.wait_for(state="attached", timeout=110_000)
        await self.page.wait_for_load_state()
        await self.looks()

    async def signs(self) -> None:
        box = await self.page.locator("#signature").bounding_box()
        assert box
        await self.page.mouse.move(box["x"] + 30, box["y"] + 60)
        await self.page.mouse.down()
        for step in range(25):
            await self.page.mouse.move(box["x"] + 30 + step * 9, box["y"] + 60 + (step % 5) * 16)
        await self.page.mouse.up()
        await self.looks()
        await self.presses("确认")

    async def heading(self) -> str:
        return await self.page.inner_text("h1")

    async def wrong(self) -> str:
        return await self.page.inner_text("#summary")

    async def looks(self) -> None:
        if SHOTS:
            name = f"{next(NUMBERS):02}-{self.page.url.rpartition('/')[2][:16]}.png"
            await self.page.screenshot(path=Path(SHOTS) / name, full_page=True)
        if self.look:
            found = await Axe().run(self.page)
            assert not found.response["violations"], found.generate_report()
            await self.page.set_viewport_size({"width": 195, "height": 422})
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 195, f"{self.page.url} is {wide} px wide at 200 %"
            await self.page.set_viewport_size(PHONE_SIZE)
