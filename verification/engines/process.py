"""The house's handle on one face process (worker.py).

The child decodes pictures from strangers, so it is given none of its parent's environment and no way to
outlive its parent: when its input ends, it ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from verification.engines.outcomes import EngineHealth
from verification.engines.settings import FaceSettings
from verification.engines.wire import COUNT, Answer, Bug, Job, Unfit, lengths_of, packed, unpacked

ROOT = Path(__file__).resolve().parents[2]
WORKER = "verification.engines.worker"
CHUNK_BYTES = 64 * 1024  # what a pipe holds; sent piece by piece, megabytes do not hold up the event loop
START_TIMEOUT_S = 60.0


class ProcessLost(Exception):
    """The process ended or did not answer in time."""


class CannotStart(Exception):
    """The process says why it cannot work; trying again will not help."""


class Faulty(Exception):
    """The engine ran into a bug on this job; its traceback stands in the error output of the process."""


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
            *(sys.executable, "-m", WORKER),
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
        if isinstance(health, Unfit):
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
        answer: Answer | Bug = await _exchange(self._process, job, timeout_s)
        self.answered += 1
        if isinstance(answer, Bug):
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
            for part in packed(value):
                for start in range(0, len(part), CHUNK_BYTES):
                    process.stdin.write(part[start : start + CHUNK_BYTES])
                    await process.stdin.drain()
            (count,) = COUNT.unpack(await process.stdout.readexactly(COUNT.size))
            lengths = lengths_of(await process.stdout.readexactly(8 * count))
            return unpacked([await process.stdout.readexactly(length) for length in lengths])
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
