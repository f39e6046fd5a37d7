"""The desk in real browsers: two agents, a citizen, and everything between them."""

import asyncio
import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from playwright.async_api import expect

from bot.rights import Role
from handlers.desk.settings import DeskSettings
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.screen import BY_HAND, Screen, heard
from tests.desk.stage import Builds, Running, Stage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=BY_HAND)
    stage.runs()
    return stage


class TestTwoAgents:
    async def test_race_for_a_citizen_and_exactly_one_wins(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li, wang = await sits_down("小李"), await sits_down("小王")
        await asyncio.gather(li.opens("0001"), wang.opens("0001"))
        await asyncio.gather(
            li.page.click("#claim", no_wait_after=True), wang.page.click("#claim", no_wait_after=True)
        )
        await expect(li.page.locator("#claim")).to_have_count(0)
        case = await stage.citizen().case()
        winner, loser = (li, wang) if case.agent == "小李" else (wang, li)
        await expect(winner.page.locator("#words")).to_be_visible()
        await expect(loser.page.locator("#words")).to_have_count(0)
        await expect(loser.page.locator("#claim")).to_have_count(0)

    async def test_hand_a_citizen_on(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li, wang = await sits_down("小李"), await sits_down("小王")
        await li.claims("0001")
        await li.page.click("summary:has-text('转接')")
        await li.page.select_option("#to", label="小王（0/5）")
        await li.page.fill("#why", "银行卡的事您更熟")
        await li.page.click(".menu button:has-text('转接')")
        await expect(wang.page.locator(".tabs [data-tab=mine]")).to_contain_text("1")
        await wang.opens("0001", tab="mine")
        await expect(wang.page.locator("#latest")).to_contain_text("银行卡的事您更熟")
        await wang.page.click("#claim")
        await wang.says("您好，我来帮您看。")
        await heard(stage, citizen.openid, "我来帮您看")
        await expect(li.page.locator("#words")).to_have_count(0)

    async def test_see_who_else_looks(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li, wang = await sits_down("小李"), await sits_down("小王")
        await li.opens("0001")
        await wang.opens("0001")
        await expect(wang.page.locator("#viewers")).to_contain_text("小李 也在看")
        await expect(li.page.locator("#viewers")).to_contain_text("小王 也在看", timeout=10_000)

    async def test_see_who_types(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li, chief = await sits_down("小李"), await sits_down("王主管", Role.SUPERVISOR)
        await li.claims("0001")
        await chief.opens("0001", tab="all")
        await li.page.type("#words", "您好")
        await expect(chief.page.locator("#viewers")).to_contain_text("小李 正在输入", timeout=10_000)


class TestAConversation:
    async def test_reaches_the_citizen_and_silences_the_bot(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.says("刷脸通不过怎么办")
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        assert await citizen.says("我在光线好的地方也不行") == ""
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("光线好的地方也不行")
        await li.says("请您擦一下镜头再试。")
        await heard(stage, citizen.openid, "擦一下镜头")
        await expect(li.page.locator("#latest .agent footer").last).to_have_text("已送达")

    async def test_can_be_had_with_the_keyboard_alone(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        page = (await sits_down("小李")).page
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.locator("#claim")).to_be_visible()
        await page.keyboard.press("a")
        await expect(page.locator("#words")).to_be_focused()
        await page.keyboard.type("您好，请讲。")
        await page.keyboard.press("Control+Enter")
        await heard(stage, citizen.openid, "您好，请讲。")
        await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        await expect(page.locator("#outcome")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.locator("#close button").focus()
        await page.keyboard.press("Enter")
        await heard(stage, citizen.openid, "/rate/")
        assert (await citizen.case()).state == "closed"
        assert await citizen.holder() == "bot"

    async def test_is_not_answered_by_enter_while_chinese_is_composed(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        keyboard = await li.page.context.new_cdp_session(li.page)
        await keyboard.send(
            "Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5}
        )
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        for modifiers in (0, 2):
            await keyboard.send(
                "Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": modifiers, **enter}
            )
        assert await li.page.input_value("#words") == "nihao"
        await keyboard.send("Input.insertText", {"text": "你好"})
        assert await li.bubbles("agent") == []
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "你好")

    async def test_stops_when_the_five_messages_are_used_up(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        for n in range(4):
            await li.says(f"第 {n} 条")
            await heard(stage, citizen.openid, f"第 {n} 条")
        await expect(li.page.locator("#meter")).to_contain_text("要等用户再说话")
        await li.page.fill("#words", "第五条")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("等用户再说一句话")
        assert await li.page.input_value("#words") == "第五条"
        await heard(stage, citizen.openid, "第 3 条")
        await citizen.says("在的")
        await expect(li.page.locator("#meter")).to_contain_text("还能发 5 条")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("再按一次发送")
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "第五条")

    async def test_that_is_looked_at_has_nothing_unread(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await citizen.says("在吗")
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("在吗")
        for _ in range(100):
            if not (await citizen.case()).unread:
                break
            await asyncio.sleep(0.1)
        await expect(li.page.locator(".badge")).to_have_count(0)
        await expect(li.page).to_have_title(re.compile(r"^客服台"))
        assert not (await citizen.case()).unread

    async def test_asks_again_when_the_citizen_wrote_while_one_typed(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.fill("#words", "请您重新刷脸。")
        await citizen.says("等等，我已经好了")
        await expect(li.page.locator("#guard")).to_contain_text("刚又发来消息")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("再按一次发送")
        assert await li.bubbles("agent") == []
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "重新刷脸")

    async def test_can_be_taken_back_in_time(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.fill("#words", "写错了")
        await li.page.press("#words", "Control+Enter")
        await li.page.click("#undo button")
        await expect(li.page.locator("#words")).to_have_value("写错了")
        await asyncio.sleep(1.5)
        assert "写错了" not in citizen.heard

    async def test_keeps_a_button_under_the_finger_when_nothing_changed(
        self, opened: Builds, sqlite_url: str, chromium
    ) -> None:
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING))
        stage.runs()
        await stage.citizen().calls_for_a_human()
        await stage.hires("小李")
        page = await (await chromium.new_context(locale="zh-CN")).new_page()
        li = await Screen(stage, page).signs_in("小李")
        await li.opens("0001")
        await page.evaluate("window.pressed = document.querySelector('#claim')")
        for _ in range(2):  # the second drawing begins when the first is in place
            async with page.expect_response("**/log*"):
                await page.evaluate("new BroadcastChannel('desk-events').postMessage({state: 'open'})")
        assert await page.evaluate("window.pressed.isConnected")

    async def test_can_be_taken_back_after_a_note_too(
        self, opened: Builds, sqlite_url: str, chromium
    ) -> None:
        slow = DeskSettings(offers="off", undo=timedelta(seconds=60))
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=slow)
        stage.runs()
        await stage.citizen().calls_for_a_human()
        await stage.hires("小李")
        page = await (await chromium.new_context(locale="zh-CN")).new_page()
        li = await Screen(stage, page).signs_in("小李")
        await li.claims("0001")
        await li.says("写错了")
        await page.click(".note-box summary")
        await page.fill("#note", "记一笔")
        await page.click(".note-box button")
        await expect(page.locator("#latest .note")).to_have_count(1)
        await page.reload()
        await page.click("[data-undo]")
        await expect(page.locator("#words")).to_have_value("写错了")
        await expect(page.locator("#latest .bubble.agent")).to_have_class(re.compile("withdrawn"))
        assert li.faults == []

    async def test_gets_an_answer_of_the_library_in_one_click(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.says("提示人像比对未通过怎么办")
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await citizen.says("提示人像比对未通过怎么办")
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("人像比对未通过")
        await expect(li.page.locator("#latest .citizen")).to_have_count(3)
        await li.page.locator("[data-send]").first.click()
        await expect(li.page.locator("#latest .bubble.agent")).to_have_count(1)
        await li.page.fill("#words", "/银行卡")
        await expect(li.page.locator("#answers [aria-selected=true]")).to_be_visible()
        await li.page.press("#words", "Enter")
        assert "银行卡" in await li.page.input_value("#words")


class TestAPictureOfTheAgents:
    async def test_is_looked_at_once_more_sent_and_can_be_taken_back(self, stage: Stage, sits_down) -> None:
        async def takes(picture: bytes) -> str:
            assert picture.startswith(b"\xff\xd8")
            return "media-of-ours"

        object.__setattr__(stage.desk._ports, "upload_picture", takes)
        await stage.citizen().calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.fill("#words", "请看图上红圈")
        drawn = io.BytesIO()
        Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
        file = {"name": "step.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
        await li.page.set_input_files("#picture", files=[file])
        await li.page.click("[data-send-picture]")
        await expect(li.page.locator("#latest .bubble.agent [data-look]")).to_be_visible()
        await expect(li.page.locator("#words")).to_have_value("请看图上红圈")
        await expect(li.page.locator("#picked")).to_be_hidden()
        await heard(stage, stage.citizen().openid, "media-of-ours")
