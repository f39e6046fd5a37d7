"""The phone in a real browser: a citizen follows, asks, taps, scans, and looks at the raw view."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from tests.simulator.stage import APP_ID, Stage, text_reply

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MENU = [
    {
        "name": "身份验证",
        "sub_button": [
            {"type": "click", "name": "怎么刷脸", "key": "face"},
            {"type": "click", "name": "常见问题", "key": "faq"},
        ],
    },
    {"type": "click", "name": "转人工", "key": "human"},
]
OFFER = (
    '您是想问：\n1. <a href="weixin://bizmsgmenu?msgmenucontent=护照可以吗&msgmenuid=passport">护照可以吗</a>'
    '\n2. <a href="https://example.com/guide">操作指南</a>'
)
NEWS = {"title": "身份验证操作指南", "description": "一步一步做，随时可以问", "url": "https://example.com/"}


@pytest.fixture
def chromium() -> str:
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: the pages were NOT tried in a browser")
    return str(CHROMIUM)


@pytest.fixture
async def page(chromium: str) -> AsyncIterator[Page]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        page.problems = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.problems.append(line.text))
        yield page
        await browser.close()


async def picture(page: Page, name: str) -> None:
    """A screenshot for whoever wants to look, when SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def has_no_barriers(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
class TestACitizenAtThePhone:
    async def test_follows_asks_taps_and_scans(self, house: Stage, page: Page):
        await house.api("POST", "/cgi-bin/menu/create", json_body={"button": MENU})
        await house.post("qrcodes", scene="stuck_at_face")
        house.bot.answer = lambda heard: text_reply(
            heard, OFFER if heard["MsgType"] == "event" else f"您说的是：{heard.get('Content', '图片')}"
        )
        log = page.get_by_role("log")
        await page.goto(f"{house.origin}/simulator")
        await page.get_by_role("button", name="关注公众号").click()
        await expect(log).to_contain_text("您是想问")
        assert (
            await log.get_by_role("link", name="操作指南").get_attribute("href")
            == "https://example.com/guide"
        )

        await log.get_by_role("button", name="护照可以吗").click()
        await expect(log).to_contain_text("您说的是：护照可以吗")
        assert house.bot.heard[-1]["bizmsgmenuid"] == "passport"

        await page.get_by_role("button", name="身份验证").click()
        await picture(page, "menu")
        await page.get_by_role("button", name="怎么刷脸").click()
        await expect(log).to_contain_text("点了菜单“怎么刷脸”")

        await page.get_by_role("button", name="切换到键盘").click()
        await page.get_by_label("要说的话").fill("<b>光线不好</b>怎么办")
        await page.keyboard.press("Enter")
        await expect(log).to_contain_text("您说的是：<b>光线不好</b>怎么办")

        await page.get_by_role("button", name="更多").click()
        await picture(page, "more")
        await page.get_by_role("button", name="样例图片").click()
        await expect(log.get_by_role("img", name="图片")).to_be_visible()
        await page.get_by_role("button", name="更多").click()
        await page.get_by_role("button", name="位置").click()
        await expect(log).to_contain_text("杭州市市民中心")

        await page.get_by_role("button", name="更多").click()
        await page.get_by_role("button", name="语音").click()
        await page.get_by_label(re.compile("微信听出的话")).fill("没有支付宝怎么弄")
        await page.get_by_role("button", name="发出语音").click()
        await expect(log).to_contain_text("识别为：没有支付宝怎么弄")

        await page.get_by_role("button", name="更多").click()
        await page.get_by_role("button", name="扫一扫").click()
        await has_no_barriers(page)
        await page.get_by_role("button", name="stuck_at_face").click()
        await expect(log).to_contain_text("扫了二维码（stuck_at_face）")

        citizen = house.bot.heard[-1]["FromUserName"]
        assert await house.send(citizen, "news", articles=[NEWS]) == 0
        await expect(log).to_contain_text("一步一步做")
        await log.get_by_role("button", name="原文").nth(1).click()
        await expect(page.get_by_text("加密前的推送")).to_be_visible()
        await expect(page.locator("#raw")).to_contain_text("msg_signature")
        await has_no_barriers(page)
        await picture(page, "1280")
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_role("button", name="工具", exact=True).click()
        await has_no_barriers(page)
        await picture(page, "390-tools")
        await page.get_by_role("button", name="聊天", exact=True).click()
        await has_no_barriers(page)
        await picture(page, "390")
        await page.get_by_role("button", name="市民", exact=True).click()
        await has_no_barriers(page)
        await picture(page, "390-people")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide == 390
        assert page.problems == []  # type: ignore[attr-defined]

    async def test_sees_an_apology_and_can_be_another_person(self, house: Stage, page: Page):
        await house.citizen(name="王阿姨")
        house.bot.raw = lambda reply: "<oops>"
        await page.goto(f"{house.origin}/simulator/")
        await page.get_by_label("要说的话").fill("在吗")
        await page.get_by_role("button", name="发送").click()
        await expect(page.get_by_role("log")).to_contain_text("该公众号暂时无法提供服务，请稍后再试")
        await page.get_by_label("新市民的称呼").fill("李师傅")
        await page.get_by_role("button", name="添加").click()
        await expect(page.get_by_role("button", name="关注公众号")).to_be_visible()
        await expect(page.get_by_role("log")).not_to_contain_text("在吗")
        await page.get_by_role("button", name="王阿姨").click()
        await expect(page.get_by_role("log")).to_contain_text("在吗")
        assert page.problems == []  # type: ignore[attr-defined]

    async def test_chooses_who_opens_a_page(self, house: Stage, page: Page):
        await house.citizen(name="王阿姨")
        back = "http%3A%2F%2F127.0.0.1%2Fv"
        query = f"appid={APP_ID}&redirect_uri={back}&response_type=code&scope=snsapi_base"
        await page.goto(f"{house.origin}/simulator/api/connect/oauth2/authorize?{query}")
        await has_no_barriers(page)
        await picture(page, "authorize")
        assert "&snapshot=1" in str(await page.get_by_role("link", name="快照页").get_attribute("href"))
