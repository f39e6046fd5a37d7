"""Rehearsals at work: each runs in a worker, tells how far it is, and leaves its report."""

import asyncio
import time
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection

from faq.content_models import Content
from faq.editor import candidates, pictures, testing
from faq.editor.rehearsal import rehearse
from faq.editor.report import Case, Report
from faq.editor.workroom import Workroom

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a rehearsal is; `failed` when it broke off."""

    what: str = "learn"
    done: int = 0
    all: int = 1
    failed: bool = False

    @property
    def percent(self) -> int:
        """For the progress bar: learning, with the live ear asked beside it, is the first half."""
        share = self.done / max(self.all, 1)
        return {"learn": 5 + int(45 * share), "ask": 50 + int(42 * share), "compare": 92}.get(self.what, 99)


class Rehearsals:
    """The rehearsals of this process, by the number of their candidate."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self._stages: dict[int, Stage] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Semaphore(1)

    def stage(self, candidate: int) -> Stage | None:
        """Where a rehearsal stands; None when this process knows of none."""
        return self._stages.get(candidate)

    def begin(self, candidate: int) -> None:
        """Start the rehearsal of a candidate unless it is already at work."""
        stage = self._stages.get(candidate)
        if stage is not None and not stage.failed:
            return
        self._stages[candidate] = Stage()
        task = asyncio.create_task(self._run(candidate), name=f"rehearsal-{candidate}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what is at work; for the evening."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, id_: int) -> None:
        try:
            async with self._one_at_a_time:
                report = await self._rehearse(id_)
            await self._room.store.write(lambda tx: candidates.keep_report(tx, id_, report))
            del self._stages[id_]
        except candidates.Refused:  # withdrawn meanwhile
            del self._stages[id_]
        except Exception:
            log.exception("rehearsal_failed", candidate=id_)
            self._stages[id_] = replace(self._stages[id_], failed=True)

    async def _rehearse(self, id_: int) -> Report:
        room, began = self._room, time.perf_counter()

        def ask(tx: Connection) -> tuple[Content, list[Case], frozenset[str]]:
            return candidates.content_of(tx, id_), testing.cases(tx), pictures.names(tx)

        content, cases, there = await room.store.read(ask)
        live = room.live()
        report = await room.in_worker(
            rehearse,
            live.library,
            live.ear,
            content,
            cases=cases,
            train=room.train,
            today=room.today,
            pictures=there,
            progress=lambda what, done, all_: self._tell(id_, what, done, all_),
        )
        return report.model_copy(update={"seconds": round(time.perf_counter() - began, 1)})

    def _tell(self, id_: int, what: str, done: int, all_: int) -> None:
        """Called from the worker; a dict assignment is whole."""
        self._stages[id_] = Stage(what, done, all_)
