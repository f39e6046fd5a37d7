"""Takes the pictures of docs/desk.md: a whole house with its stand-in, citizens who call, an agent at work.

Usage: .venv/bin/python docs/pictures/take_desk.py
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from camera import HERE, browser, keep
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Connection

ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from bench.pushes import Account  # noqa: E402 - the repository is not installed
from bench.serving import Command, Serving, bot_environment, free_port  # noqa: E402
from bot import migrations, staff  # noqa: E402
from bot.rights import Role  # noqa: E402
from bot.store import Store  # noqa: E402
from faq import records as releases  # noqa: E402
from faq.hours import BEIJING  # noqa: E402
from faq.loading import load_content  # noqa: E402

PASSWORD = "pictures only, 七只羊"  # noqa: S105 - of a house that lives for a minute

CALLS = {
    "王阿姨": ("提示人像比对未通过怎么办", "转人工"),
    "李师傅": ("银行卡核验一直失败", "转人工"),
    "陈女士": ("我的身份证号是110101199003078515，刷脸过不了", "我要找人工"),
    "周先生": ("你们这什么破系统，我要投诉",),
}

NUMBERS = {"王阿姨": 7081, "李师傅": 2264, "陈女士": 9340, "周先生": 5517}


def main() -> None:
    """Sit down in the house, take the pictures."""
    with furnished_house() as url, sync_playwright() as playwright:
        opened = browser(playwright)
        _take_all(opened, url)
        opened.close()


@contextmanager
def furnished_house() -> Iterator[str]:
    """A house with its stand-in, staff, and a desk that is open whatever the hour: its address."""
    with tempfile.TemporaryDirectory() as folder:
        url, port = f"sqlite+aiosqlite:///{folder}/house.db", free_port()
        asyncio.run(_furnish(url))
        settings = bot_environment(url, Account().environment(), f"http://127.0.0.1:{port}/simulator/api")
        log = Path(folder) / "log"
        serving = Serving(Command(port, log, environment={**settings, "SIMULATOR": "on"}))
        try:
            yield serving.url
        finally:
            serving.stop()


async def _furnish(url: str) -> None:
    store, now = Store(url), datetime.now(UTC)
    content = load_content(ROOT / "faq" / "content")
    today = now.astimezone(BEIJING).date()
    special = {str(today + timedelta(days=n)): ("00:00-24:00",) for n in range(2)}
    hours = content.hours.model_copy(update={"special": special})
    open_now = content.model_copy(update={"hours": hours})
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

    def move_in(tx: Connection) -> None:
        staff.add(tx, "小李", Role.SENIOR, hashed, now)
        staff.add(tx, "王主管", Role.SUPERVISOR, hashed, now)
        releases.publish(tx, open_now, "pictures", "", now)

    await migrations.upgrade(store)
    await store.write(move_in)
    await store.close()


def _take_all(browser: Browser, url: str) -> None:
    outside = browser.new_page()
    citizens = {name: _calls(outside, url, name, words) for name, words in CALLS.items()}
    page = _signed_in(browser, url, "小李")
    expect(page.locator("a[data-case]")).to_have_count(len(CALLS))
    expect(page.locator("a[data-case]", has_text="派给您")).to_have_count(1)
    keep(page, "desk-queue")
    page.locator("a[data-case]", has_text=citizens["王阿姨"][-4:]).click()
    page.click("#claim")
    expect(page.locator("#words")).to_be_focused()
    _says(page, url, citizens["王阿姨"], "换了光线好的地方还是不行")
    expect(page.locator("#latest .citizen").last).to_contain_text("光线好的地方")
    page.fill("#words", "您好，请先擦一下摄像头，再摘下眼镜和口罩试一次。")
    page.press("#words", "Control+Enter")
    expect(page.locator("#undo")).to_be_visible()
    expect(page.locator("#latest .agent [data-undo]")).to_be_visible()
    keep(page, "desk-talk")
    page.fill("#words", "/银行卡")
    expect(page.locator("#answers [aria-selected=true]")).to_be_visible()
    keep(page, "desk-answers")
    page.fill("#words", "")
    expect(page.locator("#latest .agent footer").last).to_have_text("已送达", timeout=20_000)
    page.select_option("#outcome", "guided")
    page.check("input[name=solved][value=yes]")
    page.fill("#labels", "光线，老人")
    page.locator("#close button").scroll_into_view_if_needed()
    keep(page, "desk-close")
    page.click("#close button")
    expect(page.locator("#close")).to_have_count(0)
    chief = _signed_in(browser, url, "王主管")
    chief.goto(f"{url}/desk/board")
    keep(chief, "desk-board")
    chief.click("text=打开上班日历")
    chief.fill("#week-sat", "上午")
    chief.fill("#reason", "周六上午加班")
    chief.click("button.main")
    expect(chief.locator("[role=alert]")).to_be_visible()
    keep(chief, "desk-calendar")


def _signed_in(browser: Browser, url: str, name: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{url}/staff/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/desk*")
    return page


def _calls(page: Page, url: str, name: str, words: tuple[str, ...]) -> str:
    """Somebody follows the account and says these words; their openid."""
    openid = f"oPictures{NUMBERS[name]}"
    who = {"name": name, "following": True, "openid": openid}
    page.request.post(f"{url}/simulator/control/citizens", data=who)
    for said in words:
        _says(page, url, openid, said)
    return openid


def _says(page: Page, url: str, openid: str, words: str) -> None:
    wish = {"openid": openid, "do": "text", "text": words}
    answer = page.request.post(f"{url}/simulator/control/act", data=wish)
    assert answer.ok, answer.text()  # noqa: S101


if __name__ == "__main__":
    main()
