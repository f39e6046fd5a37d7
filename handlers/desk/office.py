"""Pages around the screen: search, canned replies, the board with its figures, who sits where."""

from aiohttp import web
from sqlalchemy import Connection

from handlers.desk import agents, canned, figures, searching
from handlers.desk.agents import Someone
from handlers.desk.calendar import SET_HOURS
from handlers.desk.exporting import EXPORT
from handlers.desk.ports import Ports
from handlers.desk.reasons import reason_of
from handlers.desk.refusals import Unusable
from handlers.desk.requests import SPANS, days_asked, fields, number, refusing
from handlers.desk.searching import Found
from handlers.desk.serving import ANSWER, SUPERVISE
from handlers.desk.speaking import refuse_numbers
from nlu.entities import PERSONAL, find_entities, mask

FIND_PERSON, SEE_REPORTS = "person.find", "report.see"
MOST_AT_ONCE = 20


class Office:
    """What supervisors and agents do beside the conversations."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def routes(self) -> list[web.AbstractRouteDef]:
        """Each with its own right."""
        require, ports = self._ports.require, self._ports
        return [
            web.get("/desk/search", require(ANSWER)(refusing(ports, self.show_search))),
            web.post("/desk/search", require(ANSWER)(refusing(ports, self.search))),
            web.post("/desk/find", require(FIND_PERSON, fresh=True)(refusing(ports, self.find_person))),
            web.get("/desk/replies", require(ANSWER)(refusing(ports, self.show_replies))),
            web.get("/desk/board", require(SEE_REPORTS)(refusing(ports, self.show_board))),
            web.post("/desk/agents", require(SUPERVISE)(refusing(ports, self.set_agent))),
        ]

    async def show_search(self, request: web.Request) -> web.Response:
        """GET /desk/search"""
        return await self._search_page(request, "", [])

    async def search(self, request: web.Request) -> web.Response:
        """POST /desk/search with `q`: what is sought never stands in an address."""
        me, now = await self._ports.me(request), self._ports.clock()
        sought = (await fields(request)).get("q", "").strip()[:60]
        if any(entity.kind in PERSONAL for entity in find_entities(sought)):
            return await self._search_page(request, mask(sought), [], is_number=True)
        found = await self._ports.store.read(lambda tx: searching.by_words(tx, me, sought, now))
        return await self._search_page(request, sought, found)

    async def find_person(self, request: web.Request) -> web.Response:
        """POST /desk/find with `number` and `reason`: by the blind index; the trail keeps the reason."""
        me, now, form = await self._ports.me(request), self._ports.clock(), await fields(request)
        sought, reason = form.get("number", "").strip()[:40], reason_of(form)
        if not sought:
            raise Unusable

        def find(tx: Connection) -> list[Found]:
            found = searching.by_people(tx, me, self._ports.find_person(tx, sought), now)
            detail = {"cases": [each.case.id for each in found]}
            self._ports.note(tx, me.name, "person.find", "desk", reason=reason, detail=detail)
            return found

        return await self._search_page(request, mask(sought), await self._ports.store.write(find))

    async def show_replies(self, request: web.Request) -> web.Response:
        """GET /desk/replies: the canned replies that one may use and throw away."""
        me = await self._ports.me(request)
        replies = await self._ports.store.read(lambda tx: canned.found(tx, me, limit=500))
        return self._ports.render(
            request, "desk/replies.html", replies=replies, supervises=me.may(SUPERVISE),
            variables=canned.VARIABLES,
        )  # fmt: skip

    async def show_board(self, request: web.Request) -> web.Response:
        """GET /desk/board?days=…"""
        me, now, days = await self._ports.me(request), self._ports.clock(), days_asked(request)
        library = self._ports.live().library
        counted = await figures.count(self._ports.store, now, days)
        there = await self._ports.store.read(agents.everybody)
        return self._ports.render(
            request, "desk/board.html", figures=counted, days=days, spans=SPANS, agents=there, now=now,
            gone_after=self._ports.settings.gone_after, title=library.title,
            hours=library.hours, sets_hours=me.may(SET_HOURS),
            supervises=me.may(SUPERVISE), exports=me.may(EXPORT),
        )  # fmt: skip

    async def set_agent(self, request: web.Request) -> web.Response:
        """POST /desk/agents with `id`, `capacity`, `team`"""
        me, form = await self._ports.me(request), await fields(request)
        agent, capacity = number(form.get("id", "")), number(form.get("capacity", ""))
        team = form.get("team", "").strip()
        if agent is None or capacity is None or capacity > MOST_AT_ONCE or len(team) > 32:
            raise Unusable
        refuse_numbers(team)

        def change(tx: Connection) -> None:
            agents.set_capacity(tx, agent, capacity, team)
            detail = {"capacity": capacity, "team": team}
            self._ports.note(tx, me.name, "desk.agent", f"agent:{agent}", detail=detail)

        await self._ports.store.write(change)
        raise web.HTTPSeeOther("/desk/board")

    async def _search_page(
        self, request: web.Request, sought: str, found: list[Found], *, is_number: bool = False
    ) -> web.Response:
        me: Someone = await self._ports.me(request)
        return self._ports.render(
            request, "desk/search.html", sought=sought, found=found, is_number=is_number,
            finds=me.may(FIND_PERSON),
        )  # fmt: skip
