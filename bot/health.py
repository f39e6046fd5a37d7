"""Whether the house stands: /healthz (the process lives), /readyz (it can serve), /metrics."""

import contextlib
from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy import Connection, text

from bot.metrics import Metrics
from bot.store import Store
from faq.follow import Follower
from handlers import outbox
from handlers.desk import waiting
from handlers.reception import Live
from nlu.picture_reader import PictureReader


class Health:
    """The three addresses that machines ask."""

    def __init__(self, store: Store, live: Follower[Live], metrics: Metrics, reader: PictureReader) -> None:
        self._store = store
        self._live = live
        self._metrics = metrics
        self._reader = reader

    def routes(self) -> list[web.RouteDef]:
        """GET /healthz, /readyz and /metrics."""
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 as long as the event loop turns."""
        return web.json_response({"ok": True})

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when a release is learnt and the database answers, else 503 with what is missing.

        Whether screenshots are read is told too; without it the house serves all the same.
        """
        missing = [] if self._live.number else ["release"]
        try:
            await self._store.read(lambda tx: tx.scalar(text("SELECT 1")))
        except Exception:  # noqa: BLE001 - whatever it is, the database cannot serve
            missing.append("database")
        status = 503 if missing else 200
        told = {"ready": not missing, "missing": missing, "screenshots": self._reader.health()["reader"]}
        return web.json_response(told, status=status)

    async def metrics(self, request: web.Request) -> web.Response:
        """The figures; how things stand is asked of the database, and stays as it was while that is away."""
        with contextlib.suppress(Exception):  # whatever it is, /readyz tells of it
            await self._store.read(self._note_how_things_stand)
        return await self._metrics.page(request)

    def _note_how_things_stand(self, tx: Connection) -> None:
        length, since = waiting.line(tx)
        oldest_s = (datetime.now(UTC) - since).total_seconds() if since else 0
        self._metrics.stands(
            release=self._live.number or 0, unsent=outbox.unsent(tx), waiting=length, oldest_s=oldest_s
        )
