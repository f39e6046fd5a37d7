"""Try it: the live bot and the draft side by side, on the very path of citizens, with the reasons."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from faq.content_models import Content
from faq.editor import drafts
from faq.editor.entries import together
from faq.editor.preview import Sent
from faq.editor.rehearsal import Listens
from faq.editor.workroom import Answers, Workroom, fields_of
from faq.library import Library
from nlu.entities import PERSONAL
from nlu.understanding import Entity, Guess, Understanding

LONGEST = 600
SHOWN_GUESSES = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """What one ear made of the words, and what would be sent."""

    understood: Understanding
    messages: Sequence[Sent]
    titles: dict[str, str]

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """The topics that came nearest."""
        return self.understood.guesses[:SHOWN_GUESSES]

    @property
    def named(self) -> list[Entity]:
        """What was named in the words, without numbers of people."""
        return [entity for entity in self.understood.entities if entity.kind not in PERSONAL]

    @property
    def numbers(self) -> int:
        """How many numbers of people were found, and would be covered."""
        return len(self.understood.entities) - len(self.named)

    def says_the_same(self, other: "Tried") -> bool:
        """Whether a citizen would see the same."""
        return self.messages == other.messages


class TryPages:
    """/content/try: by GET for a link (masked words), by POST for what was typed, which no log may hold."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self._one_lesson_at_a_time = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Whoever may read may try."""
        reads = self._room.require("content.read")
        return [web.get("/content/try", reads(self.show)), web.post("/content/try", reads(self.ask))]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/try?words=…"""
        return await self._page(request, request.query.get("words", ""), with_draft=False)

    async def ask(self, request: web.Request) -> web.Response:
        """POST /content/try"""
        fields = await fields_of(request)
        return await self._page(request, fields.text("words"), with_draft=bool(fields.text("draft")))

    async def _page(self, request: web.Request, words: str, *, with_draft: bool) -> web.Response:
        room, words = self._room, words.strip()[:LONGEST]
        live, changed = room.live(), await room.store.read(_draft)
        now = draft = None
        if words:
            now = await room.in_worker(self._try, live.library, live.ear, words)
            if changed is not None and with_draft:
                draft = await self._of_draft(changed, live, words)
        return room.page(
            request,
            "try",
            tab="try",
            words=words,
            now=now,
            draft=draft,
            has_draft=changed is not None,
            with_draft=with_draft,
            number=live.library.number,
        )

    async def _of_draft(self, content: Content, live: Answers, words: str) -> Tried:
        """The draft's ear is known after a rehearsal, or when only answers changed; else it is learnt now."""
        library = Library(content)
        lessons, ear = library.training(), live.ear
        if lessons != live.library.training():
            async with self._one_lesson_at_a_time:
                ear = await self._room.in_worker(self._room.train, lessons)
        return await self._room.in_worker(self._try, library, ear, words)

    def _try(self, library: Library, ear: Listens, words: str) -> Tried:
        understood = ear.understand(words)
        messages = self._room.would_send(library, words, None, understood)
        return Tried(understood, messages, {topic.id: topic.title for topic in library.content.topics})


def _draft(tx: Connection) -> Content | None:
    """The working copy; None when it is what is live."""
    _, live = drafts.live_content(tx)
    return together(drafts.working(tx, live)) if drafts.changes(tx, live) else None
