"""Face checks for many citizens at once: processes that are loaded, warmed, bounded, timed and replaced.

A process that dies or does not answer in time is killed and replaced, and its job is tried once more; only
then does the caller hear a named error, for which no citizen may be charged a try.

    FaceWorkersError
    |-- EngineBusy      too many are waiting; come back in a moment
    |-- EngineFailed    the engine gave no answer, twice, or cannot start
    `-- EngineClosed    the pool was shut down
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from verification.engines.captures import Capture, PortraitKind, Template
from verification.engines.challenge import Challenge, Frame
from verification.engines.outcomes import EngineHealth, FaceOutcome, PoorPicture, Reason
from verification.engines.process import CannotStart, Faulty, Process, ProcessLost
from verification.engines.settings import FaceSettings
from verification.engines.wire import Answer, CheckJob, EnrolJob, Job

TRIES = 2


class FaceWorkersError(Exception):
    """The face engine gave no answer. No try is charged."""


class EngineBusy(FaceWorkersError):
    """Too many face checks are waiting; ask again in a moment."""


class EngineFailed(FaceWorkersError):
    """The face engine gave no answer twice, or cannot start."""


class EngineClosed(FaceWorkersError):
    """The face engine was shut down."""


@dataclass(frozen=True, slots=True)
class WorkersHealth:
    """What the engine examines, and how its processes fare; `last_fault` is the latest loss, if any."""

    engine: EngineHealth | None
    alive: int
    wanted: int
    waiting: int
    answered: int
    replaced: int
    last_fault: str


@dataclass(slots=True)
class _Errand:
    job: Job = field(repr=False)
    answer: asyncio.Future[Answer] = field(repr=False)
    tries: int = 0


class FaceWorkers:
    """`count` processes, each with its own engine, behind one queue of at most `queue_limit` waiting jobs.

    A job may take `job_timeout_s`; a process is renewed after `recycle_after` jobs. Lives in one event loop.
    """

    def __init__(
        self,
        settings: FaceSettings,
        *,
        count: int,
        queue_limit: int,
        job_timeout_s: float,
        recycle_after: int,
    ) -> None:
        self._settings = settings
        self._count = count
        self._queue_limit = queue_limit
        self._job_timeout_s = job_timeout_s
        self._recycle_after = recycle_after
        self._waiting: asyncio.Queue[_Errand] = asyncio.Queue()
        self._processes: dict[int, Process] = {}
        self._lanes: list[asyncio.Task[None]] = []
        self._open = 0
        self._closed = False
        self._answered = 0
        self._replaced = 0
        self._last_fault = ""
        self._spent: dict[str, datetime] = {}

    async def start(self) -> None:
        """Return when every process is loaded and warm.

        Raises:
            EngineFailed: a process cannot start; the message says why.
        """
        try:
            started = [Process.started(self._settings) for _ in range(self._count)]
            processes = await asyncio.gather(*started, return_exceptions=True)
            self._processes = {n: p for n, p in enumerate(processes) if isinstance(p, Process)}
            for failure in processes:
                if isinstance(failure, BaseException):
                    raise failure
        except (CannotStart, ProcessLost) as failure:
            await self.close()
            raise EngineFailed(str(failure)) from None
        self._lanes = [
            asyncio.create_task(self._serve(lane), name=f"face {lane}") for lane in self._processes
        ]

    async def check(
        self, capture: Capture, template: Template | None, challenge: Challenge | None = None
    ) -> FaceOutcome:
        """As FaceEngine.check; besides, a challenge that was answered once is not taken again.

        Raises:
            EngineBusy, EngineFailed, EngineClosed: no answer; the same challenge may be tried again.
        """
        if challenge is not None and not self._spend(challenge):
            return FaceOutcome("challenge", (Reason.CHALLENGE_USED,))
        try:
            answer = await self._answer(CheckJob(capture, template, challenge))
        except BaseException:
            if challenge is not None:
                self._spent.pop(challenge.nonce, None)
            raise
        assert isinstance(answer, FaceOutcome)  # noqa: S101 - a check is answered so; for the type checker
        return answer

    async def enrol(self, picture: bytes, kind: PortraitKind = "portrait") -> Template | PoorPicture:
        """As FaceEngine.enrol.

        Raises:
            EngineBusy, EngineFailed, EngineClosed: no answer.
        """
        answer = await self._answer(EnrolJob(Frame(picture, 0), kind))
        assert not isinstance(answer, FaceOutcome)  # noqa: S101 - likewise
        return answer

    def health(self) -> WorkersHealth:
        """How the pool fares; cheap, for health pages and metrics."""
        alive = [process for process in self._processes.values() if process.is_alive]
        return WorkersHealth(
            engine=alive[0].health if alive else None,
            alive=len(alive),
            wanted=self._count,
            waiting=self._waiting.qsize(),
            answered=self._answered,
            replaced=self._replaced,
            last_fault=self._last_fault,
        )

    def pids(self) -> list[int]:
        """Ids of the processes that live, for whoever watches them."""
        return [process.pid for process in self._processes.values() if process.is_alive]

    async def close(self) -> None:
        """What runs is cut off, what waits hears EngineClosed; on return every process is gone."""
        self._closed = True
        for task in self._lanes:
            task.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        while not self._waiting.empty():
            self._refuse(self._waiting.get_nowait(), EngineClosed("the face engine was shut down"))
        for lane in list(self._processes):
            await self._processes.pop(lane).end()

    def _spend(self, challenge: Challenge) -> bool:
        """Whether this challenge was still unused; from now on it is used."""
        now = datetime.now(UTC)
        self._spent = {nonce: until for nonce, until in self._spent.items() if until > now}
        if challenge.nonce in self._spent:
            return False
        self._spent[challenge.nonce] = now + 2 * self._settings.challenge.lifetime
        return True

    async def _answer(self, job: Job) -> Answer:
        if self._closed or not self._lanes:
            raise EngineClosed("the face engine is not running")
        if self._open >= self._count + self._queue_limit:
            raise EngineBusy(f"{self._open} face checks are under way or waiting; ask again in a moment")
        errand = _Errand(job, asyncio.get_running_loop().create_future())
        self._open += 1
        try:
            self._waiting.put_nowait(errand)
            return await errand.answer
        finally:
            self._open -= 1

    async def _serve(self, lane: int) -> None:
        """One lane's life: take an errand, have it answered, renew the process when it is due or lost."""
        while True:
            if lane not in self._processes:
                await self._renew(lane)
            errand = await self._waiting.get()
            if errand.answer.done():
                continue  # the caller went away while waiting
            try:
                await self._run(lane, errand)
            except asyncio.CancelledError:
                self._refuse(errand, EngineClosed("the face engine was shut down"))
                raise
            except Exception as bug:  # noqa: BLE001 - a lane outlives any bug; the caller hears of it
                self._last_fault = f"{type(bug).__name__} while asking a face process"
                self._refuse(errand, EngineFailed(self._last_fault))
                await self._retire(lane)

    async def _run(self, lane: int, errand: _Errand) -> None:
        process = self._processes.get(lane)
        if process is None:
            self._try_again(errand)
            return
        try:
            answer = await process.answer(errand.job, self._job_timeout_s)
        except ProcessLost as lost:
            self._last_fault = str(lost)
            await self._retire(lane)
            self._try_again(errand)
            return
        except Faulty as bug:
            self._last_fault = str(bug)
            self._refuse(errand, EngineFailed(self._last_fault))
        else:
            self._answered += 1
            if not errand.answer.done():
                errand.answer.set_result(answer)
        if process.answered >= self._recycle_after:
            await self._retire(lane)

    async def _retire(self, lane: int) -> None:
        process = self._processes.pop(lane, None)
        if process is not None:
            await process.end()
            self._replaced += 1

    async def _renew(self, lane: int) -> None:
        """A new process for the lane; when it cannot start, the lane stays empty and its errands fail."""
        try:
            self._processes[lane] = await Process.started(self._settings)
        except (CannotStart, ProcessLost) as failure:
            self._last_fault = str(failure)

    def _try_again(self, errand: _Errand) -> None:
        errand.tries += 1
        if errand.tries < TRIES:
            self._waiting.put_nowait(errand)
        else:
            self._refuse(errand, EngineFailed(f"no answer after {TRIES} tries: {self._last_fault}"))

    @staticmethod
    def _refuse(errand: _Errand, error: FaceWorkersError) -> None:
        with suppress(asyncio.InvalidStateError):
            errand.answer.set_exception(error)
