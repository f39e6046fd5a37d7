"""People of the content desk in real browsers."""

from playwright.async_api import ConsoleMessage, Page, expect

from tests.house.people import PASSWORD

CHROMIUM = "/usr/bin/chromium"
LEARNT = 180_000
"""Milliseconds in which a busy machine has learnt a draft."""


class Screen:
    """Somebody's browser at one process; what its scripts complain about is kept."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url.rstrip("/")
        self.faults: list[str] = []
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", self._said)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    async def signs_in(self, name: str) -> "Screen":
        await self.goes("/staff/sign-in")
        await self.page.fill("#name", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("button.main")
        await self.page.wait_for_url("**/content*")
        return self

    async def goes(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def clicks(self, words: str) -> None:
        await self.page.get_by_role("button", name=words, exact=True).first.click()

    async def saves(self, key: str, **fields: str) -> None:
        """Fill fields of an entry and save it."""
        if not self.page.url.endswith(f"/content/entry/{key}"):
            await self.goes(f"/content/entry/{key}")
        for name, words in fields.items():
            await self.page.fill(f"[name='{name}']", words)
        await self.clicks("保存")

    async def adds_questions(self, key: str, *questions: str) -> None:
        await self.goes(f"/content/entry/{key}")
        had = await self.page.input_value("#questions")
        await self.saves(key, questions="\n".join((had, *questions)))
        await self.says("已保存为新的一版")

    async def rehearses(self, note: str) -> str:
        """Tick everything, rehearse it, and wait for the report; the address comes back."""
        await self.goes("/content/changes")
        await self.page.fill("#note", note)
        await self.clicks("排练这些修改")
        await expect(self.page.locator("#result")).to_be_visible(timeout=LEARNT)
        return self.page.url.removeprefix(self.url)

    async def approves(self, candidate: str) -> None:
        await self.goes(candidate)
        await self.clicks("同意")
        await self.says("已通过")

    async def releases(self, candidate: str) -> None:
        await self.goes(candidate)
        await self.clicks("现在发布")
        await self.says("已发布，几秒内")

    async def says(self, words: str) -> None:
        """Until the page says so."""
        await expect(self.page.locator("main")).to_contain_text(words)
