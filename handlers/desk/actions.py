"""What agents do on the screen: each POST is one transaction with its line in the trail where one is due."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy import Connection

from faq.library import Library
from handlers.desk import before_leaving, canned, cases, serving, speaking
from handlers.desk.agents import Someone
from handlers.desk.cases import Case
from handlers.desk.ports import Ports
from handlers.desk.refusals import Unusable
from handlers.desk.requests import case_id, fields, number, refusing
from handlers.desk.serving import ANSWER, Closing
from handlers.desk.stream import Stream
from handlers.messages import Saying, Text
from handlers.records import locked_citizen

T = TypeVar("T")
LONGEST_SNOOZE = timedelta(hours=46)
SOLVED = {"yes": True, "no": False, "": None}
GREETING_LEAVES = 3
"""The greeting is sent only when so many messages stay for the agent."""


class Actions:
    """The POST side of the desk."""

    def __init__(self, ports: Ports, stream: Stream) -> None:
        self._ports = ports
        self._stream = stream

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything here needs the right to answer."""
        verbs: dict[str, Any] = {
            "claim": self.claim,
            "decline": self.decline,
            "accept": self.accept,
            "transfer": self.transfer,
            "take-over": self.take_over,
            "snooze": self.snooze,
            "wake": self.wake,
            "close": self.close,
            "return": self.give_back,
            "reopen": self.reopen,
            "reply": self.reply,
            "undo": self.undo,
            "link": self.send_link,
            "note": self.note,
            "draft": self.draft,
        }
        guard = self._ports.require(ANSWER)
        return [
            *(
                web.post(f"/desk/case/{{id}}/{verb}", guard(refusing(self._ports, do)))
                for verb, do in verbs.items()
            ),
            web.post("/desk/next", guard(refusing(self._ports, self.next))),
        ]

    # ---- taking and giving ----

    async def claim(self, request: web.Request) -> web.Response:
        """POST …/claim"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        return await self._done(lambda tx: self._greeted(tx, me, self._claimed(tx, asked, me, now), now))

    async def next(self, request: web.Request) -> web.Response:
        """POST /desk/next: whoever has waited longest."""
        me, now = await self._ports.me(request), self._ports.clock()

        def take(tx: Connection) -> Case | None:
            case = serving.claim_next(tx, me, self._ports.settings, now)
            return self._greeted(tx, me, case, now) if case else None

        return await self._done(take)

    async def decline(self, request: web.Request) -> web.Response:
        """POST …/decline"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        return await self._done(lambda tx: serving.decline(tx, asked, me, now))

    async def accept(self, request: web.Request) -> web.Response:
        """POST …/accept: a transfer"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        settings = self._ports.settings
        return await self._done(
            lambda tx: self._greeted(tx, me, serving.accept_transfer(tx, asked, me, settings, now), now)
        )

    async def transfer(self, request: web.Request) -> web.Response:
        """POST …/transfer with `to` (an agent's number or "team:…") and `reason`"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        form = await fields(request)
        to, reason = form.get("to", ""), form.get("reason", "")
        team = to.removeprefix("team:") if to.startswith("team:") else ""

        def pass_on(tx: Connection) -> Case:
            speaking.refuse_numbers(reason)
            return serving.transfer(
                tx, asked, me, self._ports.settings, now,
                to=None if team else number(to), team=team, reason=reason,
            )  # fmt: skip

        return await self._done(pass_on)

    async def take_over(self, request: web.Request) -> web.Response:
        """POST …/take-over with `reason`"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        reason = (await fields(request)).get("reason", "")

        def take(tx: Connection) -> Case:
            speaking.refuse_numbers(reason)
            case = serving.take_over(tx, asked, me, now, reason)
            self._ports.note(tx, me.name, "thread.take_over", f"case:{asked}", reason=reason)
            return case

        return await self._done(take)

    async def snooze(self, request: web.Request) -> web.Response:
        """POST …/snooze with `minutes`"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        minutes = number((await fields(request)).get("minutes", ""))
        if not minutes or timedelta(minutes=minutes) > LONGEST_SNOOZE:
            raise Unusable
        until = now + timedelta(minutes=minutes)
        return await self._done(lambda tx: serving.snooze(tx, asked, me, until, now))

    async def wake(self, request: web.Request) -> web.Response:
        """POST …/wake"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        return await self._done(lambda tx: serving.wake(tx, asked, me, now))

    async def close(self, request: web.Request) -> web.Response:
        """POST …/close: the close form"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        form = await fields(request)
        closing = Closing(
            form.get("outcome", ""),
            SOLVED.get(form.get("solved", "")),
            form.get("topic") or None,
            tuple(form.get("labels", "").replace("，", ",").split(",")),
            form.get("follow_up", ""),
        )
        if closing.topic and closing.topic not in {t.id for t in self._library.content.topics}:
            raise Unusable

        def end(tx: Connection) -> Case:
            speaking.refuse_numbers("\n".join((*closing.labels, closing.follow_up)))
            case, token = serving.close(tx, asked, me, closing, now)
            self._say(tx, case, self._farewell(token), now)
            return case

        return await self._done(end)

    async def give_back(self, request: web.Request) -> web.Response:
        """POST …/return: to the bot, without the close form"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)

        def end(tx: Connection) -> Case:
            case, _ = serving.close(tx, asked, me, Closing("answered"), now, kind="returned")
            self._say(tx, case, self._library.reply("agent_closed"), now)
            return case

        return await self._done(end)

    async def reopen(self, request: web.Request) -> web.Response:
        """POST …/reopen"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        return await self._done(lambda tx: serving.reopen(tx, asked, me, self._ports.settings, now))

    # ---- words ----

    async def reply(self, request: web.Request) -> web.Response:
        """POST …/reply with `words` and `seen`; what follows in time goes into the message before it."""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        form = await fields(request)
        words, seen = form.get("words", "").strip(), number(form.get("seen", ""))
        if not words or len(words) > speaking.LONGEST or seen is None:
            raise Unusable
        words = canned.filled(words, self._variables(me, now))
        speaking.refuse_numbers(words)

        def answer(tx: Connection) -> speaking.Sent:
            case, person = cases.take(tx, asked)
            left, settings = speaking.room(tx, person, now).messages, self._ports.settings
            parts, place = self._asking_for_a_word(words, left), None
            if before := before_leaving.unsent(tx, case, me, settings, now):
                joined = self._added(before.words, words, left)
                parts, place = (joined, before.id) if len(joined) == 1 else (parts, None)
            return speaking.reply(
                tx, asked, me, parts, seen=seen, settings=settings, now=now, instead_of=place
            )

        sent = await self._write(answer)
        return web.json_response(
            {"message": sent.first, "undo_s": self._ports.settings.undo.total_seconds(), "left": sent.left}
        )

    async def send_link(self, request: web.Request) -> web.Response:
        """POST …/link with `seen`: the citizen's own one-time link to the proof of identity."""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        seen, link_for = number((await fields(request)).get("seen", "")), self._ports.link_for
        if link_for is None or seen is None:
            raise Unusable

        def send(tx: Connection) -> Case:
            case, _ = cases.take(tx, asked)
            words = self._library.reply("verification_link", link=link_for(tx, case.openid))
            parts, settings = self._ports.fit(Text(words)), self._ports.settings
            speaking.reply(tx, asked, me, parts, seen=seen, settings=settings, now=now)
            self._ports.note(tx, me.name, "case.link_sent", f"case:{asked}")
            return case

        return await self._done(send)

    async def undo(self, request: web.Request) -> web.Response:
        """POST …/undo with `message`"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        message = number((await fields(request)).get("message", ""))
        if message is None:
            raise Unusable

        words = await self._write(lambda tx: before_leaving.take_back(tx, asked, me, message, now))
        return web.json_response({"words": words})

    async def note(self, request: web.Request) -> web.Response:
        """POST …/note with `words` and perhaps `mention`"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        form = await fields(request)
        words, mention = form.get("words", ""), number(form.get("mention", ""))
        return await self._done(lambda tx: speaking.note(tx, asked, me, words, now, mentioned=mention))

    async def draft(self, request: web.Request) -> web.Response:
        """POST …/draft with `words`"""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        words = (await fields(request)).get("words", "")

        def keep(tx: Connection) -> None:
            serving.hold_only(cases.find(tx, asked), me)
            speaking.keep_draft(tx, asked, me, words, now)

        await self._ports.store.write(keep)
        return web.Response(status=204)

    # ---- below the verbs ----

    @property
    def _library(self) -> Library:
        return self._ports.live().library

    def _claimed(self, tx: Connection, asked: int, me: Someone, now: datetime) -> Case:
        return serving.claim(tx, asked, me, self._ports.settings, now)

    def _greeted(self, tx: Connection, me: Someone, case: Case, now: datetime) -> Case:
        """Tell the citizen who is here now, unless that would cost the agent their last messages."""
        self._say(tx, case, self._library.reply("human_connected", agent=me.name), now, keep=GREETING_LEAVES)
        return case

    def _say(self, tx: Connection, case: Case, words: str, now: datetime, keep: int = 0) -> None:
        person = locked_citizen(tx, case.openid)
        speaking.say(tx, person, self._ports.fit(Text(words)), now, keep=keep)

    def _farewell(self, token: str) -> str:
        link = f"{self._ports.public_url}/rate/{token}"
        return f"{self._library.reply('agent_closed')}\n\n{self._library.reply('agent_rate', link=link)}"

    def _asking_for_a_word(self, words: str, left: int) -> Sequence[Saying]:
        """The last message that WeChat lets through asks the citizen to write, so that it can go on."""
        parts = self._ports.fit(Text(words))
        if len(parts) != left:
            return parts
        asking = self._ports.fit(Text(f"{words}\n\n{self._library.reply('agent_go_on')}"))
        return asking if len(asking) == left else parts

    def _added(self, before: str, words: str, left: int) -> Sequence[Saying]:
        """Both in one message, as the last one if it is the last."""
        asked = f"\n\n{self._library.reply('agent_go_on')}"
        return self._asking_for_a_word(f"{before.removesuffix(asked)}\n{words}", left + 1)

    def _variables(self, me: Someone, now: datetime) -> dict[str, str]:
        hours = self._library.hours
        return dict(zip(canned.VARIABLES, (me.name, hours.summary, hours.words(now)), strict=True))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        done = await self._ports.store.write(work)
        self._ports.wake()
        await self._stream.publish_new()
        return done

    async def _done(self, work: Callable[[Connection], Any]) -> web.Response:
        """Done; the number of the case that it is about, if it is about one."""
        done = await self._write(work)
        return web.json_response({"case": done.id if isinstance(done, Case) else None})
