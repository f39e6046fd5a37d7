"""Who may work where, the tokens of other programs, and the live content that these may read."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import Connection

from faq import records as releases
from faq.editor import tokens
from faq.editor.addresses import categories_of
from faq.editor.rights import RANK, Person, all_rights, set_right
from faq.editor.tokens import NOTE_USE_EVERY, Token
from faq.editor.workroom import Workroom, fields_of, number_in, refuse_unless

LONGEST_TOKEN = 100


class AccessPages:
    """Everything under /content/access, and /api/content."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Changing rights and tokens needs the right to release, in every category."""
        reads, manages = self._room.require("content.read"), self._room.require("content.release")
        return [
            web.get("/content/access", reads(self.show)),
            web.post("/content/access/right", manages(self.set_right)),
            web.post("/content/access/token", manages(self.make_token)),
            web.post(r"/content/access/token/{id:\d{1,9}}/end", manages(self.end_token)),
            web.get("/api/content", self.read_live),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/access"""
        return await self._page(request)

    async def set_right(self, request: web.Request) -> web.Response:
        """POST …/right: one person, one category, one level; "" takes the row away."""
        fields, room = await fields_of(request), self._room
        staff_id, category, level = fields.number("staff"), fields.text("category"), fields.text("level")
        if level not in ("", *RANK) or category not in categories_of(await room.working()):
            raise web.HTTPBadRequest
        if staff_id == room.who(request).id:
            return await self._page(request, refused="own_rights", status=409)
        await self._refuse_narrowed(request)
        author, now = room.author(request), room.clock()

        def work(tx: Connection) -> None:
            set_right(tx, staff_id, category, level, by=author, at=now)
            detail = {"category": category, "level": level}
            room.note(tx, author.name, "content.right", f"staff:{staff_id}", detail=detail)

        await room.store.write(work)
        raise web.HTTPSeeOther("/content/access?done=rights")

    async def make_token(self, request: web.Request) -> web.Response:
        """POST …/token: it is shown once, on this answer."""
        fields, room = await fields_of(request), self._room
        name, author, now = fields.text("name"), room.author(request), room.clock()
        if not name:
            return await self._page(request, refused="empty", status=422)
        await self._refuse_narrowed(request)

        def work(tx: Connection) -> str:
            made = tokens.make(tx, name, by=author, at=now)
            room.note(tx, author.name, "content.token", "token", detail={"name": name})
            return made

        return await self._page(request, secret=await room.store.write(work))

    async def end_token(self, request: web.Request) -> web.Response:
        """POST …/token/{id}/end"""
        id_, room = number_in(request, "id"), self._room
        await self._refuse_narrowed(request)
        actor, now = room.author(request).name, room.clock()

        def work(tx: Connection) -> None:
            tokens.end(tx, id_, now)
            room.note(tx, actor, "content.token_end", f"token:{id_}")

        await room.store.write(work)
        raise web.HTTPSeeOther("/content/access?done=token")

    async def read_live(self, request: web.Request) -> web.Response:
        """GET /api/content with "Authorization: Bearer …": the live release; 304 when it is known."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        token = None
        if kind.lower() == "bearer" and 0 < len(secret) <= LONGEST_TOKEN:
            token = await self._room.store.read(lambda tx: tokens.known(tx, secret))
        if token is None:
            return web.json_response({"error": "token"}, status=401, headers={"WWW-Authenticate": "Bearer"})
        await self._note_use(token)
        found = await self._room.store.read(_live_text)
        if found is None:
            return web.json_response({"error": "no release"}, status=404)
        number, fingerprint, content = found
        etag = f'"{number}-{fingerprint[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        text = f'{{"release":{number},"content":{content}}}'
        return web.Response(text=text, content_type="application/json", headers={"ETag": etag})

    async def _refuse_narrowed(self, request: web.Request) -> None:
        """Whoever is kept to some categories must not let themselves, or a program, out of them."""
        refuse_unless((await self._room.reach(request)).is_whole)

    async def _note_use(self, token: Token) -> None:
        now = self._room.clock()
        if token.used_at is None or now - token.used_at > NOTE_USE_EVERY:
            await self._room.store.write(lambda tx: tokens.note_use(tx, token, now))

    async def _page(
        self, request: web.Request, *, secret: str = "", refused: str = "", status: int = 200
    ) -> web.Response:
        room = self._room
        may_manage = room.who(request).may("content.release") and (await room.reach(request)).is_whole

        def ask(tx: Connection) -> tuple[Sequence[Person], dict[int, dict[str, str]], list[Token]]:
            people = [person for person in room.people(tx) if person.may("content.read")]
            return people, all_rights(tx), tokens.every(tx) if may_manage else []

        people, rights, every = await room.store.read(ask)
        return room.page(
            request,
            "access",
            status=status,
            tab="access",
            people=people,
            rights=rights,
            may_manage=may_manage,
            me=room.who(request).id,
            tokens=every,
            secret=secret,
            refused=refused,
            categories=categories_of(await room.working()),
        )


def _live_text(tx: Connection) -> tuple[int, str, str] | None:
    """Number, fingerprint and content of the live release, as it is kept."""
    found = releases.live_release(tx)
    return (found.number, found.fingerprint, found.content.to_json()) if found else None
