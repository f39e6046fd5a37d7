"""Asks the reading process: one picture at a time, each within its time, the process renewed now and then.

Libraries that read letters gather memory with every new shape of picture, and decoders meet hostile files:
so they live in a process without our secrets, which is killed when it is slow and replaced when it is old.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from nlu import reading
from nlu.screenshots import Kind, Line, Sight

ROOT = Path(__file__).parents[1]
START_TIMEOUT_S = 60.0
ANSWER_CAP_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
"""What a pipe holds: sent piece by piece, a large picture does not hold up the event loop."""

_KINDS: frozenset[str] = frozenset(get_args(Kind))


class ReaderLost(Exception):
    """The reading process ended, was too slow, or could not start. The picture may be tried again."""


class PictureReader:
    """One process that reads pictures, started when the first one comes.

    A picture may take `timeout_s`; after `recycle_after` pictures the process is replaced. Lives in one
    event loop. Switched off, or without its packages, it says so and reads nothing.
    """

    def __init__(
        self, *, on: bool = True, threads: int = 2, timeout_s: float = 20.0, recycle_after: int = 50
    ) -> None:
        missing = ", ".join(reading.missing())
        self._state = "off" if not on else f"missing: {missing}" if missing else "ready"
        self._threads = threads
        self._timeout_s = timeout_s
        self._recycle_after = recycle_after
        self._process: asyncio.subprocess.Process | None = None
        self._taking_turns = asyncio.Lock()
        self._read = 0
        self._lost = 0

    async def read(self, picture: bytes) -> Sight:
        """What the picture shows, its numbers covered.

        Raises:
            ReaderLost: no answer.
        """
        if not self.can_read:
            raise ReaderLost(f"pictures are not read here ({self._state})")
        async with self._taking_turns:
            try:
                process = self._process or await self._started()
                answer = await _within(self._timeout_s, _exchange(process, picture))
            except BaseException:
                self._lost += 1
                await self._end()
                raise
            self._read += 1
            if self._read % self._recycle_after == 0:
                await self._end()
        return _sight(answer)

    @property
    def can_read(self) -> bool:
        """Whether pictures are read here at all."""
        return self._state == "ready"

    @property
    def pid(self) -> int | None:
        """The process at work, or None while there is none."""
        return self._process.pid if self._process else None

    def health(self) -> dict[str, str]:
        """For doctor and health pages: whether pictures can be read, and how the process fares."""
        return {"reader": self._state, "read": str(self._read), "lost": str(self._lost)}

    async def close(self) -> None:
        """On return the process is gone; a picture at work is cut off."""
        await self._end()

    async def _started(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", reading.__name__, str(self._threads)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # nobody knows what a decoder prints of a picture
            env=_environment(),
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C is for the house, which ends this process itself
        )
        await _within(START_TIMEOUT_S, _answer(self._process))
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(ConnectionError):
            await process.communicate()


async def _within(seconds: float, talk: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            answer: dict[str, Any] = await talk
            return answer
    except TimeoutError:
        raise ReaderLost(f"the reading process did not answer within {seconds:g} s") from None
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        raise ReaderLost("the reading process ended") from None


async def _exchange(process: asyncio.subprocess.Process, picture: bytes) -> dict[str, Any]:
    assert process.stdin is not None  # noqa: S101 - a pipe; for the type checker
    process.stdin.write(reading.LENGTH.pack(len(picture)))
    for start in range(0, len(picture), CHUNK_BYTES):
        process.stdin.write(picture[start : start + CHUNK_BYTES])
        await process.stdin.drain()
    return await _answer(process)


async def _answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - likewise
    (length,) = reading.LENGTH.unpack(await process.stdout.readexactly(reading.LENGTH.size))
    if length > ANSWER_CAP_BYTES:
        raise ValueError("an answer of that length is none of ours")
    answer: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return answer


def _sight(answer: dict[str, Any]) -> Sight:
    kind = answer.get("kind")
    if kind not in _KINDS:
        raise ReaderLost(f"a picture could not be read ({answer.get('fault', 'unknown')})")
    lines = (Line(str(words), float(top), float(height)) for words, top, height in answer["lines"])
    return Sight(kind, tuple(lines))


def _environment() -> dict[str, str]:
    """Nothing of ours but what a Python needs: no secret can leak from a process that has none."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
