"""One face-engine process, seen from both sides: `Process` is the parent's handle, `main` runs in the child.

They speak over the child's standard input and output: the number of parts, their lengths, then the parts, of
which the first is a pickle and the rest are the pictures it refers to. The child decodes pictures from
strangers, so it is given none of its parent's environment, no core dumps and no way to outlive its parent:
when its input ends, it ends.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import struct
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from verification.engines.challenge import Challenge, Frame
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
CHUNK_BYTES = 64 * 1024  # what a pipe holds; sent piece by piece, megabytes do not hold up the event loop
_COUNT = struct.Struct(">I")
START_TIMEOUT_S = 60.0
BEHIND = 10
"""Added to the niceness of a process: a citizen sees that their face is being checked and waits for it, but
a message in the chat has five seconds. With every core busy on faces, the chat goes first."""


class ProcessLost(Exception):
    """The process ended or did not answer in time."""


class CannotStart(Exception):
    """The process says why it cannot work; trying again will not help."""


class Faulty(Exception):
    """The engine ran into a bug on this job; its traceback stands in the error output of the process."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    capture: Capture = field(repr=False)
    template: Template | None = field(repr=False)
    challenge: Challenge | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnrolJob:
    picture: Frame = field(repr=False)
    kind: PortraitKind


@dataclass(frozen=True, slots=True)
class _Unfit:
    why: str


@dataclass(frozen=True, slots=True)
class _Bug:
    kind: str


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
            start_new_session=True,  # Ctrl-C is for the house, which ends this process itself
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
            Faulty: no answer, and there will be none; the process goes on.
        """
        answer: Answer | _Bug = await _exchange(self._process, job, timeout_s)
        self.answered += 1
        if isinstance(answer, _Bug):
            raise Faulty(f"{answer.kind} in a face process; its error output tells where")
        return answer

    async def end(self) -> None:
        """On return the process is gone, whatever it was doing."""
        await _end(self._process)


async def _exchange(process: asyncio.subprocess.Process, value: object, timeout_s: float) -> Any:
    assert process.stdin is not None  # noqa: S101 - both are pipes; for the type checker
    assert process.stdout is not None  # noqa: S101
    try:
        async with asyncio.timeout(timeout_s):
            for part in _parts(value):
                for start in range(0, len(part), CHUNK_BYTES):
                    process.stdin.write(part[start : start + CHUNK_BYTES])
                    await process.stdin.drain()
            (count,) = _COUNT.unpack(await process.stdout.readexactly(_COUNT.size))
            lengths = _lengths(await process.stdout.readexactly(8 * count))
            return _value([await process.stdout.readexactly(length) for length in lengths])
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
    os.nice(BEHIND)
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
        _write(outgoing, _survived(engine, job))


def _survived(engine: FaceEngine, job: Job) -> Answer | _Bug:
    """A bug costs one answer; dying of it would let one bad picture cost everybody a process."""
    try:
        return _done(engine, job)
    except Exception as bug:  # noqa: BLE001 - this is the loop's edge; the parent reports it
        traceback.print_exc()
        return _Bug(type(bug).__name__)


def _done(engine: FaceEngine, job: Job) -> Answer:
    match job:
        case CheckJob(capture, template, challenge):
            return engine.check(capture, template, challenge)
        case EnrolJob(picture, kind):
            return engine.enrol(picture.picture, kind)


def _read(incoming: BinaryIO) -> Any:
    """The parent's next value, or None when the parent is done with us or gone."""
    head = incoming.read(_COUNT.size)
    if len(head) < _COUNT.size:
        return None
    lengths = _lengths(incoming.read(8 * _COUNT.unpack(head)[0]))
    parts = [incoming.read(length) for length in lengths]
    return _value(parts) if [len(part) for part in parts] == lengths else None


def _write(outgoing: BinaryIO, value: object) -> None:
    with suppress(BrokenPipeError):
        outgoing.writelines(_parts(value))
        outgoing.flush()


def _parts(value: object) -> list[memoryview]:
    """What to send for a value: count and lengths, the pickle, the pictures as they are."""
    pictures: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=pictures.append)
    parts = [memoryview(pickled), *(picture.raw() for picture in pictures)]
    lengths = struct.pack(f">{len(parts)}Q", *map(len, parts))
    return [memoryview(_COUNT.pack(len(parts)) + lengths), *parts]


def _lengths(data: bytes) -> list[int]:
    return [length for (length,) in struct.iter_unpack(">Q", data)]


def _value(parts: list[bytes]) -> Any:
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - both ends are ours


if __name__ == "__main__":
    # Run under its own name: what is pickled here must be found there.
    from verification.engines.worker import main as run

    run()
