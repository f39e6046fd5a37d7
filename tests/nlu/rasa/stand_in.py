"""A stand-in for the Rasa server: a real server on loopback that behaves as a test says."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

TOKEN = "token-of-the-tests"
PARSED = {
    "intent_ranking": [{"name": "camera", "confidence": 0.8}, {"name": "greet", "confidence": 0.2}],
    "sure": {"confidence": 0.96, "answer_from": 0.9, "ask_from": 0.4},
}
Mood = Literal["well", "hanging", "failing", "babbling", "dropping"]


class StandIn:
    """Remembers what it was sent; `mood` is how it takes a parse."""

    def __init__(self) -> None:
        self.mood: Mood = "well"
        self.model_file = "models/first.tar.gz"
        self.puts_in = True
        self.trained = gzip.compress(b"a model")
        self.heard: list[str] = []
        self.taught: list[str] = []
        self.url = ""
        self._released = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["StandIn"]:
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        app.router.add_post("/model/train", self._train)
        app.router.add_put("/model", self._put)
        app.router.add_get("/status", self._status)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            self._released.set()
            await runner.cleanup()

    async def _parse(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        self.heard.append((await request.json())["text"])
        match self.mood:
            case "hanging":
                await self._released.wait()
            case "failing":
                return web.json_response({"status": "failure"}, status=500)
            case "babbling":
                return web.Response(text="<html>")
            case "dropping" if request.transport is not None:
                request.transport.close()
        return web.json_response(PARSED)

    async def _train(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        self.taught.append(await request.text())
        return web.Response(body=self.trained, content_type="application/octet-stream")

    async def _put(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        if self.puts_in:
            self.model_file = (await request.json())["model_file"]
        return web.Response(status=204)

    async def _status(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        if not self.model_file:
            raise web.HTTPConflict
        return web.json_response({"model_file": self.model_file, "num_active_training_jobs": 0})

    def _check(self, request: web.Request) -> None:
        if request.query.get("token") != TOKEN:
            raise web.HTTPUnauthorized
