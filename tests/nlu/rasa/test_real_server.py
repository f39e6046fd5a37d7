"""The engine against a real Rasa server; skipped where its environment was not built."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import migrations
from bot.engine_figures import EngineFigures
from bot.hearing import UNWRITTEN, Ears
from bot.metrics import Metrics
from bot.settings_sections import Nlu
from bot.store import Store
from faq.disagreements import differences
from nlu.ear import Ear
from nlu.engines.breaker import Breaker, State
from nlu.engines.rasa import RasaEngine
from nlu.hearing import Hearing
from nlu.rasa.local import PYTHON, SERVE, LocalServer
from tests.nlu.rasa.lessons import CONFIG, next_content, some_content

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("rasa")]

if not PYTHON.exists():
    pytest.skip("no Rasa environment: `make test-rasa` builds it (Python 3.10)", allow_module_level=True)

SAID = ["相机权限怎么打开", "刷脸的时候光线要怎样", "这个小程序怎么找到", "今天股票涨了吗"]
SECRET = "我的秘密是蓝莓馅饼"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    server = LocalServer(tmp_path_factory.mktemp("rasa"))
    server.token = f"-{server.token}"  # one in 64 begins like an option of the command line
    yield server
    server.kill()


@pytest.fixture(scope="module")
def first_model(stopped: LocalServer) -> Path:
    return stopped.train(some_content(), CONFIG).model


@pytest.fixture(scope="module")
def server(stopped: LocalServer, first_model: Path) -> LocalServer:
    stopped.start(first_model)
    return stopped


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear.train(some_content())


@pytest.fixture
def states() -> list[State]:
    return []


@pytest.fixture
async def engine(server: LocalServer, first_model: Path, states: list[State]) -> AsyncIterator[RasaEngine]:
    engine = RasaEngine(
        server.url,
        server.token,
        config=CONFIG,
        models=first_model.parent,
        budget=timedelta(seconds=2),
        breaker=Breaker(rest=timedelta(milliseconds=200), changed=states.append),
    )
    await engine.put_in(first_model)
    yield engine
    await engine.close()


def wanted(server: LocalServer, first_model: Path) -> Nlu:
    """Rasa answers, and both are compared."""
    return Nlu(
        engine="rasa",
        shadow="on",
        rasa_url=server.url,
        rasa_token=SecretStr(server.token),
        rasa_models=first_model.parent,
        rasa_budget=timedelta(seconds=2),
    )


async def topics_heard_by(hearing: Hearing, text: str) -> list[str]:
    return [guess.topic for guess in (await hearing.understand(text)).guesses]


class Citizens:
    """Several who ask without a pause; every answer is counted by the engine that gave it."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        self.answered: Counter[str] = Counter()
        self._asking: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        self._asking = [asyncio.create_task(self._ask(start)) for start in range(3)]

    async def hear_from(self, engine: str) -> None:
        """Wait until one more of them was answered by `engine`."""
        before = self.answered[engine]
        async with asyncio.timeout(300):
            while self.answered[engine] == before:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def end(self) -> None:
        """Any turn that failed rises here."""
        for task in self._asking:
            task.cancel()
        for outcome in await asyncio.gather(*self._asking, return_exceptions=True):
            if not isinstance(outcome, asyncio.CancelledError):
                raise AssertionError("a turn failed") from outcome

    async def _ask(self, place: int) -> None:
        while True:
            understood = await self.hearing.understand(SAID[place % len(SAID)])
            self.answered[understood.engine] += 1
            place += 1
            await asyncio.sleep(0.01)


class TestARealServer:
    async def test_understands_what_it_was_taught(self, engine: RasaEngine) -> None:
        topic = some_content().topics[2]
        opinion = await engine.parse(topic.questions[0])
        assert opinion is not None
        assert opinion.ranking[0][0] == topic.id
        assert len(opinion.ranking) == 6
        assert 0 < opinion.ask_from <= opinion.answer_from < 1

    @pytest.mark.parametrize("text", ["？？……", "😂", "#", "110101199003077758", "刷臉失敗了", "长" * 600])
    async def test_has_an_opinion_of_anything(self, engine: RasaEngine, text: str) -> None:
        assert await engine.parse(text) is not None

    async def test_tells_its_model(self, engine: RasaEngine) -> None:
        health = await engine.health()
        assert (health.ready, health.model) == (True, engine.name_for(some_content()))

    async def test_refuses_strangers(self, server: LocalServer, engine: RasaEngine, tmp_path: Path) -> None:
        stranger = RasaEngine(server.url, "guessed", config=CONFIG, models=tmp_path)
        assert "401" in (await stranger.health()).trouble
        assert await stranger.parse("你好") is None
        await stranger.close()
        assert await engine.parse("你好") is not None

    async def test_does_not_write_down_what_citizens_say(
        self, server: LocalServer, engine: RasaEngine
    ) -> None:
        await engine.parse(SECRET)
        log = server.log.read_text(encoding="utf-8", errors="replace")
        assert SECRET not in log
        assert SECRET.encode("unicode_escape").decode() not in log
        assert server.token not in log

    def test_does_not_start_without_a_model_or_a_token(self, first_model: Path) -> None:
        token = "token-of-sixteen-or-more"
        for model, given, told in [("no.tar.gz", token, "no model"), (str(first_model), "", "RASA_TOKEN")]:
            done = subprocess.run(
                [PYTHON, SERVE, model], env={"RASA_TOKEN": given}, capture_output=True, text=True
            )
            assert done.returncode == 1
            assert told in done.stderr


class TestANewRelease:
    async def test_is_learnt_and_put_in_without_a_failed_turn(self, engine: RasaEngine, ear: Ear) -> None:
        old, new = some_content(), next_content()
        citizens = Citizens(Hearing(ear, old, engine, engine="rasa"))
        citizens.begin()
        await citizens.hear_from("rasa")
        await engine.retrain(new)
        await citizens.hear_from("embedded")
        await citizens.end()
        released = Hearing(await asyncio.to_thread(Ear.train, new), new, engine, engine="rasa")
        understood = await released.understand("蓝莓派要烤多久呢")
        assert (understood.engine, understood.guesses[0].topic) == ("rasa", "blueberry_pie")


class TestTheEarsOfTheHouse:
    async def test_change_from_engine_to_engine_and_release_to_release_without_a_failed_turn(
        self, server: LocalServer, engine: RasaEngine, ear: Ear, first_model: Path, tmp_path: Path
    ) -> None:
        store, metrics = Store(f"sqlite+aiosqlite:///{tmp_path}/house.db"), Metrics()
        await migrations.upgrade(store)
        ears = Ears(wanted(server, first_model), store, EngineFigures(metrics), lambda: datetime.now(UTC))
        citizens = Citizens(await ears.hearing(ear, some_content()))
        citizens.begin()
        await citizens.hear_from("embedded")
        await ears.teach_newest()
        await citizens.hear_from("rasa")
        next_ear = await asyncio.to_thread(Ear.train, next_content())
        citizens.hearing = await ears.hearing(next_ear, next_content())
        await citizens.hear_from("embedded")
        await ears.teach_newest()
        await citizens.hear_from("rasa")
        assert "blueberry_pie" in await topics_heard_by(citizens.hearing, "蓝莓派要烤多久呢")
        await citizens.end()
        await ears.close()
        both = [
            metrics.registry.get_sample_value("nihu_engines_compared_total", {"outcome": outcome}) or 0
            for outcome in ("agree", "disagree")
        ]
        kept = await store.read(lambda tx: differences(tx, datetime(2000, 1, 1, tzinfo=UTC)))
        assert len(kept) == min(both[1], UNWRITTEN)
        assert sum(both) > 0
        await store.close()


class TestAServerThatDies:
    async def test_fails_no_turn_and_is_asked_again_when_it_is_back(
        self, server: LocalServer, engine: RasaEngine, ear: Ear, first_model: Path, states: list[State]
    ) -> None:
        citizens = Citizens(Hearing(ear, some_content(), engine, engine="rasa"))
        citizens.begin()
        await citizens.hear_from("rasa")
        await asyncio.to_thread(server.kill)
        await citizens.hear_from("embedded")
        await asyncio.to_thread(server.start, first_model)
        await citizens.hear_from("rasa")
        await citizens.end()
        assert states[:2] == ["open", "half_open"]
        assert states[-1] == "closed"
