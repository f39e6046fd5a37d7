"""Manual reviews of identity proofs as work items: look with a reason, decide with a reason, once.

A picture is shown for thirty seconds, marked with the looker's name, and noted in the trail. Where a second
look is configured, a decision is a proposal until another colleague confirms it.
"""

import base64
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from handlers.desk.agents import Someone
from handlers.desk.ports import Ports
from handlers.desk.reasons import reason_of
from handlers.desk.refusals import Moved, NoSuchCase, SecondEyes, Unusable
from handlers.desk.requests import case_id, fields, refusing
from verification import reviews
from verification.cases import Overtaken
from verification.evidence import Piece
from verification.provided import Provided
from verification.reviews import OwnProposal, Review

DECIDE, SEE_EVIDENCE = "case.decide", "case.evidence"
SHOWN_S = 30


class Reviews:
    """Under /desk/reviews; `proofs` is the verification room's house."""

    def __init__(self, ports: Ports, proofs: Provided) -> None:
        self._ports = ports
        self._proofs = proofs

    def routes(self) -> list[web.AbstractRouteDef]:
        """Deciding and looking at pictures each want their right and a fresh password."""
        require, ports = self._ports.require, self._ports
        look = require(SEE_EVIDENCE, fresh=True)(refusing(ports, self.look))
        decide = require(DECIDE, fresh=True)(refusing(ports, self.decide))
        second = require(DECIDE, fresh=True)(refusing(ports, self.second))
        return [
            web.get("/desk/reviews", require(DECIDE)(refusing(ports, self.show_all))),
            web.get("/desk/reviews/{id}", require(DECIDE)(refusing(ports, self.show))),
            web.post("/desk/reviews/{id}/picture", look),
            web.post("/desk/reviews/{id}/decide", decide),
            web.post("/desk/reviews/{id}/second", second),
        ]

    async def show_all(self, request: web.Request) -> web.Response:
        """GET /desk/reviews: what waits, oldest first."""
        me, waiting = await self._ports.me(request), await self._ports.store.read(reviews.open_reviews)
        return self._ports.render(
            request, "desk/reviews.html", waiting=waiting, now=self._ports.clock(), me=me
        )

    async def show(self, request: web.Request) -> web.Response:
        """GET /desk/reviews/{id}"""
        me, review = await self._ports.me(request), await self._open_one(case_id(request))
        return self._page(request, me, review)

    async def look(self, request: web.Request) -> web.Response:
        """POST …/picture with `picture` and `reason`: the page once more, with the picture on it."""
        me, asked, form = await self._ports.me(request), case_id(request), await fields(request)
        reason, picture = reason_of(form), form.get("picture", "")

        def open_picture(tx: Connection) -> Piece | None:
            piece = reviews.picture_for_review(tx, asked, picture, self._proofs, by=me.name)
            if piece is not None:
                self._ports.note(tx, me.name, "review.picture", f"review:{asked}", reason=reason)
            return piece

        review = await self._open_one(asked)
        piece = await self._ports.store.write(open_picture)
        if piece is None:
            raise NoSuchCase
        data = base64.b64encode(piece.content).decode()
        page = self._page(request, me, review, picture=f"data:{piece.media_type};base64,{data}")
        page.headers["Refresh"] = f"{SHOWN_S};url=/desk/reviews/{asked}"
        return page

    async def decide(self, request: web.Request) -> web.Response:
        """POST …/decide with `decision` and `reason`"""
        form = await fields(request)
        said: Any = form.get("decision", "")
        if said not in ("accepted", "rejected"):
            raise Unusable
        settle = reviews.propose if self._ports.settings.second_look else reviews.decide_review
        return await self._settle(request, form, partial(settle, decision=said))

    async def second(self, request: web.Request) -> web.Response:
        """POST …/second with `agrees` and `reason`: another colleague confirms the proposal, or does not."""
        form = await fields(request)
        said = form.get("agrees", "")
        if said not in ("yes", "no"):
            raise Unusable
        return await self._settle(request, form, reviews.confirm if said == "yes" else reviews.send_back)

    async def _settle(self, request: web.Request, form: dict[str, str], settle: Any) -> web.Response:
        me, asked, reason = await self._ports.me(request), case_id(request), reason_of(form)
        await self._open_one(asked)
        try:
            await self._ports.store.write(
                lambda tx: settle(tx, asked, by=me.name, reason=reason, house=self._proofs)
            )
        except Overtaken:
            raise Moved from None
        except OwnProposal:
            raise SecondEyes from None
        raise web.HTTPSeeOther("/desk/reviews")

    async def _open_one(self, asked: int) -> Review:
        waiting = await self._ports.store.read(lambda tx: reviews.open_reviews(tx, limit=1000))
        found = next((review for review in waiting if review.id == asked), None)
        if found is None:
            raise NoSuchCase
        return found

    def _page(self, request: web.Request, me: Someone, review: Review, picture: str = "") -> web.Response:
        return self._ports.render(
            request,
            "desk/review.html",
            review=review,
            picture=picture,
            shown_s=SHOWN_S,
            looker=me.name,
            now=self._ports.clock(),
            sees=me.may(SEE_EVIDENCE),
            second_look=self._ports.settings.second_look,
        )
