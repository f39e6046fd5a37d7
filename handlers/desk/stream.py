"""Live screens: one stream of server-sent events a browser, told only what concerns its agent.

An event says what happened and to which case (its number), nothing else; the browser asks for the pane.
Whoever was cut off names the last number they saw and gets what they missed.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from aiohttp import web

from handlers.desk import events
from handlers.desk.events import Event
from handlers.desk.ports import Ports

PING_S = 15
START_ANEW = "anew"


class Stream:
    """Fetches new events and hands them to the open streams."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._queues: dict[asyncio.Queue[list[Event] | None], int] = {}
        self._head: int | None = None
        self._fetching = asyncio.Lock()
        self._open = True

    async def publish_new(self) -> int:
        """Hand on what was written since the last time; says how many events, 0 when nobody looks."""
        async with self._fetching:
            if not self._queues:
                self._head = None
                return 0
            head = self._head if self._head is not None else await self._newest()
            new = await self._ports.store.read(lambda tx: events.after(tx, head))
            self._head = new[-1].seq if new else head if new is not None else await self._newest()
            for queue, agent in list(self._queues.items()):
                theirs = None if new is None else [event for event in new if event.is_for(agent)]
                if theirs is None or theirs:
                    queue.put_nowait(theirs)
            return len(new or ())

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /desk/stream: the events after Last-Event-ID, or after the `after` of the address."""
        agent = (await self._ports.me(request)).id
        asked = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        cursor = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else 0
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        try:
            await response.write(b"retry: 1500\n\n")
            async for chunk in self._chunks(request, agent, cursor):
                await response.write(chunk)
        except ConnectionResetError:
            return response
        return response

    async def hang_up(self, _app: web.Application) -> None:
        """End all streams, so that the house can close; browsers come back by themselves."""
        self._open = False
        for queue in self._queues:
            queue.put_nowait([])

    async def _chunks(self, request: web.Request, agent: int, cursor: int) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[list[Event] | None] = asyncio.Queue()
        self._queues[queue] = agent
        try:
            await self.publish_new()
            missed = await self._ports.store.read(lambda tx: events.after(tx, cursor, agent))
            while self._open:
                if missed is None:
                    cursor = await self._newest()
                    yield _line(cursor, {"k": START_ANEW})
                for event in missed or ():
                    if event.seq > cursor:
                        cursor = event.seq
                        yield _line(cursor, _told(event, agent))
                try:
                    missed = await asyncio.wait_for(queue.get(), PING_S)
                except TimeoutError:
                    missed = []
                    if not await self._ports.still_in(request):
                        return
                    yield b": ping\n\n"
        finally:
            del self._queues[queue]

    async def _newest(self) -> int:
        return await self._ports.store.read(events.newest)


def _told(event: Event, agent: int) -> dict[str, object]:
    return {
        "k": event.kind,
        "id": event.case_id,
        "mine": agent in event.agents,
        "queue": event.queue,
        "ring": event.rings_for(agent),
    }


def _line(seq: int, told: dict[str, object]) -> bytes:
    return f"id: {seq}\ndata: {json.dumps(told, separators=(',', ':'))}\n\n".encode()
