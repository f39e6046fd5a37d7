"""A house in a process of its own that tests kill and start again within milliseconds."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.pushes import Account
from bench.serving import ROOT, DidNotStart, answers, bot_environment, free_port

READY_WITHIN_S = 90.0


class Forked:
    """The house."""

    def __init__(self, parent: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self._parent = parent
        self._log = log
        self._pid = 0
        self.url = f"http://127.0.0.1:{port}"

    async def start(self, pace: float) -> float:
        """Start it, and say how many seconds it took until it could serve."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        began = time.monotonic()
        self._parent.stdin.write(f"{pace}\n".encode())
        self._pid = int(await self._parent.stdout.readline() or 0)
        while not (self._pid and await asyncio.to_thread(answers, f"{self.url}/readyz")):
            if not self._pid or time.monotonic() - began > READY_WITHIN_S:
                raise DidNotStart(self._log.read_text(errors="replace")[-2000:])
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    def kill(self) -> None:
        """As a power cut would."""
        os.kill(self._pid, signal.SIGKILL)

    def stop(self) -> None:
        """As an operator would."""
        os.kill(self._pid, signal.SIGTERM)


@asynccontextmanager
async def forked(folder: Path, api_base: str, database: str = "") -> AsyncIterator[Forked]:
    """A house that has learnt everything; it stands at the first `start`. Without `database` on SQLite."""
    port = free_port()
    log = folder / f"house-{port}.log"
    database = database or f"sqlite+aiosqlite:///{folder / 'house.db'}"
    settings = bot_environment(database, Account().environment(), api_base)
    with log.open("ab") as written:
        parent = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.crash.house",
            cwd=ROOT,
            env={**os.environ, **settings, "PORT": str(port)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
            start_new_session=True,
        )
    try:
        yield Forked(parent, port, log)
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        await parent.wait()
        assert parent.stdin is not None
        parent.stdin.close()
