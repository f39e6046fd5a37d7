"""The unanswered inbox as a page: one click makes a similar question, a negative, an entry or a test."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web
from pydantic import ValidationError
from sqlalchemy import Connection

from faq.content_models import Topic
from faq.editor import drafts, inbox, testing
from faq.editor.addresses import number_of, titles_of
from faq.editor.entries import Entry, entry_of
from faq.editor.fields import Fields
from faq.editor.grouping import Meanings, grouped
from faq.editor.inbox import DAYS, Asked, Group
from faq.editor.regression_pages import NOBODY
from faq.editor.rights import kept_from
from faq.editor.saving import write_revision
from faq.editor.workroom import Workroom, fields_of, refuse_unless

ON_A_PAGE = 20
LONGEST = 200
LISTS: Mapping[str, str] = {"question": "questions", "negative": "negatives"}
ACTS = (*LISTS, "test", "entry", "dismiss")


class CannotAdd(ValueError):
    """What was ticked cannot be added; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class InboxPages:
    """Everything under /content/inbox."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self._meanings = Meanings(room.reads)

    def routes(self) -> list[web.RouteDef]:
        """Deciding needs the right to write, and so does reading what others talked about."""
        reads, writes = self._room.require("content.read"), self._room.require("content.write")
        return [
            web.get("/content/inbox", reads(self.show)),
            web.post("/content/inbox", writes(self.decide)),
            web.get(r"/content/inbox/talk/{name:[0-9a-f]{16}}", writes(self.show_talk)),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/inbox?q=…&why=…&page=…"""
        return await self._page(request)

    async def show_talk(self, request: web.Request) -> web.Response:
        """GET …/talk/{name}: the masked conversation around a question of the inbox; the look is noted."""
        room, name = self._room, request.match_info["name"]
        groups = await self._groups(request)
        found = ((group, one) for group in groups for one in group.asked if one.name == name)
        group, asked = next(found, (None, None))
        if group is None or asked is None:
            raise web.HTTPNotFound
        talk = await room.store.read(lambda tx: room.talk(tx, asked.thread))
        actor = room.author(request).name
        await room.store.write(lambda tx: room.note(tx, actor, "content.talk", f"question:{name}"))
        titles = titles_of(await room.working(), "topic")
        return room.page(request, "talk", tab="inbox", group=group, talk=talk, titles=titles)

    async def decide(self, request: web.Request) -> web.Response:
        """POST /content/inbox: what becomes of the ticked wordings of one group."""
        fields, room = await fields_of(request), self._room
        act, topic, ticked = fields.text("act"), fields.text("topic"), _ticked(fields)
        if act not in ACTS:
            raise web.HTTPBadRequest
        try:
            await self._do(request, act, topic, ticked)
        except CannotAdd as cannot:
            return await self._page(request, refused=cannot.code, status=422)
        author, now = room.author(request), room.clock()
        every = fields.all("all_words") if act == "dismiss" else ticked

        def work(tx: Connection) -> None:
            inbox.decide(tx, every, act, note=topic, by=author, at=now)
            room.note(tx, author.name, f"content.inbox_{act}", topic or "inbox", detail={"count": len(every)})

        await room.store.write(work)
        raise web.HTTPSeeOther("/content/inbox?done=decided")

    async def _do(self, request: web.Request, act: str, topic: str, ticked: Sequence[str]) -> None:
        if act == "dismiss":
            return
        if not ticked:
            raise CannotAdd("choose")
        match act:
            case "entry":
                raise web.HTTPSeeOther(f"/content/new/topic?{urlencode([('words', one) for one in ticked])}")
            case "test":
                await self._add_tests(request, topic, ticked)
            case _:
                await self._add_to(request, topic, LISTS[act], ticked)

    async def _add_to(self, request: web.Request, topic: str, field: str, words: Sequence[str]) -> None:
        """One more revision of a topic, with the words among its questions or negatives."""
        key, room = f"topic:{topic}", self._room
        entry = (await room.working()).get(key)
        if entry is None:
            raise CannotAdd("choose")
        refuse_unless((await room.reach(request)).may_edit(entry.category))
        newest = await room.store.read(lambda tx: drafts.newest(tx, key))
        more = _with(entry, field, words)
        try:
            await write_revision(room, request, more, newest.n if newest else 0, "来自未答问题")
        except drafts.ChangedMeanwhile:
            raise web.HTTPSeeOther("/content/inbox?done=changed_meanwhile") from None

    async def _add_tests(self, request: web.Request, topic: str, words: Sequence[str]) -> None:
        if topic not in (NOBODY, *titles_of(await self._room.working(), "topic")):
            raise CannotAdd("choose")
        author, now = self._room.author(request), self._room.clock()

        def work(tx: Connection) -> None:
            for one in words:
                expected = None if topic == NOBODY else topic
                testing.keep(tx, one, expected, source="inbox", by=author, at=now)

        await self._room.store.write(work)

    async def _groups(self, request: web.Request) -> list[Group]:
        """The groups that the person may see: none whose topic lies in a category that is kept from them."""
        room, now = self._room, self._room.clock()
        hidden = kept_from(await room.reach(request), (await room.working()).values())

        def ask(tx: Connection) -> list[Asked]:
            found = room.asked(tx, now - timedelta(days=DAYS))
            seen = [one for one in found if one.topic not in hidden]
            return inbox.still_open(seen, inbox.decided(tx))

        asked = await room.store.read(ask)
        return await room.in_worker(grouped, asked, today=room.today, meanings=self._meanings)

    async def _page(self, request: web.Request, *, refused: str = "", status: int = 200) -> web.Response:
        room, query = self._room, request.query
        words, why = query.get("q", "").strip()[:80], query.get("why", "")
        found = [group for group in await self._groups(request) if _fits(group, words, why)]
        number = max(1, number_of(query.get("page", "1")))
        return room.page(
            request,
            "inbox",
            status=status,
            refused=refused,
            tab="inbox",
            groups=found[(number - 1) * ON_A_PAGE : number * ON_A_PAGE],
            count=len(found),
            asked=sum(group.count for group in found),
            number=number,
            pages=max(1, -(-len(found) // ON_A_PAGE)),
            words=words,
            why=why,
            titles=titles_of(await room.working(), "topic"),
        )


def _ticked(fields: Fields) -> list[str]:
    return [words for one in fields.all("words") if (words := one.strip())]


def _fits(group: Group, words: str, why: str) -> bool:
    return any(words in one.words for one in group.asked) and (
        not why or any(one.why == why for one in group.asked)
    )


def _with(entry: Entry, field: str, words: Sequence[str]) -> Entry:
    body = entry.data
    lines = list(dict.fromkeys([*(body[field] or []), *(one[:LONGEST] for one in words)]))
    try:
        topic = Topic.model_validate_json(json.dumps({**body, field: lines}, ensure_ascii=False))
    except ValidationError:
        raise CannotAdd("too_long") from None
    return entry_of(entry.key, topic, entry.category)
