"""What may be live in a moment is learnt before, on every server for itself, so that nobody waits for it."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bench.releases import approved
from faq import records as releases
from faq.content_models import Content
from faq.editor import candidates
from faq.library import Library
from nlu.ear import Ear
from nlu.training import TrainingContent
from tests.desk.stage import Clock
from tests.editor.conftest import MORNING, Trainer
from tests.editor.stage import Stage, build


class Server:
    """A process with a disk of its own: what it has learnt, in order."""

    def __init__(self, trainer: Trainer) -> None:
        self.lessons: list[TrainingContent] = []
        self._trainer = trainer

    def __call__(self, lessons: TrainingContent) -> Ear:
        self.lessons.append(lessons)
        return self._trainer(lessons)

    def knows(self, content: Content) -> bool:
        return Library(content).training() in self.lessons


@pytest.fixture
def server(trainer: Trainer) -> Server:
    return Server(trainer)


@pytest.fixture
async def stage(shipped: Content, sqlite_url: str, tmp_path: Path, server: Server) -> AsyncIterator[Stage]:
    built = build(sqlite_url, Clock(MORNING), tmp_path / "anchors", server)
    yield await built.opens(shipped)
    await built.closes()


async def learns_all(stage: Stage) -> None:
    while await stage.editor.ahead.learn_next():
        pass


class TestAServerThatDidNotRehearse:
    async def test_has_learnt_what_was_handed_in_before_it_is_live(
        self, stage: Stage, server: Server
    ) -> None:
        id_ = await stage.store.write(partial(approved, answer="先人脸。", question="到底要验什么呀"))
        content = await stage.store.read(lambda tx: candidates.content_of(tx, id_))
        assert not server.knows(content)
        await learns_all(stage)
        assert server.knows(content)

    async def test_learns_nothing_that_can_no_longer_go_live(self, stage: Stage, server: Server) -> None:
        id_ = await stage.store.write(partial(approved, answer="先人脸。", question="到底要验什么呀"))
        content = await stage.store.read(lambda tx: candidates.content_of(tx, id_))
        await stage.store.write(lambda tx: candidates.withdraw(tx, id_))
        await learns_all(stage)
        assert not server.knows(content)

    async def test_has_learnt_the_former_release_to_go_back_to(
        self, stage: Stage, server: Server, shipped: Content
    ) -> None:
        id_ = await stage.store.write(partial(approved, answer="先人脸。", question="到底要验什么呀"))
        content = await stage.store.read(lambda tx: candidates.content_of(tx, id_))
        await stage.store.write(lambda tx: releases.publish(tx, content, "小文", "", stage.clock()))
        server.lessons.clear()
        await learns_all(stage)
        assert server.knows(Content.model_validate_json(shipped.to_json()))

    async def test_is_done_when_there_is_nothing_new_and_looks_again_after_an_hour(
        self, stage: Stage, server: Server
    ) -> None:
        await learns_all(stage)
        learnt = len(server.lessons)
        assert not await stage.editor.ahead.learn_next()
        stage.clock.passes(hours=2)
        await learns_all(stage)
        assert len(server.lessons) == 2 * learnt - 1  # the first one was learnt for its citizens
