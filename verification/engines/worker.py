"""One face-engine process, seen from both sides: `Process` is the parent's handle, `main` runs in the child.

They speak over the child's standard input and output: eight bytes of length, then a pickled value. The child
decodes pictures from strangers, so it is given none of its parent's environment, no core dumps and no way to
outlive its parent: when its input ends, it ends.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from verification.engines.challenge import Challenge
from verification.engines.face import (
    Capture,
    EngineHealth,
    FaceEngine,
    FaceOutcome,
    FaceSettings,
    MissingModel,
    PoorPicture,
    PortraitKind,
    Template,
)

ROOT = Path(__file__).resolve().parents[2]
LENGTH_BYTES = 8
START_TIMEOUT_S = 60.0


class ProcessLost(Exception):
    """The process ended or did not answer in time."""


class CannotStart(Exception):
    """The process says why it cannot work; trying again will not help."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    capture: Capture = field(repr=False)
    template: Template | None = field(repr=False)
    challenge: Challenge | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnrolJob:
    picture: bytes = field(repr=False)
    kind: PortraitKind


@dataclass(frozen=True, slots=True)
class _Unfit:
    why: str


Job = CheckJob | EnrolJob
Answer = FaceOutcome | Template | PoorPicture


class Process:
    """The parent's handle on one loaded and warmed process. Belongs to one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process, health: EngineHealth) -> None:
        self._process = process
        self.health = health
        self.answered = 0

    @classmethod
    async def started(cls, settings: FaceSettings) -> Process:
        """A process that has loaded its models and made one check.

        Raises:
            CannotStart: it said why not. ProcessLost: it died or took longer than START_TIMEOUT_S.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=_environment(),
            cwd=ROOT,
        )
        try:
            health = await _exchange(process, settings, START_TIMEOUT_S)
        except BaseException:
            await _end(process)
            raise
        if isinstance(health, _Unfit):
            await _end(process)
            raise CannotStart(health.why)
        return cls(process, health)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def answer(self, job: Job, timeout_s: float) -> Answer:
        """What the engine says to this job.

        Raises:
            ProcessLost: no answer; the process is of no more use and should be ended.
        """
        answer: Answer = await _exchange(self._process, job, timeout_s)
        self.answered += 1
        return answer

    async def end(self) -> None:
        """On return the process is gone, whatever it was doing."""
        await _end(self._process)


async def _exchange(process: asyncio.subprocess.Process, value: object, timeout_s: float) -> Any:
    assert process.stdin is not None  # noqa: S101 - both are pipes; for the type checker
    assert process.stdout is not None  # noqa: S101
    data = pickle.dumps(value)
    try:
        async with asyncio.timeout(timeout_s):
            process.stdin.write(len(data).to_bytes(LENGTH_BYTES, "big"))
            process.stdin.write(data)
            await process.stdin.drain()
            length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
            return pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - our own child
    except TimeoutError:
        raise ProcessLost(f"a face process did not answer within {timeout_s:g} s") from None
    except (asyncio.IncompleteReadError, ConnectionError):
        raise ProcessLost("a face process ended during a check") from None


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    # Also reads what is left in the pipes and closes them.
    with suppress(ConnectionError):
        await process.communicate()


def _environment() -> dict[str, str]:
    """Nothing of the parent's but what a Python needs: no secret can leak from a process that has none."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, "PYTHONPATH": str(ROOT)}


def main() -> None:
    """The child: settings come first, then jobs, until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between the answers
    settings = _read(incoming)
    if settings is None:
        return
    try:
        engine = FaceEngine(settings)
    except MissingModel as missing:
        _write(outgoing, _Unfit(str(missing)))
        return
    engine.warm_up()
    _write(outgoing, engine.health())
    while (job := _read(incoming)) is not None:
        _write(outgoing, _done(engine, job))


def _done(engine: FaceEngine, job: Job) -> Answer:
    match job:
        case CheckJob(capture, template, challenge):
            return engine.check(capture, template, challenge)
        case EnrolJob(picture, kind):
            return engine.enrol(picture, kind)


def _read(incoming: BinaryIO) -> Any:
    """The parent's next value, or None when the parent is done with us or gone."""
    head = incoming.read(LENGTH_BYTES)
    data = incoming.read(int.from_bytes(head, "big")) if len(head) == LENGTH_BYTES else b""
    return pickle.loads(data) if data else None  # noqa: S301 - our own parent


def _write(outgoing: BinaryIO, value: object) -> None:
    data = pickle.dumps(value)
    with suppress(BrokenPipeError):
        outgoing.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
        outgoing.flush()


if __name__ == "__main__":
    # Run under its own name: what is pickled here must be found there.
    from verification.engines.worker import main as run

    run()
