"""The pages of a proof, under /verify/.

`show` always gives the page of the step where the citizen stands, whatever address was asked for;
`submit` takes one answer and leads on with 303. So going back, reloading, a stale tab and a double tap
are harmless.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from verification import challenges, links, words
from verification.asides import Advice, Asides
from verification.cases import Overtaken
from verification.door import address_of, read_form
from verification.engines.challenge import new_challenge
from verification.frame import ROOT, Frame, is_own_form
from verification.journey import Place
from verification.links import Visit
from verification.verifier import ABANDONED, Verifier
from verification.views import VIEWS, tries_left
from verification.way_in import OAuth, WayIn

HERE = Path(__file__).parent


class Pages:
    """The handlers; `routes` is what the house mounts."""

    def __init__(
        self,
        verifier: Verifier,
        *,
        scene_url: Callable[[str], Awaitable[str]],
        advice: Callable[[str], Advice | None],
        front: Path,
        oauth: OAuth | None = None,
    ) -> None:
        """`advice` knows what helps at a scene; `front` holds the front-end libraries; see front.py."""
        self._frame = Frame(verifier)
        self._verifier = verifier
        self._room = verifier.room
        self._house = verifier.room.house
        self._front = front
        self._beside = (WayIn(self._frame, oauth), Asides(self._frame, scene_url, advice))

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything under /verify/."""
        get, post = self._frame.get, self._frame.post
        return [
            *(route for pages in self._beside for route in pages.routes()),
            post("/challenge", self.challenge),
            web.static(f"{ROOT}/static", HERE / "static"),
            *([web.static(f"{ROOT}/front", self._front)] if self._front.is_dir() else []),
            get("/step/{step}", self.show),
            post("/step/{step}", self.submit),
            get("/{anything:.*}", self.show),
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page of the step where the citizen stands."""
        visit = await self._frame.visit(request)
        if visit is None:
            return self._frame.closed("visit_over")
        place = await self._verifier.where(visit.case)
        if place is ABANDONED:
            return self._frame.closed("visit_over")
        if request.match_info.get("step") != place.name:
            raise web.HTTPSeeOther(f"{ROOT}/step/{place.name}")
        return await self._page(visit, place)

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """One answer of the citizen."""
        visit = await self._frame.visit(request)
        if visit is None:
            return self._frame.closed("visit_over")
        fields, files = await read_form(request)
        if not is_own_form(request, visit, fields):
            raise web.HTTPSeeOther(f"{ROOT}/")
        mark, address = fields.get("mark", ""), address_of(request)
        try:
            place = await self._verifier.take_step(visit.case, mark, fields, files, address)
        except Overtaken:
            place = await self._verifier.where(visit.case)
        now = self._house.clock()
        await self._house.write(lambda tx: links.stay(tx, visit.token, now))
        raise web.HTTPSeeOther(f"{ROOT}/step/{place.name}")

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """A new challenge for the camera: what to do, in which order, and the nonce to answer with."""
        visit = await self._frame.visit(request)
        if visit is None or request.headers.get("X-Form-Key") != visit.form_key:
            raise web.HTTPForbidden(text="403")
        asked = new_challenge(self._room.rng, self._house.clock())
        await self._house.write(lambda tx: challenges.ask(tx, visit.case.id, asked))
        steps = [{"action": action.value, "say": words.action(action)} for action in asked.actions]
        return web.json_response({"nonce": asked.nonce, "steps": steps})

    async def _page(self, visit: Visit, place: Place) -> web.Response:
        journey = self._verifier.journey
        page, step = journey.page_at(place.name), journey.steps.get(place.name)
        view = VIEWS.get(page)
        shown = await view(self._room, visit.case, place) if view else {}
        shown |= {
            "title": journey.title_at(place.name),
            "place": place,
            "form_key": visit.form_key,
            "reasons": place.reasons,
            "tries_left": tries_left(place, step),
        }
        return self._frame.rendered(page, shown)
