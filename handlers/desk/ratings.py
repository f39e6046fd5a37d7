"""The citizen's word on the service: a page of their own, reached by the one-time link in the farewell.

The link costs no message of its own. It can be used once, for thirty days after the close.
"""

from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import Connection, select, update

from handlers.desk import cases, events
from handlers.desk.ports import Ports
from handlers.desk.requests import fields, number
from handlers.records import hand_over
from nlu.entities import mask

LASTS = timedelta(days=30)
LONGEST = 300
LONGEST_TOKEN = 43


class Ratings:
    """GET and POST /rate/{token}; whoever holds the token is the citizen."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def routes(self) -> list[web.AbstractRouteDef]:
        """No right is needed: the link is the key."""
        return [web.get("/rate/{token}", self.show), web.post("/rate/{token}", self.keep)]

    async def show(self, request: web.Request) -> web.Response:
        """The page with five buttons."""
        token, now = request.match_info["token"], self._ports.clock()
        found = await self._ports.store.read(lambda tx: open_for(tx, token, now))
        if found is None:
            return self._page(request, "gone", status=404)
        return self._page(request, "asking")

    async def keep(self, request: web.Request) -> web.Response:
        """What was said; a second try is thanked for, and changes nothing."""
        token, now, form = request.match_info["token"], self._ports.clock(), await fields(request)
        stars, words = number(form.get("stars", "")), form.get("words", "")[:LONGEST]
        if stars not in range(1, 6):
            return self._page(request, "asking", status=422)
        kept = await self._ports.store.write(lambda tx: rate(tx, token, stars or 0, mask(words), now))
        return self._page(request, "thanks" if kept else "gone", status=200 if kept else 404)

    def _page(self, request: web.Request, state: str, status: int = 200) -> web.Response:
        return self._ports.render(request, "desk/rate.html", status=status, state=state)


def open_for(tx: Connection, token: str, now: datetime) -> int | None:
    """The case that this link rates; None when it is unknown, used or too old."""
    if not 20 <= len(token) <= LONGEST_TOKEN:
        return None
    valid = (hand_over.c.rating_token == token) & hand_over.c.rated_at.is_(None)
    return tx.scalar(select(hand_over.c.id).where(valid, hand_over.c.closed_at > now - LASTS))


def rate(tx: Connection, token: str, stars: int, words: str, now: datetime) -> bool:
    """Write the rating down, once; False when the link is not (or no longer) good."""
    found = open_for(tx, token, now)
    if found is None:
        return False
    case, _ = cases.take(tx, found)
    unrated = update(hand_over).where(hand_over.c.id == found, hand_over.c.rated_at.is_(None))
    if tx.execute(unrated.values(rating=stars, rating_words=words, rated_at=now)).rowcount != 1:
        return False
    events.tell(tx, case, "rated", now, reason=f"{stars} 分 {words}".strip())
    return True
