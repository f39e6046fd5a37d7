"""The moment of a release: turns at work end with the old one, and what was given a time goes live at it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bench.releases import QUESTION, REVIEWER, approved
from bot.audit import entries
from bot.rights import Role
from faq.content_models import Content
from faq.editor import candidates
from nlu.understanding import Understanding
from tests.desk.stage import Clock
from tests.editor.conftest import MORNING, Trainer
from tests.editor.stage import Builds, Stage, build

NEW, NEWER = "先人脸，再银行卡。", "先银行卡，再人脸。"
PATIENCE_S = 60


class ThoughtfulEar:
    """The real ear, which thinks until it is told to answer."""

    def __init__(self, trainer: Trainer, *given: object) -> None:
        self._ear = trainer(*given)  # type: ignore[arg-type]
        self.thinks, self.may_answer = threading.Event(), threading.Event()

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        self.thinks.set()
        assert self.may_answer.wait(PATIENCE_S)
        return self._ear.understand_all(texts)


async def scheduled(stage: Stage, words: str, *, in_: timedelta | None) -> int:
    """An approved candidate with a time."""
    id_ = await stage.store.write(partial(approved, answer=words))
    at = None if in_ is None else stage.clock() + in_
    await stage.store.write(lambda tx: candidates.schedule(tx, id_, at))
    return id_


async def answer_of(stage: Stage) -> str:
    """What citizens hear once the process has followed."""
    await stage.live.follow_once()
    return await stage.asks(QUESTION)


class TestATurnThatIsAtWorkWhileAReleaseGoesLive:
    @pytest.fixture
    async def thoughtful(
        self, shipped: Content, trainer: Trainer, sqlite_url: str, tmp_path: Path
    ) -> AsyncIterator[tuple[Stage, list[ThoughtfulEar]]]:
        ears: list[ThoughtfulEar] = []

        def train(*given: object) -> ThoughtfulEar:
            ears.append(ThoughtfulEar(trainer, *given))
            return ears[-1]

        stage = build(sqlite_url, Clock(MORNING), tmp_path / "anchors", train)  # type: ignore[arg-type]
        await stage.opens(shipped)
        yield stage, ears
        for ear in ears:
            ear.may_answer.set()
        await stage.closes()

    async def test_ends_with_the_old_one_and_the_next_has_the_new_one(
        self, thoughtful: tuple[Stage, list[ThoughtfulEar]]
    ) -> None:
        stage, ears = thoughtful
        asking = asyncio.create_task(stage.asks(QUESTION))
        assert await asyncio.to_thread(ears[0].thinks.wait, PATIENCE_S)
        id_ = await stage.store.write(partial(approved, answer=NEW))
        await stage.store.write(lambda tx: candidates.release(tx, id_, REVIEWER, stage.clock()))
        assert await stage.live.follow_once()
        ears[0].may_answer.set()
        assert NEW not in await asking
        ears[1].may_answer.set()
        assert NEW in await stage.asks(QUESTION)


class TestAReleaseWithATime:
    async def test_goes_live_at_that_time_in_beijing_and_not_before(self, stage: Stage) -> None:
        reviewer = await stage.writer("审核员", Role.REVIEWER)
        page = f"/content/candidates/{await stage.store.write(partial(approved, answer=NEW))}"
        await reviewer.opens(page)
        await reviewer.sends(f"{page}/schedule", not_before="2026-11-24T18:30")
        stage.clock.passes(hours=8, minutes=29)
        assert await stage.editor.release_due() == 0
        assert NEW not in await answer_of(stage)
        stage.clock.passes(minutes=1)
        assert await stage.editor.release_due() == 1
        assert NEW in await answer_of(stage)
        assert await stage.editor.release_due() == 0

    async def test_names_the_reviewer_in_the_trail(self, stage: Stage) -> None:
        await scheduled(stage, NEW, in_=timedelta(hours=1))
        stage.clock.passes(hours=1)
        await stage.editor.release_due()
        newest = (await stage.store.read(entries))[0]
        assert (newest.action, newest.actor) == ("content.release", REVIEWER.name)

    async def test_stays_where_it_is_when_the_time_was_taken_back(self, stage: Stage) -> None:
        id_ = await scheduled(stage, NEW, in_=timedelta(hours=1))
        await stage.store.write(lambda tx: candidates.schedule(tx, id_, None))
        stage.clock.passes(days=1)
        assert await stage.editor.release_due() == 0
        assert NEW not in await answer_of(stage)

    async def test_goes_live_once_with_two_processes(self, opened: Builds, sqlite_url: str) -> None:
        clock = Clock(MORNING)
        one, other = await opened(sqlite_url, clock), await opened(sqlite_url, clock)
        await scheduled(one, NEW, in_=timedelta(hours=1))
        clock.passes(hours=2)
        released = await asyncio.gather(one.editor.release_due(), other.editor.release_due())
        assert sum(released) == 1
        assert NEW in await answer_of(one)
        assert NEW in await answer_of(other)

    async def test_waits_for_a_person_when_something_else_went_live_meanwhile(self, stage: Stage) -> None:
        late = await scheduled(stage, NEWER, in_=timedelta(hours=2))
        await scheduled(stage, NEW, in_=timedelta(hours=1))
        stage.clock.passes(hours=3)
        assert await stage.editor.release_due() == 1
        assert NEW in await answer_of(stage)
        missed = await stage.store.read(lambda tx: candidates.candidate(tx, late))
        assert (missed.state, missed.not_before, missed.missed) == ("approved", None, "base_moved")
        stage.clock.passes(days=1)
        assert await stage.editor.release_due() == 0

        await stage.store.write(lambda tx: candidates.withdraw(tx, late))
        await scheduled(stage, NEWER, in_=timedelta(hours=1))
        stage.clock.passes(hours=1)
        assert await stage.editor.release_due() == 1
        assert NEWER in await answer_of(stage)
