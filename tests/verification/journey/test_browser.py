"""The pages in a real Chromium: its fake camera plays a film made from a photograph, its eyes are axe's."""

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

from tests.conftest import SHARED, free_port
from tests.verification.journey.film import film
from tests.verification.journey.harness import (
    CARD,
    FRONT,
    PASSPORT,
    PERSON,
    PHONE,
    ROOT,
    TestFace,
    World,
    a_jpeg,
    opened,
)
from verification import front, models, reviews
from verification.engines.face import FaceSettings, Template
from verification.engines.workers import FaceWorkers
from verification.matters import by_ref
from verification.people import Identity

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CHROMIUM = shutil.which("chromium") or ""
MODELS = ROOT / "var" / "models"
PICTURES = SHARED / "faces" / "pairs"
SHOTS = os.environ.get("SHOTS", "")
"""A folder for a picture of every page, when somebody wants to look at them."""
NUMBERS = count()
REFUSED = (
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }"
)
PHONE_SIZE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def _needs() -> None:
    if not CHROMIUM:
        pytest.skip("NOT RUN: chromium is not installed")
    if front.missing(FRONT):
        pytest.skip(f"NOT RUN: the front-end files are not in var/front; run: {front.HOW}")


@pytest.fixture(scope="session")
def photographs() -> Path:
    if not PICTURES.is_dir():
        pytest.skip("NOT RUN: no photographs in ../shared/faces")
    if any(not state.is_well and not state.file.optional for state in models.check(MODELS)):
        pytest.skip(f"NOT RUN: no models; run: {models.HOW_TO_FETCH}")
    return PICTURES


@pytest.fixture(scope="session")
def moving_face(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(photographs / "img2.jpg", MODELS, tmp_path_factory.mktemp("film") / "face.mjpeg")


@pytest.fixture(scope="session")
def dark_face(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("film") / "dark.mjpeg"
    return film(photographs / "img2.jpg", MODELS, file, light=0.25)


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
async def real_site(tmp_path: Path, photographs: Path) -> AsyncIterator[World]:
    """The room with a real worker process of the face engine."""
    workers = FaceWorkers(
        FaceSettings(models=MODELS), count=1, queue_limit=4, job_timeout_s=60, recycle_after=100
    )
    await workers.start()
    try:
        async with served(tmp_path, workers) as world:
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


@pytest.mark.slow
class TestTheRealFace:
    async def test_of_the_right_person_goes_the_whole_way(
        self, real_site: World, photographs: Path, moving_face: Path, a_phone: Opener
    ) -> None:
        template = await real_site.face.enrol((photographs / "img1.jpg").read_bytes())
        assert isinstance(template, Template)
        await real_site.enrol(PERSON, template)
        one = await real_site.push()
        phone = await a_phone(real_site, seen=moving_face)
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        await phone.shows_the_face()
        assert await phone.heading() == "确认照片", await phone.page.inner_text("main")
        await phone.presses("是我本人，查看待办事项")
        await phone.page.get_by_role("button", name="业务确认").click()
        await phone.presses("确认")
        await phone.shows_the_face()
        assert await phone.heading() == "确认并签字", await phone.page.inner_text("main")
        await phone.signs()
        assert await phone.heading() == "办理完成"
        assert (await real_site.read(lambda tx: by_ref(tx, one.ref))).state == "confirmed"
        assert not phone.faults

    async def test_of_another_person_does_not_pass(
        self, real_site: World, photographs: Path, moving_face: Path, a_phone: Opener
    ) -> None:
        template = await real_site.face.enrol((photographs / "img3.jpg").read_bytes())
        await real_site.enrol(PASSPORT, template)
        phone = await a_phone(real_site, seen=moving_face)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        await phone.shows_the_face()
        assert "没有比对一致" in await phone.wrong()

    async def test_in_the_dark_is_told_so(
        self, real_site: World, photographs: Path, dark_face: Path, a_phone: Opener
    ) -> None:
        template = await real_site.face.enrol((photographs / "img1.jpg").read_bytes())
        await real_site.enrol(PASSPORT, template)
        phone = await a_phone(real_site, seen=dark_face)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("光线太暗，请到亮处").wait_for(timeout=30_000)


class TestEveryPage:
    async def test_is_clean_to_axe_and_fits_at_200_percent(self, site: World, a_phone: Opener) -> None:
        await site.push()
        phone = await a_phone(site)
        phone.look = True
        await phone.opens()
        await phone.presses("查看待办事项")
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        for aside in ("support", "rights"):
            await phone.opens(f"{site.public_url}/verify/{aside}")
        await phone.opens(f"{site.public_url}/verify/")
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        await phone.page.set_input_files(
            "#document", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
        )
        await phone.presses("提交审核")
        assert "打勾" in await phone.wrong()
        assert not phone.faults

    async def test_after_the_face_is_clean_too(self, site: World, a_phone: Opener) -> None:
        await site.push("第一项")
        await site.push("第二项")
        phone = await a_phone(site, seen=None)
        phone.look = True
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        await self.upload(phone)
        (waiting,) = await site.read(reviews.open_reviews)
        decide = lambda tx: reviews.decide_review(  # noqa: E731
            tx, waiting.id, "accepted", by="小李", reason="照片清楚", house=site.house
        )
        await site.store.write(decide)
        await phone.presses("看看结果")
        for again in range(2):
            await phone.page.get_by_role("button", name="业务确认").first.click()
            await phone.page.wait_for_load_state()
            await phone.looks()
            if again:
                await phone.presses("业务信息有误")
                await phone.page.fill("#why", "这不是我办的业务")
                await phone.presses("提交")
            else:
                await phone.presses("确认")
                await phone.signs()
                await phone.presses("办理下一项")
        assert await phone.heading() == "办理完成"
        assert not phone.faults

    async def upload(self, phone: Phone) -> None:
        for name in ("document", "selfie"):
            picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
            await phone.page.set_input_files(f"#{name}", picture)
        await phone.page.check("#agree")
        await phone.presses("提交审核")
        assert await phone.heading() == "等待人工审核"


class TestWhatGoesWrong:
    async def test_a_wrong_number_is_told_and_the_eye_led_to_it(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in(Identity("resident_id", "110105194912310021", PERSON.name))
        assert "校验没有通过" in await phone.wrong()
        assert await phone.page.evaluate("document.activeElement.id") == "summary"
        await phone.page.keyboard.press("Tab")
        await phone.page.keyboard.press("Enter")
        assert await phone.page.evaluate("document.activeElement.id") == "number"
        await phone.fills_in()
        assert await phone.heading() == "授权"

    async def test_a_refused_consent_shows_another_way(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in()
        await phone.presses("不同意")
        assert await phone.heading() == "其他核验方式"

    async def test_an_expired_link_says_where_to_get_a_new_one(self, site: World, a_phone: Opener) -> None:
        phone, link = await a_phone(site), await site.link()
        site.clock.passes(minutes=20)
        await phone.opens(link)
        assert "重新点一次身份验证" in await phone.page.inner_text("main")
        await phone.opens()
        assert await phone.heading() == "填写身份信息"

    async def test_a_double_tap_sends_once(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.page.fill("#name", PERSON.name)
        await phone.page.fill("#number", PERSON.number)
        sent: list[str] = []
        phone.page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
        await phone.page.get_by_role("button", name="查看待办事项").dblclick()
        await phone.page.wait_for_url("**/step/consent")
        assert len(sent) == 1

    async def test_going_back_shows_where_one_stands(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in()
        await phone.page.go_back()
        await phone.page.wait_for_url("**/step/consent")
        assert await phone.heading() == "授权"

    async def test_a_camera_that_is_not_allowed_is_explained(self, site: World, a_phone: Opener) -> None:
        await site.enrol(PASSPORT)
        phone = await a_phone(site)
        await phone.page.add_init_script(REFUSED)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("您没有允许使用相机").wait_for()
        assert await phone.page.locator("#selfie").is_visible()

    async def test_a_lost_connection_charges_nothing_and_can_be_tried_again(
        self, site: World, moving_face: Path, a_phone: Opener
    ) -> None:
        await site.enrol(PASSPORT)
        phone = await a_phone(site, seen=moving_face)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        await phone.page.route("**/verify/challenge", lambda route: route.abort())
        await phone.page.get_by_role("button", name="开始刷脸").click()
        await phone.page.get_by_text("网络断了").wait_for(timeout=60_000)
        await phone.page.unroute("**/verify/challenge")
        await phone.shows_the_face()
        assert await phone.heading() == "确认照片"


class TestWithoutJavaScript:
    async def test_manual_review_can_be_asked_for(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site, scripts=False)
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        assert not await phone.page.locator("#camera").is_visible()
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        await TestEveryPage().upload(phone)
        (waiting,) = await site.read(reviews.open_reviews)
        assert waiting.cause == "chosen"

    async def test_a_picture_can_be_uploaded_for_the_face(self, site: World, a_phone: Opener) -> None:
        assert isinstance(site.face, TestFace)
        await site.enrol(PASSPORT)
        phone = await a_phone(site, scripts=False)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
        await phone.page.set_input_files("#selfie", picture)
        await phone.presses("上传照片")
        assert await phone.heading() == "等待人工审核"
