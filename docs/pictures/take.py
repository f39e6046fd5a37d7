"""Takes the pictures of README.md from the running stand-in, at the size of a phone.

Usage: .venv/bin/python docs/pictures/take.py
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from bench.pushes import Account  # noqa: E402 - the repository is not installed
from bench.serving import Command, Serving, bot_environment, free_port  # noqa: E402

PHONE = {"width": 390, "height": 844}

PICTURES: dict[str, tuple[str, Sequence[str]]] = {
    "guide": ("王阿姨", ("怎么打开小程序", "tap:一步一步", "tap:下一步")),
    "clarification": ("李师傅", ("失败",)),
    "hand-over": ("陈女士", ("我要找人工",)),
    "masking": ("周先生", ("我的身份证号是110101199003078515",)),
}
"""Who says what, in order; "tap:" taps the last thing in the chat that holds these words."""


def main() -> None:
    """Start a bot with its stand-in, talk to it, and take a picture of each conversation."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = bot_environment(
            f"sqlite+aiosqlite:///{folder}/house.db",
            Account().environment(),
            f"http://127.0.0.1:{port}/simulator/api",
        )
        serving = Serving(Command(port, Path(folder) / "log", environment={**settings, "SIMULATOR": "on"}))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=["--no-sandbox"]
                )
                for picture, (citizen, words) in PICTURES.items():
                    page = browser.new_page(viewport=PHONE, device_scale_factor=2, locale="zh-CN")
                    _talk(page, serving.url, citizen, words)
                    page.screenshot(path=HERE / f"{picture}.png")
                    page.close()
                browser.close()
        finally:
            serving.stop()


def _talk(page: Page, url: str, citizen: str, words: Sequence[str]) -> None:
    page.request.post(f"{url}/simulator/control/citizens", data={"name": citizen, "following": True})
    page.goto(f"{url}/simulator/")
    page.locator("button[data-view=people]").click()
    page.locator("#people").get_by_text(citizen).first.click()
    page.locator("button[data-view=chat]").click()
    page.locator("button[data-bar=write]").first.click()
    answers = page.locator("#log .turn.account")
    for said in words:
        before = answers.count()
        if said.startswith("tap:"):
            page.locator("#log .tap").filter(has_text=said.removeprefix("tap:")).last.click()
        else:
            page.locator("#words").fill(said)
            page.locator("#send").click()
        expect(answers.nth(before)).to_be_visible(timeout=10_000)
    page.locator("#log").evaluate("log => log.scrollTo(0, log.scrollHeight)")


if __name__ == "__main__":
    main()
