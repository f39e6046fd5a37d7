"""Takes the pictures of docs/editing.md from a running bot: an editor and a reviewer at their desks.

Usage: .venv/bin/python docs/pictures/take_editing.py
"""

import asyncio
import csv
import io
import secrets
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from camera import HERE, browser, keep
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Page, Playwright, ViewportSize, expect, sync_playwright
from sqlalchemy import Connection, select, update

sys.path.insert(0, str(HERE.parents[1]))

from bench import wordings
from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment, free_port
from bot import sessions, staff
from bot.rights import Role
from bot.store import Store
from faq.editor.tables import COLUMNS
from handlers.records import feedback, hand_over, heard

DESK = ViewportSize(width=1240, height=860)
SHARPNESS = 1.5
PATIENCE_MS = 240_000
"""A busy machine may need minutes to learn a draft."""

PEOPLE = {"小文": Role.EDITOR, "审核员": Role.REVIEWER, "小陈": Role.EDITOR}
TOPIC = "/content/entry/topic:verify_items"
ANSWER = "[name='answers-0-text']"
NEW_ANSWER = "一共核验两样：\n1. 本人人像：刷脸，请到光线好的地方。\n2. 本人银行卡：填卡号和预留手机号。"
OF_ANOTHER = "我想问做身份验证收费吗"
TESTS = ("要核验几样东西呀", "刷完脸还要验啥", "核验是看脸还是看卡")
IN_VAIN = (
    "营业执照丢了去哪里补",
    "执照丢失怎么补办",
    "营业执照丢了怎么补一张",
    "对公账户怎么开",
    "公司对公账户在哪里开",
)
DAYS = 14
EACH_DAY = (3, 5, 4, 2, 1, 6, 7, 5, 6, 4, 2, 3, 8, 6)
"""How many questions that the bot knows are asked on each of the days."""
THEN = ("解决了", "没解决", "转人工")


def main() -> None:
    """Start a bot, let citizens ask, and follow one change from the first letter to the release."""
    with _bot() as (serving, url):
        tokens = [asyncio.run(_hired(url, name, role)) for name, role in PEOPLE.items()]
        _fortnight(serving.url)
        asyncio.run(_spread(url))
        with sync_playwright() as playwright:
            _play(playwright, serving.url, tokens)


def _play(playwright: Playwright, url: str, tokens: Sequence[str]) -> None:
    opened = browser(playwright)
    editor, reviewer, other = (_sits_down(opened, url, token) for token in tokens)
    _writes(editor)
    candidate = _rehearses(editor)
    _reviews(reviewer, candidate)
    _inbox(editor)
    _imports(editor)
    _two_at_once(editor, other)
    for page in (editor, reviewer, other):
        page.context.close()
    opened.close()


@contextmanager
def _bot() -> Iterator[tuple[Serving, str]]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/house.db"
        settings = bot_environment(url, Account().environment())
        serving = Serving(Command(free_port(), Path(folder) / "log", environment=settings))
        try:
            yield serving, url
        finally:
            serving.stop()


async def _hired(url: str, name: str, role: Role) -> str:
    """Somebody who is signed in: the token of their session."""
    store, now = Store(url), datetime.now(UTC)
    person = await store.write(lambda tx: staff.add(tx, name, role, "no password", now))
    token = await store.write(
        partial(sessions.open_session, staff_id=person.id, now=now, browser="", address="")
    )
    await store.close()
    return token


def _fortnight(url: str) -> None:
    """Citizens ask; some of them say whether it helped."""
    known = wordings.many(wordings.known()[:9], sum(EACH_DAY))
    for n, words in enumerate((*IN_VAIN, *known)):
        _asks(url, n, words)
        if n >= len(IN_VAIN) and n % 4:
            _asks(url, n, THEN[(n * n) % 11 % 3])


async def _spread(url: str) -> None:
    """Put what was asked just now on the days before."""
    days = [day for day, asked in enumerate(EACH_DAY) for _ in range(asked)]
    back = [0, 1, 1, 2, 5, *(DAYS - 1 - day for day in days)]
    store = Store(url)

    def put(tx: Connection) -> None:
        for table in (heard, feedback, hand_over):
            for openid, at in tx.execute(select(table.c.openid, table.c.at).distinct()).all():
                earlier = at - timedelta(days=back[int(openid.removeprefix("oPicture"))])
                tx.execute(update(table).where(table.c.openid == openid, table.c.at == at).values(at=earlier))

    await store.write(put)
    await store.close()


def _asks(url: str, citizen: int, words: str) -> None:
    push = Account().text(f"oPicture{citizen:04d}", str(secrets.randbits(60)), words)
    asked = urllib.request.Request(f"{url}/wechat?{push.query}", data=push.body)  # noqa: S310 - our own bot
    urllib.request.urlopen(asked, timeout=10).read()  # noqa: S310


def _sits_down(browser: Browser, url: str, token: str) -> Page:
    context = browser.new_context(viewport=DESK, device_scale_factor=SHARPNESS, locale="zh-CN", base_url=url)
    context.add_cookies([{"name": "session", "value": token, "url": url}])
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def _writes(editor: Page) -> None:
    editor.goto("/content/tests")
    editor.fill("#words", "\n".join(TESTS))
    editor.select_option("#topic", "verify_items")
    editor.get_by_role("button", name="加入").click()
    expect(editor.locator("main")).to_contain_text("共 3 道")
    editor.goto(TOPIC)
    keep(editor, "editing-entry")
    editor.fill(ANSWER, NEW_ANSWER)
    editor.fill("#questions", f"{editor.input_value('#questions')}\n{OF_ANOTHER}")
    expect(editor.locator("#preview .bubble").first).to_contain_text("一共核验两样")
    editor.fill("#note", "分成两条，更好读")
    editor.evaluate("scrollTo(0, 330)")
    keep(editor, "editing-preview")
    editor.get_by_role("button", name="保存").click()
    expect(editor.locator("main")).to_contain_text("已保存为新的一版")
    _illustrates(editor)
    editor.goto("/content")
    keep(editor, "editing-list")


def _illustrates(editor: Page) -> None:
    """Two drawn pages, one of them shown with an answer."""
    for name, colour in (("扫码进入", "#1677ff"), ("刷脸时的光线", "#2f7d4f")):
        editor.goto("/content/pictures")
        file = FilePayload(name="a.png", mimeType="image/png", buffer=_drawn(colour))
        editor.set_input_files("#file", file)
        editor.fill("#name", name)
        editor.get_by_role("button", name="上传").click()
        expect(editor.locator("main")).to_contain_text("已上传")
    editor.goto("/content/entry/topic:open_qr")
    editor.select_option("[name='answers-0-picture']", "扫码进入")
    editor.get_by_role("button", name="保存").click()
    expect(editor.locator("main")).to_contain_text("已保存为新的一版")
    editor.goto("/content/pictures")
    for picture in editor.get_by_role("img").all():
        expect(picture).to_have_js_property("complete", True)
    keep(editor, "editing-pictures")


def _drawn(colour: str) -> bytes:
    """A screen of a phone, as simple as can be."""
    page = Image.new("RGB", (720, 1280), "#eef2f7")
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 720, 150), fill=colour)
    pen.rounded_rectangle((110, 330, 610, 830), 40, fill="white", outline=colour, width=10)
    pen.ellipse((260, 480, 460, 680), fill=colour)
    pen.rounded_rectangle((110, 980, 610, 1090), 55, fill=colour)
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _rehearses(editor: Page) -> str:
    """With a conflict first, then without; the address of the one that passed."""
    editor.goto("/content/changes")
    editor.fill("#note", "核验内容写成两条")
    editor.locator("details summary").first.click()
    keep(editor, "editing-changes")
    editor.get_by_role("button", name="排练这些修改").click()
    expect(editor.locator("#result")).to_be_visible(timeout=PATIENCE_MS)
    keep(editor, "editing-conflict")
    editor.get_by_role("button", name="撤回").click()
    editor.goto(TOPIC)
    editor.fill("#questions", editor.input_value("#questions").replace(f"\n{OF_ANOTHER}", ""))
    editor.get_by_role("button", name="保存").click()
    editor.goto("/content/try?words=刷完脸还要验啥")
    draft = editor.locator("[name=draft]")
    draft.check()
    editor.get_by_role("button", name="问", exact=True).click()
    expect(editor.get_by_role("heading", name="还没上线的修改")).to_be_visible(timeout=PATIENCE_MS)
    keep(editor, "editing-try")
    editor.goto("/content/changes")
    editor.fill("#note", "核验内容写成两条")
    editor.get_by_role("button", name="排练这些修改").click()
    expect(editor.locator("#result")).to_be_visible(timeout=PATIENCE_MS)
    address = editor.url
    editor.get_by_role("button", name="提交审核").click()
    expect(editor.locator("main")).to_contain_text("等待审核")
    return address


def _reviews(reviewer: Page, candidate: str) -> None:
    reviewer.goto(candidate)
    reviewer.get_by_role("button", name="同意").scroll_into_view_if_needed()
    keep(reviewer, "editing-review")
    reviewer.get_by_role("button", name="同意").click()
    expect(reviewer.locator("main")).to_contain_text("已通过")
    reviewer.get_by_role("button", name="现在发布").scroll_into_view_if_needed()
    keep(reviewer, "editing-release")
    reviewer.get_by_role("button", name="现在发布").click()
    expect(reviewer.locator("main")).to_contain_text("已发布")
    while reviewer.get_by_text("本机正在换上").count():
        reviewer.reload()
    keep(reviewer, "editing-releases")
    reviewer.goto("/content/figures")
    keep(reviewer, "editing-figures")
    reviewer.goto("/content/entry/guide:enter")
    reviewer.get_by_role("heading", name="路线图").evaluate("heading => heading.scrollIntoView()")
    keep(reviewer, "editing-guide")


def _inbox(editor: Page) -> None:
    editor.goto("/content/inbox?why=not_understood")
    keep(editor, "editing-inbox")


def _imports(editor: Page) -> None:
    def row(**cells: str) -> list[str]:
        return [cells.get(key, "") for key in COLUMNS]

    good = {
        "category": "checking",
        "title": "几点可以核验？",
        "questions": "几点能核验",
        "answer": "全天都可以。",
    }
    rows = [
        row(id="when_open", **good),
        row(id="weekend", **{**good, "title": "周末能核验吗？", "category": "没有这类"}),
        row(**{**good, "title": "半夜能核验吗？"}),
    ]
    out = io.StringIO()
    csv.writer(out).writerows([list(COLUMNS.values()), *rows])
    editor.goto("/content/transfer")
    keep(editor, "editing-transfer")
    file = FilePayload(name="问答.csv", mimeType="text/csv", buffer=out.getvalue().encode("gb18030"))
    editor.set_input_files("#file", file)
    editor.get_by_role("button", name="检查这个文件").click()
    expect(editor.locator("main")).to_contain_text("还没有保存")
    keep(editor, "editing-import")


def _two_at_once(editor: Page, other: Page) -> None:
    for page in (editor, other):
        page.goto(TOPIC)
    editor.fill("#questions", f"{editor.input_value('#questions')}\n验哪两样")
    editor.fill(ANSWER, f"{NEW_ANSWER}\n都通过才算完成。")
    editor.get_by_role("button", name="保存").click()
    expect(editor.locator("main")).to_contain_text("已保存为新的一版")
    other.fill("#questions", f"{other.input_value('#questions')}\n要验哪些")
    other.fill(ANSWER, f"{NEW_ANSWER}\n一般三分钟就好。")
    other.get_by_role("button", name="保存").click()
    expect(other.locator("main")).to_contain_text("刚刚保存过这一条")
    keep(other, "editing-merge")


if __name__ == "__main__":
    main()
