"""The engines of the house: Rasa learns each release behind the citizens' backs, and what differs is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import migrations
from bot.engine_figures import EngineFigures
from bot.hearing import FORGET_EVERY, REST, Ears
from bot.metrics import Metrics
from bot.settings_sections import Nlu
from bot.store import Store
from faq.disagreements import KEPT_FOR, Difference, differences, keep
from nlu.entities import find_entities
from nlu.hearing import Disagreement, Told
from nlu.training import Topic, TrainingContent
from nlu.understanding import Guess, Understanding
from tests.nlu.rasa.stand_in import TOKEN, StandIn

CONTENT = TrainingContent((Topic("camera", "相机权限怎么开"), Topic("greet", "你好")))
NEXT = TrainingContent((*CONTENT.topics, Topic("fee", "收费吗")))
PHONE = "13812348000"
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


class Ear:
    """An embedded ear that takes a greeting for one, and everything else for a question about fees."""

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        return [self._understood(text) for text in texts]

    def _understood(self, text: str) -> Understanding:
        topic = "camera" if "摄像头" in text else "greet"
        return Understanding(text, "answer", (Guess(topic, 0.9),), find_entities(text))


class House:
    """Ears with a store, figures, a clock, and the server that they ask."""

    def __init__(self, server: StandIn, store: Store, folder: Path) -> None:
        self.server, self.store, self.folder = server, store, folder
        self.metrics, self.now = Metrics(), datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self.opened: list[Ears] = []

    def ears(self, **wanted: object) -> Ears:
        asked = {"rasa_url": self.server.url, "rasa_token": TOKEN, "rasa_models": self.folder, **wanted}
        figures = EngineFigures(self.metrics)
        self.opened.append(Ears(Nlu.model_validate(asked), self.store, figures, lambda: self.now))
        return self.opened[-1]

    def figure(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    async def kept(self) -> list[Difference]:
        return await self.store.read(lambda tx: differences(tx, ALWAYS))


async def becomes(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/house.db")
    await migrations.upgrade(store)
    async with StandIn().listening() as server:
        house = House(server, store, tmp_path / "models")
        yield house
        for ears in house.opened:
            await ears.close()
    await store.close()


class TestANewRelease:
    async def test_is_heard_by_the_embedded_ear_until_rasa_has_learnt_it(self, house: House) -> None:
        ears = house.ears(engine="rasa")
        hearing = await ears.hearing(Ear(), CONTENT)
        assert (await hearing.understand("摄像头打不开")).engine == "embedded"
        await ears.teach_newest()

        async def is_learnt() -> bool:
            return (await hearing.understand("摄像头打不开")).engine == "rasa"

        await becomes(is_learnt)
        assert house.figure("nihu_heard_by_total", engine="rasa") == 1
        assert (house.figure("nihu_heard_by_total", engine="embedded") or 0) >= 1
        assert house.figure("nihu_rasa_parses_total", outcome="answered")

    async def test_is_put_in_again_when_the_server_was_started_with_an_old_one(self, house: House) -> None:
        ears = house.ears(engine="rasa")
        await ears.hearing(Ear(), CONTENT)

        async def is_put_in() -> bool:
            await ears.teach_newest()
            return house.server.model_file.startswith(str(house.folder))

        await becomes(is_put_in)
        house.server.model_file = "models/first.tar.gz"
        house.now += REST
        await becomes(is_put_in)
        assert len(house.server.taught) == 1

    async def test_that_could_not_be_taught_is_tried_again_after_a_rest(self, house: House) -> None:
        good, house.server.trained = house.server.trained, b"<html>"
        ears = house.ears(engine="rasa")
        await ears.hearing(Ear(), CONTENT)

        async def lessons_given(number: int) -> bool:
            await ears.teach_newest()
            return len(house.server.taught) == number

        await becomes(lambda: lessons_given(1))
        house.server.trained = good
        for _ in range(5):
            assert await lessons_given(1)
        house.now += REST
        await becomes(lambda: lessons_given(2))

    async def test_after_it_is_taught_without_a_rest(self, house: House) -> None:
        ears = house.ears(engine="rasa")

        async def lessons_given(number: int) -> bool:
            await ears.teach_newest()
            return len(house.server.taught) == number

        await ears.hearing(Ear(), CONTENT)
        await becomes(lambda: lessons_given(1))
        await ears.hearing(Ear(), NEXT)
        await becomes(lambda: lessons_given(2))

    async def test_waits_for_a_server_that_is_away(self, house: House) -> None:
        ears = house.ears(engine="rasa", rasa_url="http://127.0.0.1:9")
        hearing = await ears.hearing(Ear(), CONTENT)
        await ears.teach_newest()
        assert (await hearing.understand("摄像头打不开")).engine == "embedded"
        assert ears._lesson is None

    async def test_needs_no_server_at_all(self, house: House) -> None:
        ears = house.ears(rasa_url="")
        hearing = await ears.hearing(Ear(), CONTENT)
        await ears.teach_newest()
        assert (await hearing.understand("你好")).engine == "embedded"
        assert house.figure("nihu_heard_by_total", engine="embedded") == 1
        assert house.figure("nihu_rasa_breaker", state="closed") is None


class TestInShadowMode:
    async def test_what_the_engines_took_differently_is_kept_without_personal_numbers(
        self, house: House
    ) -> None:
        ears = house.ears(shadow="on")
        hearing = await ears.hearing(Ear(), CONTENT)

        async def is_compared() -> bool:
            await ears.teach_newest()
            await hearing.understand(f"打{PHONE}问问")
            await ears.keep()
            return bool(await house.kept())

        await becomes(is_compared)
        kept = (await house.kept())[0]
        assert (kept.words, kept.answered, kept.at) == ("打138****8000问问", "embedded", house.now)
        assert (kept.told, kept.untold) == (Told("answer", "greet", 0.9), Told("answer", "camera", 0.96))
        assert house.figure("nihu_engines_compared_total", outcome="disagree")
        assert house.figure("nihu_engines_compared_total", outcome="agree") is None

    async def test_agreement_is_counted_and_not_kept(self, house: House) -> None:
        ears = house.ears(shadow="on", engine="rasa")
        hearing = await ears.hearing(Ear(), CONTENT)

        async def is_compared() -> bool:
            await ears.teach_newest()
            await hearing.understand("摄像头打不开")
            return bool(house.figure("nihu_engines_compared_total", outcome="agree"))

        await becomes(is_compared)
        await ears.keep()
        assert await house.kept() == []

    async def test_what_is_old_is_forgotten_within_an_hour_even_when_nothing_new_comes(
        self, house: House
    ) -> None:
        seen = Disagreement("随便问问", Told("fallback", None, 0.0), Told("answer", "fee", 0.9), "rasa")
        ears = house.ears(rasa_url="")
        await house.store.write(lambda tx: keep(tx, [(seen, house.now)]))
        await ears.keep()
        assert len(await house.kept()) == 1
        house.now += KEPT_FOR + timedelta(seconds=1)
        assert KEPT_FOR > FORGET_EVERY
        await ears.keep()
        assert await house.kept() == []

    async def test_what_was_seen_last_is_written_at_closing_time(self, house: House) -> None:
        ears = house.ears(shadow="on")
        hearing = await ears.hearing(Ear(), CONTENT)

        async def is_compared() -> bool:
            await ears.teach_newest()
            await hearing.understand("随便问问")
            return bool(house.figure("nihu_engines_compared_total", outcome="disagree"))

        await becomes(is_compared)
        await ears.close()
        assert (await house.kept())[0].words == "随便问问"


class TestARasaThatFails:
    async def test_is_seen_in_the_figures_and_left_alone(self, house: House) -> None:
        ears = house.ears(engine="rasa")
        hearing = await ears.hearing(Ear(), CONTENT)

        async def is_learnt() -> bool:
            await ears.teach_newest()
            return (await hearing.understand("你好")).engine == "rasa"

        await becomes(is_learnt)
        assert house.figure("nihu_rasa_breaker", state="closed") == 1
        house.server.mood = "failing"
        for _ in range(4):
            assert (await hearing.understand("你好")).engine == "embedded"
        assert house.figure("nihu_rasa_breaker", state="open") == 1
        assert house.figure("nihu_rasa_breaker", state="closed") == 0
        assert house.figure("nihu_rasa_parses_total", outcome="refused") == 3
        assert house.figure("nihu_rasa_parses_total", outcome="resting") == 1
