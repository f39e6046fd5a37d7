"""An agent's screen in a real browser."""

import asyncio
from datetime import timedelta

from playwright.async_api import Page, expect

from handlers.desk.settings import DeskSettings
from tests.desk.stage import Stage
from tests.house.people import PASSWORD

BY_HAND = DeskSettings(offers="off", undo=timedelta(seconds=1))


class Screen:
    """An agent's browser."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage, self.page = stage, page
        self.faults: list[str] = []
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", self._said)

    def _said(self, message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    async def signs_in(self, name: str) -> "Screen":
        await self.page.goto(str(self.stage.server.make_url("/staff/sign-in")))
        await self.page.fill("#name", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("button.main")
        await self.page.wait_for_url("**/desk*")
        return self

    async def opens(self, digits: str, tab: str = "queue") -> None:
        await self.page.click(f"a[data-tab={tab}]")
        await self.page.click(f"a[data-case]:has-text('{digits}')")
        await expect(self.page.locator("#head h2")).to_contain_text(digits)

    async def claims(self, digits: str) -> None:
        await self.opens(digits)
        await self.page.click("#claim")
        await expect(self.page.locator("#words")).to_be_focused()

    async def says(self, words: str) -> None:
        await self.page.fill("#words", words)
        await self.page.press("#words", "Control+Enter")
        await expect(self.page.locator("#words")).to_have_value("")

    async def bubbles(self, who: str) -> list[str]:
        return await self.page.locator(f"#latest .bubble.{who} .said").all_inner_texts()


async def heard(stage: Stage, openid: str, words: str) -> None:
    """Until these words reached the citizen."""
    for _ in range(100):
        if any(words in said for said in stage.citizen(openid).heard):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{words} never reached {openid}: {stage.citizen(openid).heard}")
