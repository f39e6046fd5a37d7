"""From the working copy to the citizens: choose changes, rehearse, hand in, review, release."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from faq import records as releases
from faq.editor import candidates, drafts
from faq.editor.addresses import number_of
from faq.editor.candidates import Candidate, Refused
from faq.editor.drafts import Change
from faq.editor.entries import Entry, apart
from faq.editor.fields import Fields
from faq.editor.history_pages import differences
from faq.editor.pictures import pictures_of
from faq.editor.rights import Level, Person, kept_from, reach_of
from faq.editor.running import Rehearsals
from faq.editor.workroom import Workroom, fields_of, number_in
from faq.hours import BEIJING

ON_A_PAGE = 100

Step = Callable[[Connection, int, Fields], str]
"""One step of a candidate: does it and names it for the audit trail."""


class CandidatePages:
    """Everything under /content/changes and /content/candidates."""

    def __init__(self, room: Workroom, rehearsals: Rehearsals) -> None:
        self._room = room
        self._rehearsals = rehearsals

    def routes(self) -> list[web.RouteDef]:
        """Editors hand in, reviewers decide."""
        need = self._room.require
        reads, writes, reviews = need("content.read"), need("content.write"), need("content.review")
        releases, one = need("content.release"), r"/content/candidates/{id:\d{1,9}}"
        return [
            web.get("/content/changes", reads(self.show_changes)),
            web.post("/content/candidates", writes(self.gather)),
            web.get(one, reads(self.show)),
            web.get(f"{one}/progress", reads(self.progress)),
            web.post(f"{one}/rehearse", writes(self.rehearse)),
            web.post(f"{one}/submit", writes(self.submit)),
            web.post(f"{one}/withdraw", writes(self.withdraw)),
            web.post(f"{one}/review", reviews(self.review)),
            web.post(f"{one}/override", releases(self.override)),
            web.post(f"{one}/schedule", releases(self.schedule)),
            web.post(f"{one}/release", releases(self.release)),
        ]

    async def show_changes(self, request: web.Request) -> web.Response:
        """GET /content/changes?page=…"""
        return await self._changes_page(request)

    async def gather(self, request: web.Request) -> web.Response:
        """POST /content/candidates: freeze the ticked changes, or all of them, and rehearse them."""
        room, fields = self._room, await fields_of(request)
        author, now, ticked = room.author(request), room.clock(), set(fields.all("keys"))
        note, person = fields.text("note")[:500], room.who(request)
        wants_all = fields.text("which") == "all"

        def work(tx: Connection) -> int:
            live = drafts.live_content(tx)
            reach = reach_of(tx, person)
            chosen = [
                change
                for change in drafts.changes(tx, live[1])
                if (wants_all or change.key in ticked) and reach.may_edit(change.revision.category)
            ]
            id_, _ = candidates.gather(tx, chosen, live, note=note, author=author, at=now)
            room.note(tx, author.name, "content.gather", f"candidate:{id_}", detail={"changes": len(chosen)})
            return id_

        try:
            id_ = await room.store.write(work)
        except Refused as refused:
            return await self._changes_page(request, refused.code, 422)
        self._rehearsals.begin(id_)
        raise web.HTTPSeeOther(f"/content/candidates/{id_}")

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/candidates/{id}"""
        return await self._page(request)

    async def progress(self, request: web.Request) -> web.Response:
        """GET …/progress: for the bar."""
        stage = self._rehearsals.stage(number_in(request, "id"))
        return web.json_response(
            {"percent": stage.percent if stage else 100, "done": stage is None or stage.failed}
        )

    async def rehearse(self, request: web.Request) -> web.Response:
        """POST …/rehearse: once more, after the process was stopped or test questions were added."""
        id_, person = number_in(request, "id"), self._room.who(request)

        def ask(tx: Connection) -> Candidate:
            _refuse_outside(tx, id_, person, "editor")
            return candidates.candidate(tx, id_)

        try:
            found = await self._room.store.read(ask)
        except Refused as refused:
            return await self._page(request, refused.code, 409)
        if found.state in ("rehearsing", "rehearsed"):
            self._rehearsals.begin(id_)
        raise web.HTTPSeeOther(f"/content/candidates/{id_}")

    async def submit(self, request: web.Request) -> web.Response:
        """POST …/submit"""

        def step(tx: Connection, id_: int, fields: Fields) -> str:
            candidates.submit(tx, id_, note=fields.text("note")[:500])
            return "content.submit"

        return await self._take(request, step, as_="editor")

    async def withdraw(self, request: web.Request) -> web.Response:
        """POST …/withdraw"""

        def step(tx: Connection, id_: int, _fields: Fields) -> str:
            candidates.withdraw(tx, id_)
            return "content.withdraw"

        return await self._take(request, step, as_="editor")

    async def review(self, request: web.Request) -> web.Response:
        """POST …/review"""
        author, now = self._room.author(request), self._room.clock()

        def step(tx: Connection, id_: int, fields: Fields) -> str:
            approves, note = fields.text("verdict") == "approve", fields.text("note")[:500]
            candidates.review(tx, id_, author, approves=approves, note=note, at=now)
            return "content.approve" if approves else "content.reject"

        return await self._take(request, step)

    async def override(self, request: web.Request) -> web.Response:
        """POST …/override: past the gate, in one's own name."""
        author = self._room.author(request)

        def step(tx: Connection, id_: int, fields: Fields) -> str:
            candidates.override(tx, id_, author, reason=fields.text("reason")[:500])
            return "content.override"

        return await self._take(request, step)

    async def schedule(self, request: web.Request) -> web.Response:
        """POST …/schedule: a Beijing time, or nothing to take it back."""

        def step(tx: Connection, id_: int, fields: Fields) -> str:
            candidates.schedule(tx, id_, _moment(fields.text("not_before")))
            return "content.schedule"

        return await self._take(request, step)

    async def release(self, request: web.Request) -> web.Response:
        """POST …/release"""
        author, now = self._room.author(request), self._room.clock()

        def step(tx: Connection, id_: int, _fields: Fields) -> str:
            candidates.release(tx, id_, author, now)
            return "content.release"

        return await self._take(request, step, onwards="/content/releases?done=released")

    async def _take(
        self, request: web.Request, step: Step, *, as_: Level = "reviewer", onwards: str = ""
    ) -> web.Response:
        room, id_, fields = self._room, number_in(request, "id"), await fields_of(request)
        person, actor = room.who(request), room.author(request).name
        reason = fields.text("reason") or fields.text("note")

        def work(tx: Connection) -> str:
            _refuse_outside(tx, id_, person, as_)
            act = step(tx, id_, fields)
            room.note(tx, actor, act, f"candidate:{id_}", reason=reason[:200])
            return act.removeprefix("content.")

        try:
            done = await room.store.write(work)
        except Refused as refused:
            return await self._page(request, refused.code, 409)
        except IntegrityError:
            return await self._page(request, "base_moved", 409)
        if onwards:
            room.went_live()
        raise web.HTTPSeeOther(onwards or f"/content/candidates/{id_}?done={done}")

    async def _changes_page(self, request: web.Request, refused: str = "", status: int = 200) -> web.Response:
        person = self._room.who(request)

        def ask(tx: Connection) -> tuple[list[Change], list[Candidate]]:
            reach, changed = reach_of(tx, person), drafts.changes(tx, drafts.live_content(tx)[1])
            seen = [change for change in changed if reach.may_see(change.revision.category)]
            return seen, candidates.recent(tx)

        changed, recent = await self._room.store.read(ask)
        pages = max(1, -(-len(changed) // ON_A_PAGE))
        number = min(max(1, number_of(request.query.get("page", "1"))), pages)
        here = changed[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
        return self._room.page(
            request,
            "changes",
            status=status,
            tab="changes",
            changes=[(change, differences(change.before, change.after)) for change in here],
            count=len(changed),
            number=number,
            pages=pages,
            recent=recent,
            refused=refused,
        )

    async def _page(self, request: web.Request, refused: str = "", status: int = 200) -> web.Response:
        room, id_, person = self._room, number_in(request, "id"), self._room.who(request)

        def ask(tx: Connection) -> tuple[Candidate, list[tuple[Entry | None, Entry | None]], int | None]:
            found = candidates.candidate(tx, id_)
            base = releases.release(tx, found.base)
            before = apart(base.content) if base else {}
            after = apart(candidates.content_of(tx, id_))
            pairs = [(before.get(key), after.get(key)) for key in found.revisions]
            return found, pairs, releases.live_number(tx)

        stage = self._rehearsals.stage(id_)  # first: a rehearsal that ends meanwhile leaves its report
        try:
            found, pairs, live = await room.store.read(ask)
        except Refused:
            raise web.HTTPNotFound from None
        reach = await room.reach(request)
        new = (entry for pair in pairs for entry in pair if entry)
        entries = [*apart(room.live().library.content).values(), *new]
        shown = [pair for pair in pairs if reach.sees(*pair)]
        return room.page(
            request,
            "candidate",
            status=status,
            tab="changes",
            candidate=found,
            report=found.report.without(kept_from(reach, entries)) if found.report else None,
            stage=stage,
            pairs=[(was, is_now, differences(was, is_now)) for was, is_now in shown],
            hidden=len(pairs) - len(shown),
            pictures={is_now.key: list(dict.fromkeys(pictures_of(is_now))) for _, is_now in shown if is_now},
            live=live,
            titles={topic.id: topic.title for topic in room.live().library.content.topics}
            | {
                entry.key.partition(":")[2]: entry.title
                for _, entry in pairs
                if entry and entry.kind == "topic"
            },
            is_own=person.id in found.authors,
            refused=refused,
        )


def _refuse_outside(tx: Connection, id_: int, person: Person, level: Level) -> None:
    """Only whoever may do this in every category that a candidate touches may do it with the candidate."""
    reach = reach_of(tx, person)
    if reach.is_whole:
        return
    may = reach.may_review if level == "reviewer" else reach.may_edit
    if not all(may(entry.category) for entry in _frozen(tx, id_)):
        raise Refused("not_your_category")


def _frozen(tx: Connection, id_: int) -> list[Entry]:
    """The entries that a candidate would change."""
    found = candidates.candidate(tx, id_)
    base = releases.release(tx, found.base)
    before = apart(base.content) if base else {}
    after = apart(candidates.content_of(tx, id_))
    both = [entry for key in found.revisions for entry in (before.get(key), after.get(key))]
    return [entry for entry in both if entry is not None]


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    except ValueError:
        raise Refused("no_time") from None
