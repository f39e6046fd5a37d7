"""The room's commands about people, to-dos, pages and the map; __main__ includes `app`."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from verification import demo, drawing, forgetting, front, maps, matters, orders, people, receipt_commands
from verification.answers import BEIJING
from verification.checks import VOCABULARY, bank
from verification.documents import Document, DocumentKind, Refusal, read_number
from verification.engines.captures import Template
from verification.engines.deepface_door import MissingModel
from verification.engines.face import FaceEngine
from verification.engines.outcomes import PoorPicture
from verification.engines.settings import FaceSettings
from verification.matters import Business, Order
from verification.names import read_name
from verification.opening import Opened, out, run, stop
from verification.people import Identity
from verification.provided import Provided
from verification.rendering import PAGES
from verification.sentences import sentence

ROOT = Path(__file__).resolve().parents[1]
JOURNEY_PAGE = ROOT / "docs" / "journey.md"

app = typer.Typer(no_args_is_help=True)
person_app = typer.Typer(help="登记可核验的人。", no_args_is_help=True)
matter_app = typer.Typer(help="待办事项。", no_args_is_help=True)
front_app = typer.Typer(help="页面所用的前端文件。", no_args_is_help=True)
journey_app = typer.Typer(help="核验流程图。", no_args_is_help=True)
app.add_typer(person_app, name="person")
app.add_typer(matter_app, name="matter")
app.add_typer(receipt_commands.app, name="receipt")
app.add_typer(front_app, name="front")
app.add_typer(journey_app, name="journey")

Name = Annotated[str, typer.Option("--name", prompt="姓名", help="证件上的姓名。")]
Number = Annotated[str, typer.Option("--number", prompt="证件号码", help="证件号码。")]
Kind = Annotated[DocumentKind, typer.Option("--kind", help="证件类型。")]


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
    card, phone = _account(card, phone)

    async def work(opened: Opened) -> int:
        who = _identity(opened.house, kind, name, number)
        picture = _from_webcam() if webcam else photo.read_bytes() if photo else None
        template = _template(opened.models, picture) if picture else None
        enrol = lambda tx: people.enrol(tx, who, template, opened.house, card=card, phone=phone)  # noqa: E731
        return await opened.house.write(enrol)

    out.print(f"已登记，第 {run(work)} 号。")


@person_app.command("remove")
def remove_person(name: Name, number: Number, kind: Kind = DocumentKind.RESIDENT_ID) -> None:
    """删除登记的人和人脸。"""

    async def work(opened: Opened) -> bool:
        who = _identity(opened.house, kind, name, number)
        return await opened.house.write(lambda tx: people.remove(tx, who, opened.house))

    if not run(work):
        stop("没有登记过这个人，或者姓名和号码不是同一个人的。")
    out.print("已删除。")


@person_app.command("seed-demo")
def seed_demo() -> None:
    """放入演示用的人和待办事项。"""

    async def work(opened: Opened) -> None:
        if opened.is_production:
            stop("正式环境里不放演示数据。")
        await opened.house.write(lambda tx: demo.seed(tx, opened.house))

    run(work)
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
    business = _business(title, line)

    async def work(opened: Opened) -> str:
        who = _identity(opened.house, kind, name, number)
        order = Order("by-hand", secrets.token_hex(16), "", who, business)
        one, _ = await opened.house.write(lambda tx: matters.receive(tx, order, opened.house))
        return one.ref

    out.print(f"已放入待办 {run(work)}。")


@front_app.command("place")
def place_front(
    packages: Annotated[Path, typer.Option(help="npm ci 的文件夹。")] = ROOT / "node_modules",
    folder: Annotated[Path, typer.Option(help="放到哪里。")] = ROOT / "var" / "front",
) -> None:
    """把页面要用的前端文件放到位，逐个核对 sha256。"""
    try:
        out.print(f"前端文件：新放入 {front.place(packages, folder)} 个。")
    except front.FrontMissing as missing:
        stop(str(missing))


@journey_app.command("draw")
def draw_journey(
    check: Annotated[bool, typer.Option("--check", help="只核对，不改文件。")] = False,
) -> None:
    """检查流程并画成图（docs/journey.md）。"""
    text = drawing.drawn(maps.load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES))
    if check and (not JOURNEY_PAGE.exists() or JOURNEY_PAGE.read_text(encoding="utf-8") != text):
        stop("docs/journey.md 与流程不一致，请运行 python -m verification journey draw")
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

    for what, count in run(work).items():
        out.print(f"{what}: {count}")


def _account(typed_card: str, typed_phone: str) -> tuple[str, str]:
    """Card and phone as the page of the bank card will read them; both or none."""
    card, phone = bank.digits(typed_card), bank.digits(typed_phone)
    faults = [bank.card_fault(card), bank.phone_fault(phone)] if typed_card or typed_phone else []
    if any(faults):
        stop("\n".join(sentence(fault) for fault in faults if fault))
    return card, phone


def _business(title: str, lines: Sequence[str]) -> Business:
    pairs = [each.partition("=") for each in lines]
    if not all(label and value for label, _, value in pairs):
        stop("每一行都要写成 名称=内容。")
    body = {"title": title, "lines": [{"label": label, "value": value} for label, _, value in pairs]}
    try:
        return orders.business_in(body)
    except orders.BadOrder as bad:
        stop(f"待办没有放入：{bad}")


def _identity(house: Provided, kind: DocumentKind, name: str, number: str) -> Identity:
    today = house.clock().astimezone(BEIJING).date()
    read, said = read_number(kind, number, today), read_name(kind, name)
    faults = [f"form:{each}" for each in (said, read) if isinstance(each, Refusal)]
    if faults or not isinstance(read, Document):
        stop("\n".join(sentence(fault) for fault in faults))
    return Identity(kind.value, read.number, str(said))


def _template(models: Path, picture: bytes) -> Template:
    try:
        read = FaceEngine(FaceSettings(models=models)).enrol(picture)
    except MissingModel as missing:
        stop(str(missing))
    if isinstance(read, PoorPicture):
        stop("\n".join(sentence(f"form:{reason}") for reason in read.reasons))
    return read


def _from_webcam() -> bytes:
    """One picture from the camera of this machine, after a second in which it finds its light."""
    import cv2

    camera = cv2.VideoCapture(0)
    taken = [camera.read() for _ in range(20)]
    camera.release()
    is_there, pixels = taken[-1]
    if not is_there:
        stop("没有找到摄像头。")
    return bytes(cv2.imencode(".jpg", pixels)[1])
