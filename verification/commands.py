"""The room's commands about people, to-dos, receipts, pages and the map; __main__ includes `app`.

A command is a door of its own: it asks the floor plan for the store and the keys (`HOUSE`). That is the only
place where this room looks up, and only when somebody runs a command.
"""

import asyncio
import importlib
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console

from verification import demo, drawing, forgetting, front, maps, matters, people, receipt_words, receipts
from verification.checks import VOCABULARY
from verification.documents import Document, DocumentKind, Refusal, read_number
from verification.engines.deepface_door import MissingModel
from verification.engines.face import FaceEngine, FaceSettings, PoorPicture, Template
from verification.matters import Business, Order
from verification.names import read_name
from verification.people import Identity
from verification.provided import Provided
from verification.rendering import PAGES
from verification.sentences import sentence

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
HOUSE = "bot.app"
JOURNEY_PAGE = ROOT / "docs" / "journey.md"

app = typer.Typer(no_args_is_help=True)
person_app = typer.Typer(help="登记可核验的人。", no_args_is_help=True)
matter_app = typer.Typer(help="待办事项。", no_args_is_help=True)
receipt_app = typer.Typer(help="回执。", no_args_is_help=True)
front_app = typer.Typer(help="页面所用的前端文件。", no_args_is_help=True)
journey_app = typer.Typer(help="核验流程图。", no_args_is_help=True)
app.add_typer(person_app, name="person")
app.add_typer(matter_app, name="matter")
app.add_typer(receipt_app, name="receipt")
app.add_typer(front_app, name="front")
app.add_typer(journey_app, name="journey")

out = Console()

Name = Annotated[str, typer.Option("--name", prompt="姓名", help="证件上的姓名。")]
Number = Annotated[str, typer.Option("--number", prompt="证件号码", help="证件号码。")]
Kind = Annotated[DocumentKind, typer.Option("--kind", help="证件类型。")]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the floor plan gives to a command."""

    house: Provided
    models: Path
    signer: receipts.Signer


def open_house() -> AbstractAsyncContextManager[Opened]:
    """The store and the keys, from the floor plan."""
    opened: AbstractAsyncContextManager[Opened] = importlib.import_module(HOUSE).opened_for_verification()
    return opened


@person_app.command("add")
def add_person(
    name: Name,
    number: Number,
    kind: Kind = DocumentKind.RESIDENT_ID,
    photo: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="正面照片；不给则核验时拍证件。")
    ] = None,
    webcam: Annotated[bool, typer.Option(help="用本机摄像头拍一张。")] = False,
    card: Annotated[str, typer.Option(help="银行卡号。")] = "",
    phone: Annotated[str, typer.Option(help="在银行留的手机号。")] = "",
) -> None:
    """登记一个人；已登记的会被替换。"""

    async def work(opened: Opened) -> int:
        who = _identity(opened.house, kind, name, number)
        picture = _from_webcam() if webcam else photo.read_bytes() if photo else None
        template = _template(opened.models, picture) if picture else None
        enrol = lambda tx: people.enrol(tx, who, template, opened.house, card=card, phone=phone)  # noqa: E731
        return await opened.house.write(enrol)

    out.print(f"已登记，第 {_run(work)} 号。")


@person_app.command("remove")
def remove_person(name: Name, number: Number, kind: Kind = DocumentKind.RESIDENT_ID) -> None:
    """删除登记的人和人脸。"""

    async def work(opened: Opened) -> bool:
        who = _identity(opened.house, kind, name, number)
        return await opened.house.write(lambda tx: people.remove(tx, who, opened.house))

    if not _run(work):
        _stop("没有登记过这个人。")
    out.print("已删除。")


@person_app.command("seed-demo")
def seed_demo() -> None:
    """放入演示用的人和待办事项。"""
    _run(lambda opened: opened.house.write(lambda tx: demo.seed(tx, opened.house)))
    out.print("演示数据已就绪。")


@matter_app.command("push")
def push_matter(
    name: Name,
    number: Number,
    title: Annotated[str, typer.Option(prompt="事项名称", help="事项名称。")],
    line: Annotated[list[str], typer.Option(help="一行内容，写成 名称=内容；可重复。")],
    kind: Kind = DocumentKind.RESIDENT_ID,
) -> None:
    """手工放入一项待办。"""
    lines = tuple((label, value) for label, _, value in (each.partition("=") for each in line))
    if not all(label and value for label, value in lines):
        _stop("每一行都要写成 名称=内容。")

    async def work(opened: Opened) -> str:
        who = _identity(opened.house, kind, name, number)
        order = Order("by-hand", secrets.token_hex(16), "", who, Business(title, lines))
        one, _ = await opened.house.write(lambda tx: matters.receive(tx, order, opened.house))
        return one.ref

    out.print(f"已放入待办 {_run(work)}。")


@receipt_app.command("check")
def check_receipt(
    receipt: Annotated[str, typer.Argument(help="回执文件（PDF）或回执编号。")],
    public_key: Annotated[str, typer.Option(help="验证公钥；给了就不用连数据库。")] = "",
) -> None:
    """核对回执是否真实。"""
    file = Path(receipt)
    token = receipts.token_in(file.read_bytes()) if file.is_file() else None
    try:
        if token and public_key:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
            found = receipts.read(token, key)
        else:
            found = _run(lambda opened: _stored(opened, token, receipt))
    except (receipts.NotGenuine, ValueError):
        _stop("不是真实的回执。")
    out.print("[green]回执真实[/]")
    for label, value in receipt_words.lines(found):
        out.print(f"{label}：{value}")


@receipt_app.command("key")
def receipt_key() -> None:
    """显示验证公钥。"""

    async def work(opened: Opened) -> str:
        return opened.signer.public_key

    out.print(_run(work))


@front_app.command("place")
def place_front(
    packages: Annotated[Path, typer.Option(help="npm ci 的文件夹。")] = ROOT / "node_modules",
    folder: Annotated[Path, typer.Option(help="放到哪里。")] = ROOT / "var" / "front",
) -> None:
    """把页面要用的前端文件放到位，逐个核对 sha256。"""
    try:
        out.print(f"前端文件：新放入 {front.place(packages, folder)} 个。")
    except front.FrontMissing as missing:
        _stop(str(missing))


@journey_app.command("draw")
def draw_journey(
    check: Annotated[bool, typer.Option("--check", help="只核对，不改文件。")] = False,
) -> None:
    """检查流程并画成图（docs/journey.md）。"""
    text = drawing.drawn(maps.load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES))
    if check and (not JOURNEY_PAGE.exists() or JOURNEY_PAGE.read_text(encoding="utf-8") != text):
        _stop("docs/journey.md 与流程不一致，请运行 python -m verification journey draw")
    if not check:
        JOURNEY_PAGE.write_text(text, encoding="utf-8")


@app.command("forget")
def forget(
    openid: Annotated[str, typer.Option(help="只删除这位用户的全部资料。")] = "",
) -> None:
    """删除到期的资料，结束到期的待办；可随时运行。"""

    async def work(opened: Opened) -> dict[str, int]:
        if openid:
            forget_one = lambda tx: forgetting.forget_person(tx, openid, opened.house)  # noqa: E731
            return {"evidence": await opened.house.write(forget_one)}
        return dict(await opened.house.write(lambda tx: forgetting.forget(tx, opened.house)))

    for what, count in _run(work).items():
        out.print(f"{what}: {count}")


async def _stored(opened: Opened, token: str | None, code: str) -> receipts.Receipt:
    if token is None:
        read = lambda tx: receipts.stored_token(tx, code, opened.house, who="operator")  # noqa: E731
        token = await opened.house.write(read)
    return opened.signer.read(token or "")


def _run(work: Callable[[Opened], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with open_house() as opened:
            return await work(opened)

    return asyncio.run(inside())


def _identity(house: Provided, kind: DocumentKind, name: str, number: str) -> Identity:
    read, said = read_number(kind, number, house.clock().date()), read_name(kind, name)
    faults = [f"form:{each}" for each in (said, read) if isinstance(each, Refusal)]
    if faults or not isinstance(read, Document):
        _stop("\n".join(sentence(fault) for fault in faults))
    return Identity(kind.value, read.number, str(said))


def _template(models: Path, picture: bytes) -> Template:
    try:
        read = FaceEngine(FaceSettings(models=models)).enrol(picture)
    except MissingModel as missing:
        _stop(str(missing))
    if isinstance(read, PoorPicture):
        _stop("\n".join(sentence(f"form:{reason}") for reason in read.reasons))
    return read


def _from_webcam() -> bytes:
    """One picture from the camera of this machine, after a second in which it finds its light."""
    import cv2

    camera = cv2.VideoCapture(0)
    taken = [camera.read() for _ in range(20)]
    camera.release()
    is_there, pixels = taken[-1]
    if not is_there:
        _stop("没有找到摄像头。")
    return bytes(cv2.imencode(".jpg", pixels)[1])


def _stop(why: str) -> NoReturn:
    Console(stderr=True).print(f"[red]{why}[/]")
    raise typer.Exit(1)
