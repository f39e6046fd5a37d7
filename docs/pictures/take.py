"""Takes the pictures of README.md from the running stand-in, at the size of a phone.

Usage: .venv/bin/python docs/pictures/take.py
"""

from camera import browser, keep
from playwright.sync_api import Page, expect, sync_playwright
from take_desk import furnished_house

PHONE = {
    "viewport": {"width": 412, "height": 915},
    "device_scale_factor": 2,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}

PICTURES = {
    "guide": ("王阿姨", "怎么打开小程序，一步一步教我"),
    "clarification": ("李师傅", "失败"),
    "hand-over": ("陈女士", "我要找人工"),
    "masking": ("周先生", "我的身份证号是110101199003078515"),
}
"""Who says what."""


def main() -> None:
    """Talk to a bot that runs, and take a picture of each conversation."""
    with furnished_house() as url, sync_playwright() as playwright:
        opened = browser(playwright)
        for picture, (citizen, words) in PICTURES.items():
            page = opened.new_page(**PHONE)
            _talk(page, url, citizen, words)
            keep(page, picture)
        opened.close()


def _talk(page: Page, url: str, citizen: str, words: str) -> None:
    page.request.post(f"{url}/simulator/control/citizens", data={"name": citizen, "following": True})
    page.goto(f"{url}/simulator/")
    page.locator("button[data-view=people]").click()
    page.locator("#people").get_by_text(citizen).first.click()
    page.locator("button[data-view=chat]").click()
    page.locator("button[data-bar=write]").first.click()
    answers = page.locator("#log .turn.account")
    before = answers.count()
    page.locator("#words").fill(words)
    page.locator("#send").click()
    expect(answers.nth(before)).to_be_visible(timeout=10_000)
    page.locator("#words").blur()


if __name__ == "__main__":
    main()
