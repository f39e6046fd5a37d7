"""A house with its editor: real database, chain, reception, entrance and ear; two are two processes."""

import dataclasses
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestServer

from bot import editing, entrance, migrations
from bot.channels import wechat_words
from bot.keys import KeyRing
from bot.loops import Loop
from bot.metrics import Metrics
from bot.pages import MenuEntry
from bot.rights import Right, Role
from bot.sealer import Sealer, place
from bot.sign_in import SignIn
from bot.staff import Staff, everybody
from bot.store import Store
from faq import records as releases
from faq.content_models import Content
from faq.editor import editor as editor_room
from faq.editor.editor import Editor
from faq.editor.workroom import Workroom
from faq.follow import Follower
from faq.library import Library
from handlers import questions
from handlers.chain import chain
from handlers.messages import Heard, Text, Words
from handlers.one_turn import OneTurn
from handlers.reception import Live, Reception
from handlers.rehearsing import would_send
from nlu.ear import Ear
from nlu.together import Together
from tests.desk.stage import SECRET, Clock
from tests.house.people import PASSWORD, hired, quick_passwords


class Writer:
    """Somebody of the staff in a browser without a screen."""

    def __init__(self, stage: "Stage", staff: Staff) -> None:
        self.stage, self.staff = stage, staff
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.text, self.path, self._csrf = "", "", ""

    async def signs_in(self) -> "Writer":
        await self.opens("/staff/sign-in")
        await self.sends("/staff/sign-in", name=self.staff.name, password=PASSWORD)
        return self

    async def opens(self, path: str, **headers: str) -> ClientResponse:
        url = self.stage.server.make_url(path)
        async with self.session.get(url, headers={"Accept": "text/html", **headers}) as answer:
            return await self._see(answer)

    async def sends(self, path: str, **fields: object) -> ClientResponse:
        """POST a form; a list gives the field several times, a tuple (name, bytes) uploads a file."""
        filled = FormData({"csrf": self._csrf})
        for name, value in fields.items():
            if isinstance(value, tuple):
                filled.add_field(name, value[1], filename=value[0])
            else:
                for one in value if isinstance(value, list) else [value]:
                    filled.add_field(name, str(one))
        said = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(self.stage.server.make_url(path), data=filled, headers=said) as answer:
            return await self._see(answer)

    async def downloads(self, path: str) -> bytes:
        async with self.session.get(self.stage.server.make_url(path)) as answer:
            assert answer.status == 200, path
            return await answer.read()

    async def brings(self, name: str, data: bytes) -> ClientResponse:
        """Upload a file and wait until it was judged; the report is on the page."""
        await self.opens("/content/transfer")
        await self.sends("/content/transfer", file=(name, data))
        await self.stage.editor.close()
        return await self.opens(self.path)

    async def saves(self, key: str, **fields: object) -> ClientResponse:
        """Change fields of the form of an entry and save it."""
        await self.opens(f"/content/entry/{key}")
        return await self.sends(f"/content/entry/{key}", **{**self.form(), **fields})

    async def proposes(self, *keys: str, note: str = "改一处") -> str:
        """Tick changes and rehearse them; the address of the candidate comes back."""
        await self.opens("/content/changes")
        await self.sends("/content/candidates", keys=list(keys), note=note)
        await self.stage.editor.close()
        return self.path

    async def releases(self, candidate: str) -> ClientResponse:
        """Approve and release; for a reviewer."""
        await self.opens(candidate)
        await self.sends(f"{candidate}/review", verdict="approve", note="")
        return await self.sends(f"{candidate}/release")

    def form(self) -> dict[str, object]:
        """The fields of the entry's form on the page as a browser would send them back."""
        inside = self.text.split('id="entry"')[1].split("</form>")[0]
        found: dict[str, object] = {}

        def add(name: str, value: str) -> None:
            if name in found:
                before = found[name]
                found[name] = [*(before if isinstance(before, list) else [before]), value]
            else:
                found[name] = value

        for tag in re.finditer(
            r"<input ([^>]*)>|<textarea ([^>]*)>\n?(.*?)</textarea>|<select ([^>]*)>(.*?)</select>",
            inside,
            re.S,
        ):
            attributes = tag[1] or tag[2] or tag[4]
            name = re.search(r'name="([^"]+)"', attributes)
            if not name or name[1] == "csrf":
                continue
            if tag[2] is not None:
                add(name[1], _plain(tag[3]))
            elif tag[4] is not None:
                chosen = re.search(r'<option value="([^"]*)" selected', tag[5])
                add(name[1], _plain(chosen[1]) if chosen else "")
            elif 'type="checkbox"' not in attributes or "checked" in attributes:
                value = re.search(r'value="([^"]*)"', attributes)
                add(name[1], _plain(value[1]) if value else "")
        return found

    async def _see(self, answer: ClientResponse) -> ClientResponse:
        self.text, self.path = await answer.text(), answer.url.path
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        self._csrf = found[1] if found else self._csrf
        return answer


def _plain(text: str) -> str:
    for code, letter in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(code, letter)
    return text


@dataclass
class Stage:
    """Everything, built; a second stage on the same database is a second process."""

    store: Store
    clock: Clock
    live: Follower[Live]
    entrance: entrance.Entrance
    editor: Editor
    reception: Reception
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    writers: list[Writer] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    async def opens(self, content: Content, port: int | None = None) -> "Stage":
        await migrations.upgrade(self.store)
        if await self.store.read(releases.live_number) is None:
            await self.store.write(lambda tx: releases.publish(tx, content, "shipped", "", self.clock()))
        await self.live.follow_once()
        app = self.entrance.application(12_000_000)
        app.add_routes(self.editor.routes())
        self.entrance.add_to(app)
        self.server = TestServer(app, port=port)
        await self.server.start_server()
        return self

    def runs(self) -> None:
        """Let the loops turn, as in the house."""
        for name, step in (("follow", self.live.follow_once), ("release_due", self.editor.release_due)):
            self.loops.append(Loop(name, step, 0.5))
            self.loops[-1].start()

    async def closes(self) -> None:
        for writer in self.writers:
            await writer.session.close()
        for loop in self.loops:
            await loop.stop()
        await self.editor.close()
        await self.server.close()
        await self.reception.close()
        await self.store.close()

    async def writer(self, name: str, role: Role = Role.EDITOR) -> Writer:
        """Somebody who is signed in."""
        staff = await self.store.write(hired(role, name, self.clock))
        self.writers.append(Writer(self, staff))
        return await self.writers[-1].signs_in()

    async def asks(self, words: str, openid: str = "oCitizen0001", option: str | None = None) -> str:
        """A citizen asks, or taps an option; what the bot says rides home."""
        act = Words(words, "tapped" if option else "typed", option)
        push = Heard(f"msg:{next(self.numbers)}", openid, self.clock(), act)
        reply = await self.reception.hear(push)
        assert reply is not None
        reply.carried()
        assert isinstance(reply.saying, Text)
        return reply.saying.words


def build(url: str, clock: Clock, anchors: Path, train: Callable[..., Ear]) -> Stage:
    """The rooms of one process."""
    store, sealer, metrics = Store(url), Sealer(KeyRing.grown_from(SECRET)), Metrics()
    quick = quick_passwords()
    built = entrance.build(
        store, secret=SECRET, sealer=sealer, metrics=metrics, clock=clock,
        public_url="http://127.0.0.1", anchors=anchors, codes_required=False,
        folders=[editor_room.TEMPLATES], menu=[MenuEntry("内容", "/content", Right.READ_CONTENT)],
    )  # fmt: skip
    doors = dataclasses.replace(
        built, passwords=quick, sign_in=SignIn(store, quick, sealer, built.audit, clock)
    )

    async def learn(number: int) -> Live:
        release = await store.read(lambda tx: releases.release(tx, number))
        assert release is not None
        library = Library(release.content, number)
        ear = train(library.training())
        return Live(library, ear, Together(ear))

    live: Follower[Live] = Follower(lambda: store.read(releases.live_number), learn)
    room = Workroom(
        store=store, clock=clock, render=doors.pages.render, require=doors.door.require,
        who=editing.signed_in, note=doors.audit.note, live=lambda: live.current, train=train,
        learn_ahead=train,
        would_send=partial(
            would_send, chain=chain, fit=wechat_words.parts, lowered=wechat_words.lowered, clock=clock
        ),
        asked=questions.asked_in_vain, talk=questions.talk, hits=questions.hits,
        reads=lambda texts: None, people=everybody, went_live=lambda: None,
    )  # fmt: skip
    reception = Reception(
        store,
        OneTurn(chain, wechat_words.parts, Ear.in_context, timedelta(minutes=30)),
        lambda: live.current,
        clock=clock,
        budget=timedelta(seconds=4),
        seal=lambda plain, key: sealer.seal(plain, place("heard", "sealed", key)),
        unseal=lambda sealed, key: sealer.open(sealed, place("heard", "sealed", key)),
        wake=lambda: None,
        observe=lambda taken, seconds: None,
        cache=0,
    )
    return Stage(store, clock, live, doors, Editor(room), reception)


Builds = Callable[..., Awaitable[Stage]]
