"""The page on which one entry is written: a plain form, a preview, and a merge when two wrote at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from aiohttp import web

from faq.content_models import ALL_CHANNELS
from faq.editor import drafts, inbox, presence
from faq.editor.addresses import categories_of, key_in, shelf_of, titles_of
from faq.editor.drafts import ChangedMeanwhile, Revision
from faq.editor.drawing import drawing
from faq.editor.entries import SINGLE, Entry, Kind, Lenient, kind_of, lenient
from faq.editor.forms import read_form
from faq.editor.judging import Judged, judge
from faq.editor.merging import Merged, compare, merge, result_of
from faq.editor.occasions import called
from faq.editor.preview import Shown, every_phone
from faq.editor.saving import write_revision
from faq.editor.workroom import Workroom, fields_of, refuse_unless
from faq.findings import Finding
from faq.reply_keys import SENTENCES

CREATABLE: tuple[Kind, ...] = ("topic", "guide", "elsewhere")
LASTING: tuple[Kind, ...] = (*SINGLE, "sentence")
"""What the bot cannot do without: it may be worded, not deleted."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form: the values, and what is to be said about them.

    `seen` is the revision that they start from; None takes the newest. `asked` are the questions of the
    inbox that a new entry is written for.
    """

    data: Mapping[str, Any]
    category: str
    findings: Sequence[Finding] = ()
    seen: int | None = None
    merged: Sequence[Merged] = ()
    theirs: Revision | None = None
    asked: Sequence[str] = ()


class EntryPages:
    """A save is a new revision on top of the one that was seen."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Everything under /content/entry and /content/new."""
        reads, writes = self._room.require("content.read"), self._room.require("content.write")
        return [
            web.get("/content/new/{kind}", writes(self.show_new)),
            web.post("/content/new/{kind}", writes(self.create)),
            web.get("/content/entry/{key}", reads(self.show)),
            web.post("/content/entry/{key}", writes(self.save)),
            web.post("/content/entry/{key}/preview", writes(self.preview)),
            web.post("/content/entry/{key}/present", writes(self.present)),
            web.post("/content/entry/{key}/delete", writes(self.delete)),
        ]

    async def show_new(self, request: web.Request) -> web.Response:
        """GET /content/new/{kind}?words=…: an empty form, perhaps with questions of the inbox in it."""
        asked = [words.strip()[:200] for words in request.query.getall("words", []) if words.strip()]
        data: dict[str, Any] = {"title": asked[0][:20], "questions": asked} if asked else {}
        written = Written(data, request.query.get("category", ""), asked=asked)
        return await self._form(request, f"{_creatable(request)}:", written)

    async def create(self, request: web.Request) -> web.Response:
        """POST /content/new/{kind}"""
        kind, fields, working = _creatable(request), await fields_of(request), await self._room.working()
        name = fields.text("id") or _free_name(kind, working)
        key = f"{kind}:{name}"
        if key in working:
            finding = Finding("twice_id", values={"id": name, "elsewhere": "另一条"})
            body, asked = read_form(kind, name, fields), fields.all("asked")
            written = Written(body, fields.text("category"), (finding,), asked=asked)
            return await self._form(request, f"{kind}:", written, status=422)
        author, now, asked = self._room.author(request), self._room.clock(), fields.all("asked")
        try:
            return await self._save(request, key, shown_as=f"{kind}:")
        except web.HTTPSeeOther:
            await self._room.store.write(
                lambda tx: inbox.decide(tx, asked, "entry", note=key, by=author, at=now)
            )
            raise

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/entry/{key}"""
        key = key_in(request)
        working = await self._room.working()
        entry = working.get(key)
        if entry is None:
            raise web.HTTPNotFound
        return await self._form(request, key, Written(entry.data, entry.category))

    async def save(self, request: web.Request) -> web.Response:
        """POST /content/entry/{key}"""
        key, room = key_in(request), self._room
        if key not in await room.working() and not await room.store.read(lambda tx: drafts.newest(tx, key)):
            raise web.HTTPNotFound  # a deleted one goes on: whoever still writes it must not lose the words
        return await self._save(request, key, shown_as=key)

    async def preview(self, request: web.Request) -> web.Response:
        """POST …/preview: what the phone would show for the words in the form; nothing is kept."""
        key, fields = key_in(request), await fields_of(request)
        kind, name = kind_of(key), key.partition(":")[2] or fields.text("id") or "new_entry"
        key = key if kind in SINGLE else f"{kind}:{name}"
        data, working = read_form(kind, name, fields), await self._room.working()
        judged = await self._judge(key, data, fields.text("category") or "new", working)
        return self._room.page(
            request,
            "preview",
            key=key,
            tab=shelf_of(key),
            shown=await self._room.in_worker(self._phones, key, judged),
            findings=judged.findings,
            map=drawing(data) if kind == "guide" and judged.entry else None,
        )

    async def present(self, request: web.Request) -> web.Response:
        """POST …/present: somebody has the page open; who else does comes back."""
        key, who, now = key_in(request), self._room.author(request), self._room.clock()
        others = await self._room.store.write(lambda tx: presence.arrive(tx, key, who, now))
        return web.json_response({"others": others})

    async def delete(self, request: web.Request) -> web.Response:
        """POST …/delete: one more revision, in which the entry is gone."""
        key, fields = key_in(request), await fields_of(request)
        entry = (await self._room.working()).get(key)
        if entry is None or entry.kind in LASTING:
            raise web.HTTPNotFound
        refuse_unless((await self._room.reach(request)).may_edit(entry.category))
        try:
            seen, note = fields.number("seen"), fields.text("note")
            await write_revision(self._room, request, entry, seen, note, deleted=True)
        except ChangedMeanwhile:
            raise web.HTTPSeeOther(f"/content/entry/{key}?done=changed_meanwhile") from None
        raise web.HTTPSeeOther("/content?done=deleted")

    async def _save(self, request: web.Request, key: str, *, shown_as: str) -> web.Response:
        room, fields = self._room, await fields_of(request)
        kind, working = kind_of(key), await room.working()
        was, category = working.get(key), fields.text("category") if kind == "topic" else ""
        reach = await room.reach(request)
        refuse_unless(reach.may_edit(category) and (was is None or reach.may_edit(was.category)))
        data = read_form(kind, key.partition(":")[2], fields)
        judged = await self._judge(key, data, category, working)
        if judged.entry is None or (kind == "topic" and category not in categories_of(working)):
            written = Written(
                data, category, judged.findings, fields.number("seen"), asked=fields.all("asked")
            )
            return await self._form(request, shown_as, written, status=422)
        try:
            await write_revision(room, request, judged.entry, fields.number("seen"), fields.text("note"))
        except ChangedMeanwhile as meanwhile:
            return await self._form(request, key, _joined(judged.entry, meanwhile), status=409)
        raise web.HTTPSeeOther(f"/content/entry/{key}?done=saved")

    async def _form(
        self, request: web.Request, key: str, written: Written, *, status: int = 200
    ) -> web.Response:
        room, kind, name = self._room, kind_of(key), key.partition(":")[2]
        reach, working = await room.reach(request), await room.working()
        refuse_unless(reach.may_see(written.category))
        is_new, may_edit = key.endswith(":"), reach.may_edit(written.category)
        newest = await room.store.read(lambda tx: drafts.newest(tx, key))
        judged = await self._judge(f"{key}new" if is_new else key, written.data, written.category, working)
        categories = categories_of(working)
        return room.page(
            request,
            "entry",
            status=status,
            tab=shelf_of(key),
            key=key,
            kind=kind,
            name=name,
            called=called,
            is_new=is_new,
            written=written,
            findings=written.findings if is_new else judged.findings,
            data=lenient(json.dumps(written.data)),
            blank=Lenient(),
            seen=written.seen if written.seen is not None else newest.n if newest else 0,
            newest=newest,
            merged=[
                (one, compare(one.base, one.theirs), compare(one.base, one.mine)) for one in written.merged
            ],
            may_edit=may_edit and room.who(request).may("content.write"),
            may_delete=kind not in LASTING and not is_new,
            others=await self._others(request, key) if may_edit and not is_new else [],
            categories=categories,
            open_categories={slug: named for slug, named in categories.items() if reach.may_edit(slug)},
            topics=titles_of(working, "topic"),
            guides=titles_of(working, "guide"),
            channels=ALL_CHANNELS,
            pictures=sorted(await room.pictures()),
            variables=SENTENCES.get(name, "").replace("!", "").split() if kind == "sentence" else [],
            shown=await room.in_worker(self._phones, f"{key}new" if is_new else key, judged),
            map=drawing(written.data) if kind == "guide" and judged.entry else None,
        )

    async def _judge(
        self, key: str, data: Mapping[str, Any], category: str, working: Mapping[str, Entry]
    ) -> Judged:
        there = await self._room.pictures()
        return await self._room.in_worker(judge, key, data, category, working, self._room.today, there)

    async def _others(self, request: web.Request, key: str) -> list[str]:
        who, now = self._room.author(request), self._room.clock()
        return await self._room.store.write(lambda tx: presence.arrive(tx, key, who, now))

    def _phones(self, key: str, judged: Judged) -> Sequence[Shown]:
        """What the bot would send for a tap on the entry; nothing while its words do not fit."""
        if judged.content is None or kind_of(key) not in ("topic", "guide"):
            return []
        would_send = self._room.would_send
        return every_phone(judged.content, key, lambda library, tapped: would_send(library, "", tapped, None))


def _joined(mine: Entry, meanwhile: ChangedMeanwhile) -> Written:
    """Somebody was faster: what can be joined goes into the form, and saving again is on top of theirs."""
    theirs = meanwhile.newest
    if theirs.entry is None:
        return Written(mine.data, mine.category, (), theirs.n, theirs=theirs)
    base = meanwhile.base.entry.data if meanwhile.base and meanwhile.base.entry else {}
    merged = merge(base, theirs.entry.data, mine.data)
    data = result_of(mine.data, merged)
    return Written(data, mine.category, (), theirs.n, merged, theirs)


def _free_name(kind: Kind, working: Mapping[str, Entry]) -> str:
    """A name for whoever gives none: topic_1, topic_2, …"""
    return next(name for n in count(1) if f"{kind}:{(name := f'{kind}_{n}')}" not in working)


def _creatable(request: web.Request) -> Kind:
    kind = request.match_info["kind"]
    if kind not in CREATABLE:
        raise web.HTTPNotFound
    return kind_of(f"{kind}:")
