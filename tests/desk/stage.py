"""A house with its desk: real database, reception, chain, ear, entrance and delivery; WeChat is a list."""

import dataclasses
import io
import re
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from bot import entrance, migrations
from bot.channels import wechat_pictures, wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_sender import WeChatSender
from bot.covers import Covers
from bot.delivery import Delivery
from bot.keys import KeyRing
from bot.loops import Loop
from bot.metrics import Metrics
from bot.pages import MenuEntry
from bot.proof import provided
from bot.rights import Right, Role
from bot.sealer import Sealer, place
from bot.sign_in import SignIn
from bot.staff import Staff
from bot.store import Store
from handlers import records
from handlers.chain import chain
from handlers.desk import cases
from handlers.desk.cases import Case
from handlers.desk.desk import TEMPLATES, Desk
from handlers.desk.ports import CaseCard, Ports
from handlers.desk.records import metadata as desk_tables
from handlers.desk.settings import DeskSettings
from handlers.illustrations import Illustrations
from handlers.messages import Act, Heard, Option, Picture, Saying, Text, Words
from handlers.one_turn import OneTurn
from handlers.reception import Live, Reception
from nlu.ear import Ear
from tests.house.people import PASSWORD, hired, quick_passwords
from verification.finding import openids_of

SECRET = "a secret for tests, long enough 0123456789"


class Clock:
    """The time, moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


class Running(Clock):
    """The time as it runs, from another morning on; for browsers, whose time cannot be moved."""

    def __init__(self, at: datetime) -> None:
        self._started = datetime.now(at.tzinfo)
        super().__init__(at)

    def __call__(self) -> datetime:
        return self.at + (datetime.now(self.at.tzinfo) - self._started)


async def text_of(answer: ClientResponse) -> str:
    """What a person can read in it; a workbook is unpacked."""
    if answer.content_type.endswith("spreadsheetml.sheet"):
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as book:
            return "".join(book.read(part).decode() for part in book.namelist())
    return await answer.text()


@dataclass
class Citizen:
    """Somebody with WeChat: `heard` is everything that reached them, in order."""

    stage: "Stage"
    openid: str
    heard: list[str] = field(default_factory=list)

    async def says(self, text: str, option: str | None = None) -> str:
        return await self.does(Words(text, "tapped" if option else "typed", option))

    async def sends_picture(self, media_id: str = "media-1") -> str:
        return await self.does(Picture(media_id))

    async def does(self, act: Act) -> str:
        push = Heard(f"msg:{next(self.stage.numbers)}", self.openid, self.stage.clock(), act)
        reply = await self.stage.reception.hear(push)
        if reply is None:
            return ""
        reply.carried()
        return self.stage.reaches(self.openid, reply.saying)

    async def calls_for_a_human(self) -> Case:
        await self.says("转人工")
        return await self.case()

    async def case(self) -> Case:
        """Their newest case."""
        newest = select(records.hand_over.c.id).where(records.hand_over.c.openid == self.openid)
        number = await self.stage.store.read(
            lambda tx: tx.scalar(newest.order_by(records.hand_over.c.id.desc()).limit(1))
        )
        return await self.stage.case(number or 0)

    async def holder(self) -> str:
        row = select(records.citizen.c.holder).where(records.citizen.c.openid == self.openid)
        found = await self.stage.store.read(lambda tx: tx.scalar(row))
        return str(found)


class Agent:
    """Somebody of the staff in a browser without a screen."""

    def __init__(self, stage: "Stage", staff: Staff) -> None:
        self.stage, self.staff = stage, staff
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.text, self._csrf = "", ""

    @property
    def id(self) -> int:
        return self.staff.id

    @property
    def name(self) -> str:
        return self.staff.name

    def may(self, right: str) -> bool:
        return self.staff.may(right)

    async def signs_in(self) -> "Agent":
        await self.opens("/staff/sign-in", Accept="text/html")
        fields = {"csrf": self._csrf, "name": self.name, "password": PASSWORD}
        url = self.stage.server.make_url("/staff/sign-in")
        async with self.session.post(url, data=fields, headers={"Sec-Fetch-Site": "same-origin"}) as done:
            self._see(await done.text())
        return self

    async def comes(self) -> "Agent":
        """Sign in and open the desk."""
        await self.signs_in()
        answer = await self.opens("/desk")
        assert answer.status == 200, self.text
        return self

    async def opens(self, path: str, **headers: str) -> ClientResponse:
        async with self.session.get(
            self.stage.server.make_url(path), headers=headers, allow_redirects=False
        ) as answer:
            self._see(await text_of(answer))
            return answer

    async def does(self, verb: str, case: Case | None = None, **fields: object) -> ClientResponse:
        """POST a verb of the desk, such as claim; what came back is in `text`."""
        return await self._posts(f"/desk/case/{case.id}/{verb}" if case else f"/desk/{verb}", fields)

    async def _posts(self, path: str, fields: dict[str, object]) -> ClientResponse:
        said = {"X-CSRF-Token": self._csrf, "Sec-Fetch-Site": "same-origin"}
        filled = {name: str(value) for name, value in fields.items()}
        async with self.session.post(self.stage.server.make_url(path), data=filled, headers=said) as answer:
            self.text = await answer.text()
            return answer

    async def uploads(self, citizen: Citizen, data: bytes, **fields: object) -> ClientResponse:
        """Send a picture."""
        case = await citizen.case()
        seen = fields.get("seen", case.heard_seq)
        return await self.sends_file(f"case/{case.id}/send-picture", data, seen=seen)

    async def sends_file(self, path: str, picture: bytes, **fields: object) -> ClientResponse:
        """POST a form with a picture."""
        form = FormData({name: str(value) for name, value in fields.items()})
        form.add_field("picture", picture, filename="picture", content_type="image/png")
        said = {"X-CSRF-Token": self._csrf, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(
            self.stage.server.make_url(f"/desk/{path}"), data=form, headers=said
        ) as answer:
            self.text = await answer.text()
            return answer

    async def says(self, citizen: Citizen, words: str, **fields: object) -> ClientResponse:
        case = await citizen.case()
        return await self.does("reply", case, **{"words": words, "seen": case.heard_seq, **fields})

    async def claims(self, citizen: Citizen) -> ClientResponse:
        return await self.does("claim", await citizen.case())

    async def is_heard_of(self, case: Case | None = None, seen: object = "") -> None:
        """The browser reports; with a case on the screen, up to the message that was seen."""
        which = case.id if case else ""
        await self._posts("/desk/beat", {"case": which, "typing": "", "seen": seen})

    def _see(self, text: str) -> None:
        self.text = text
        found = re.search(r'name="csrf" (?:value|content)="([^"]+)"', text)
        self._csrf = found[1] if found else self._csrf


@dataclass
class Stage:
    """Everything, built; `opens` upgrades the database and starts the server."""

    store: Store
    clock: Clock
    live: Live
    entrance: entrance.Entrance
    desk: Desk
    reception: Reception
    delivery: Delivery
    citizens: dict[str, Citizen] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    agents: list[Agent] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    proof: CaseCard | None = None
    covers: Covers | None = None

    async def opens(self, port: int | None = None) -> "Stage":
        await migrations.upgrade(self.store)
        app = self.entrance.application(12 * 1024 * 1024)
        app.add_routes(self.desk.routes())
        app.on_shutdown.append(self.desk.hang_up)
        self.entrance.add_to(app)
        self.server = TestServer(app, port=port)
        await self.server.start_server()
        return self

    def runs(self) -> None:
        """Let the loops turn, as in the house."""
        rounds = self.desk.rounds
        for name, step, every_s in (
            ("deliver", self.delivery.deliver_due, 0.2),
            ("publish", self.desk.publish_new, 0.2),
            ("offer", rounds.offer_next, 0.3),
            ("release", rounds.release_idle, 0.5),
        ):
            self.loops.append(Loop(name, step, every_s))
            self.loops[-1].start()

    async def closes(self) -> None:
        for agent in self.agents:
            await agent.session.close()
        for loop in self.loops:
            await loop.stop()
        await self.server.close()
        await self.reception.close()
        await self.store.close()

    def citizen(self, openid: str = "oCitizen0001") -> Citizen:
        return self.citizens.setdefault(openid, Citizen(self, openid))

    async def hires(self, name: str, role: Role = Role.AGENT) -> Agent:
        staff = await self.store.write(hired(role, name, self.clock))
        self.agents.append(Agent(self, staff))
        return self.agents[-1]

    async def agent(self, name: str, role: Role = Role.AGENT) -> Agent:
        """Somebody who sits at the desk."""
        return await (await self.hires(name, role)).comes()

    async def case(self, number: int) -> Case:
        return await self.store.read(lambda tx: cases.find(tx, number))

    async def delivers(self) -> None:
        """Until nothing is due any more, once every carried reply is written down as carried."""
        await self.reception.close()
        while await self.delivery.deliver_due():
            pass

    async def rows(self, table: str) -> list[dict[str, object]]:
        chosen = {**records.metadata.tables, **desk_tables.tables}[table]
        found = await self.store.read(lambda tx: tx.execute(select(chosen)).mappings().all())
        return [dict(row) for row in found]

    def reaches(self, openid: str, saying: Saying) -> str:
        words = saying.words if isinstance(saying, Text) else repr(saying)
        self.citizen(openid).heard.append(words)
        return words


def build(
    url: str,
    live: Live,
    clock: Clock,
    anchors: Path,
    settings: DeskSettings | None = None,
    api: WeChatApi | None = None,
) -> Stage:
    """The rooms of one test; with `api` what is sent goes to a WeChat, without it into a list."""
    store, sealer, metrics = Store(url), Sealer(KeyRing.grown_from(SECRET)), Metrics()
    quick, covers = quick_passwords(), Covers(store, sealer, clock, timedelta(days=7))
    built = entrance.build(
        store, secret=SECRET, sealer=sealer, metrics=metrics, clock=clock,
        public_url="http://127.0.0.1", anchors=anchors, codes_required=False,
        folders=[TEMPLATES],
        menu=[
            MenuEntry("客服台", "/desk", Right.ANSWER), MenuEntry("看板", "/desk/board", Right.SEE_REPORTS)
        ],
    )  # fmt: skip
    doors = dataclasses.replace(
        built, passwords=quick, sign_in=SignIn(store, quick, sealer, built.audit, clock)
    )
    stage: list[Stage] = []

    async def send(openid: str, saying: Saying, author: str) -> tuple[str, str]:
        stage[0].reaches(openid, saying)
        return "sent", ""

    way_out = (
        send
        if api is None
        else WeChatSender(api, Illustrations(store, partial(wechat_pictures.bring, api), clock)).send
    )
    delivery = Delivery(store, way_out, clock=clock, observe=lambda fate: None)  # type: ignore[arg-type]

    proofs = provided(store, sealer, doors.audit, clock)
    desk = Desk(
        Ports(
            store=store, clock=clock, live=lambda: live, settings=settings or DeskSettings(),
            render=doors.pages.render, require=doors.door.require, who=doors.door.signed_in,
            still_in=doors.door.is_request_still_signed_in, note=doors.audit.note,
            fit=wechat_words.parts, wake=lambda: None,
            public_url="http://127.0.0.1", case_of=lambda tx, openid: stage[0].proof,
            proofs=proofs,
            link_for=lambda tx, openid: f"http://127.0.0.1/verify/for-{openid[-4:]}",
            uncover=covers.open,
            **({} if api is None else {
                "fetch_picture": partial(wechat_pictures.fetch, api),
                "upload_picture": partial(wechat_pictures.upload, api),
            }),
            find_person=partial(openids_of, house=proofs),
        )
    )  # fmt: skip
    reception = Reception(
        store,
        OneTurn(chain, wechat_words.parts, Ear.in_context, timedelta(minutes=30)),
        lambda: live,
        clock=clock,
        budget=timedelta(seconds=4),
        seal=lambda plain, key: sealer.seal(plain, place("heard", "sealed", key)),
        unseal=lambda sealed, key: sealer.open(sealed, place("heard", "sealed", key)),
        wake=lambda: None,
        observe=lambda taken, seconds: None,
        cache=100,
        cover=covers.seal,
    )
    stage.append(Stage(store, clock, live, doors, desk, reception, delivery, covers=covers))
    return stage[0]


Builds = Callable[..., Awaitable[Stage]]
CANCEL = Option("cancel_human", "不转了")
