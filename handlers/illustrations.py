"""Pictures of the content on their way to citizens: brought to WeChat when one is sent, not before.

WeChat keeps a picture for three days under its media id, which is remembered here; after that, or when
WeChat does not know it any more, the picture is brought again. Many sends at once bring it once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import Column, Connection, String, Table, delete, select
from sqlalchemy_utc import UtcDateTime

from faq.editor import pictures
from handlers.messages import Image
from handlers.reception import Keeps
from handlers.records import insert_new, metadata

log = structlog.get_logger()

KEPT = timedelta(days=3) - timedelta(hours=1)
"""WeChat deletes temporary media after three days; an hour is left for clocks and for the way."""

PATIENCE_S = 3.0
"""How long a send waits for the picture; what takes longer goes on, and the message is tried again."""

Brought = Image | Literal["gone", "refused", "later"]
"""The picture at WeChat; or there is none of this name, WeChat does not take it, or it is on its way."""

illustration = Table(
    "illustration",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("media_id", String(255), nullable=False),
    Column("brought_at", UtcDateTime, nullable=False),
)


class Illustrations:
    """`bring` carries a JPEG to WeChat."""

    def __init__(
        self,
        store: Keeps,
        bring: Callable[[bytes], Awaitable[Image | Literal["refused", "later"]]],
        clock: Callable[[], datetime],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._bring = bring
        self._clock = clock
        self._patience_s = patience_s
        self._bringing: dict[str, asyncio.Task[Brought]] = {}

    async def at_wechat(self, name: str) -> Brought:
        """A picture of the content by its name, as WeChat can show it now."""
        task = self._bringing.get(name)
        if task is None:
            task = asyncio.create_task(self._looked_up_or_carried(name), name="illustration")
            self._bringing[name] = task
            task.add_done_callback(lambda _: self._bringing.pop(name, None))
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        return task.result() if done else "later"

    async def forget(self, name: str) -> None:
        """WeChat does not know the picture any more: it is brought again before it is sent again."""
        await self._store.write(lambda tx: _forget(tx, name))

    async def close(self) -> None:
        """Wait for what is on its way; for the evening."""
        if self._bringing:
            await asyncio.wait(set(self._bringing.values()))

    async def _looked_up_or_carried(self, name: str) -> Brought:
        """Look-up and carrying are one task: apart, a look-up from before the carrying would carry again."""
        now = self._clock()
        media_id = await self._store.read(lambda tx: _known(tx, name, now))
        return await self._carry(name) if media_id is None else Image(media_id)

    async def _carry(self, name: str) -> Brought:
        jpeg = await self._store.read(lambda tx: pictures.jpeg_of(tx, name))
        if jpeg is None:
            return "gone"
        brought, at = await self._bring(jpeg), self._clock()
        if isinstance(brought, Image):
            await self._store.write(lambda tx: _keep(tx, name, brought.media_id, at))
        else:
            log.warning("illustration_not_brought", name=name, outcome=brought)
        return brought


def _known(tx: Connection, name: str, now: datetime) -> str | None:
    """The media id while WeChat keeps it, unless another picture has the name by now."""
    row = tx.execute(select(illustration).where(illustration.c.name == name)).first()
    since = pictures.uploaded_at(tx, name)
    if row is None or since is None or row.brought_at < since or now >= row.brought_at + KEPT:
        return None
    return str(row.media_id)


def _keep(tx: Connection, name: str, media_id: str, at: datetime) -> None:
    _forget(tx, name)
    insert_new(tx, illustration, name=name, media_id=media_id, brought_at=at)


def _forget(tx: Connection, name: str) -> None:
    tx.execute(delete(illustration).where(illustration.c.name == name))
