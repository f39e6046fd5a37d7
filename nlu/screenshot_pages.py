"""Pages as citizens photograph them: drawn for the tests and the bench, since real ones belong to people.

Each page has the wordings of one error and what such pages carry besides: a clock, a title, tips, buttons.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts/opentype/noto")
"""Where Debian's fonts-noto-cjk puts its files."""

SIZE = (1080, 2340)
"""Width and height of a phone's screen, in pixels."""

TITLE = "登记注册身份验证"

Condition = Literal["clean", "recompressed", "photographed"]
CONDITIONS: tuple[Condition, ...] = ("clean", "recompressed", "photographed")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an app: `topic` is the answer that helps whoever sends it.

    A "dialog" lies over a greyed form, a "toast" near the foot of one; a "result" has an icon above its
    headline; a "plain" page is lines alone.
    """

    topic: str
    headline: str
    lines: Sequence[str] = ()
    buttons: Sequence[str] = ()
    look: Literal["result", "dialog", "toast", "plain"] = "result"
    title: str = TITLE


PAGES: tuple[Page, ...] = (
    Page(
        "fail_face",
        "人像比对未通过",
        ("采集人像与数据库人像比对不一致", "请本人在光线充足的地方重试"),
        ("重新认证", "返回"),
    ),
    Page(
        "fail_identity",
        "身份验证失败",
        ("姓名、身份证号码录入有误", "请核对后重新提交"),
        ("我知道了",),
        "dialog",
    ),
    Page("fail_retry", "验证失败：请稍后重试", (), ("重试", "返回首页")),
    Page(
        "search_not_found",
        "没有找到相关小程序",
        ("换个关键词试试吧",),
        (),
        "plain",
        "登记注册身份验证小程序",
    ),
    Page("todo_empty", "暂无待办事项", ("仅展示近 7 天的待办信息",), ("刷新",), "result", "待办事项"),
    Page(
        "bankcard_fail",
        "银行卡验证失败",
        ("您输入的手机号与银行预留手机号不一致",),
        ("更换银行卡", "重新输入"),
        "result",
        "银行卡验证",
    ),
    Page(
        "camera_perm",
        "无法使用相机",
        ("请在手机设置中允许支付宝访问相机",),
        ("去设置", "取消"),
        "dialog",
    ),
    Page("phone_req", "当前系统版本过低，暂不支持", ("请升级手机系统后再试",), ("退出",)),
    Page("notice_check", "请先阅读并勾选注意事项", (), ("查看待办事项",), "toast"),
    Page("lock_times", "认证次数已达上限", ("请于 24 小时后再进行认证",), ("我知道了",), "dialog"),
    Page("sign_fail", "签名提交失败", ("请重新签名",), ("重签", "确认"), "toast", "电子签名"),
    Page("authorize_denied", "授权失败", ("您已拒绝授权，无法获取姓名和证件号码",), ("重新授权",)),
    Page("crash", "网络不给力", ("页面加载失败，请点击重新加载",), ("重新加载",), "plain", "支付宝"),
    Page("no_alipay", "您的支付宝账户尚未实名认证", ("请先完成实名认证",), ("去认证",), "dialog", "支付宝"),
    Page("id_types", "暂不支持该证件类型", ("请选择其他证件",), ("确定",), "dialog"),
    Page("id_expired", "您的身份证已过有效期", ("请更新证件信息后重试",), ("返回",)),
)
"""One page for each error that citizens meet (operating guide: the flow of chapter 2, questions 3 and 7)."""

FORM = ("姓名", "请输入姓名", "证件类型", "居民身份证", "证件号码", "请输入证件号码")


def fonts_are_there() -> bool:
    """Whether the fonts that the pages are drawn with are installed."""
    return (FONTS / "NotoSansCJK-Regular.ttc").exists()


def drawn(page: Page, seed: int = 0) -> Image.Image:
    """The page as the phone shows it."""
    screen = Image.new("RGB", SIZE, (245, 246, 248))
    pen = ImageDraw.Draw(screen)
    pen.rectangle((0, 0, SIZE[0], 250), fill="white")
    pen.text((60, 40), f"{8 + seed % 12}:{10 + seed % 50}", font=_font(40), fill="black")
    pen.text((860, 40), f"5G {40 + seed % 60}%", font=_font(40), fill="black")
    _middle(pen, 180, page.title, 52, "black")
    match page.look:
        case "result":
            pen.ellipse((440, 480, 640, 680), fill=(230, 90, 70))
            pen.line((500, 540, 580, 620), fill="white", width=18)
            pen.line((580, 540, 500, 620), fill="white", width=18)
            _body(pen, page, 800)
        case "plain":
            _body(pen, page, 900)
        case "dialog":
            _form(pen, "#77797d")
            pen.rounded_rectangle((110, 880, 970, 1500), 40, fill="white")
            _body(pen, page, 980, button_top=1360)
        case "toast":
            _form(pen, "#333333")
            pen.rounded_rectangle((90, 1500, 990, 1760), 30, fill="#2b2b2b")
            _middle(pen, 1570, page.headline, 50, "white")
            for n, line in enumerate(page.lines):
                _middle(pen, 1660 + 60 * n, line, 40, "#dddddd")
            _buttons(pen, page.buttons, 2000)
    return screen


def pictured(page: Page, condition: Condition, seed: int = 0) -> bytes:
    """The page as it reaches us: as a PNG, as WeChat recompresses it, or as a photo of the screen."""
    screen = drawn(page, seed)
    match condition:
        case "clean":
            return as_bytes(screen, "PNG")
        case "recompressed":
            return as_bytes(screen.resize((720, 1560)), "JPEG", quality=45)
        case "photographed":
            return as_bytes(_photographed(screen, random.Random(seed)), "JPEG", quality=60)  # noqa: S311


def as_bytes(picture: Image.Image, kind: str, **how: Any) -> bytes:
    """The picture as a file of this kind."""
    held = io.BytesIO()
    picture.save(held, kind, **how)
    return held.getvalue()


def lettered(lines: Sequence[str], size: tuple[int, int] = (1000, 630)) -> Image.Image:
    """Lines of print on a card: for papers and forms that are no page of an app."""
    card = Image.new("RGB", size, (225, 232, 240))
    pen = ImageDraw.Draw(card)
    for n, line in enumerate(lines):
        pen.text((60, 60 + 85 * n), line, font=_font(44), fill=(20, 20, 30))
    return card


def _photographed(screen: Image.Image, chance: random.Random) -> Image.Image:
    """Held a little askew before a dark table: turned up to 5 degrees, unevenly lit, blurred, noisy."""
    small = screen.resize((900, 1950))
    table = Image.new("RGB", (1200, 2200), (60, 52, 46))
    table.paste(small, (150, 125))
    turned = table.rotate(chance.choice((-1, 1)) * chance.uniform(2, 5), Image.Resampling.BICUBIC)
    light = Image.linear_gradient("L").resize(turned.size).point(lambda grey: 120 + grey // 2)
    dimmed = Image.composite(turned, Image.new("RGB", turned.size, (25, 25, 30)), light)
    blurred = dimmed.filter(ImageFilter.GaussianBlur(1.3))
    noise = Image.effect_noise(turned.size, 40).convert("RGB")
    return Image.blend(blurred, noise, 0.12)


def _body(pen: ImageDraw.ImageDraw, page: Page, top: int, button_top: int = 1750) -> None:
    _middle(pen, top, page.headline, 60, "black")
    for n, line in enumerate(page.lines):
        _middle(pen, top + 120 + 70 * n, line, 42, "#666666")
    _buttons(pen, page.buttons, button_top)


def _buttons(pen: ImageDraw.ImageDraw, labels: Sequence[str], top: int) -> None:
    width = 860 // max(1, len(labels))
    for n, label in enumerate(labels):
        left = 110 + n * width
        pen.rounded_rectangle((left + 15, top, left + width - 15, top + 110), 20, fill="#1677ff")
        long = _font(46).getlength(label)
        pen.text((left + (width - long) / 2, top + 22), label, font=_font(46), fill="white")


def _form(pen: ImageDraw.ImageDraw, colour: str) -> None:
    for n in range(0, len(FORM), 2):
        pen.text((90, 340 + 75 * n), FORM[n], font=_font(46), fill=colour)
        pen.text((380, 340 + 75 * n), FORM[n + 1], font=_font(46), fill=colour)


def _middle(pen: ImageDraw.ImageDraw, top: int, words: str, size: int, colour: str) -> None:
    pen.text(((SIZE[0] - _font(size).getlength(words)) / 2, top), words, font=_font(size), fill=colour)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / "NotoSansCJK-Regular.ttc"), size)
