"""What the doctor says about the engines, with a Rasa server in every state."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot import migrations
from bot.doctor import Line
from bot.doctor_engines import of_engines
from bot.engine_figures import EngineFigures
from bot.metrics import Metrics
from bot.settings import ROOT, Settings
from bot.store import Store
from faq.library import Library
from faq.loading import load_content
from faq.records import publish
from nlu.engines.rasa import RasaEngine
from tests.nlu.rasa.stand_in import TOKEN, StandIn

CONTENT = ROOT / "faq" / "content"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Installation:
    """Settings, a database with a first release, and a Rasa server beside it."""

    def __init__(self, folder: Path, server: StandIn) -> None:
        self.folder, self.server = folder, server
        self.port = 9
        self.content = load_content(CONTENT)

    async def lines(self, **nlu: object) -> dict[str, Line]:
        rasa = {"rasa_url": self.server.url, "rasa_token": TOKEN, "rasa_models": self.folder}
        url = f"sqlite+aiosqlite:///{self.folder}/house.db"
        wanted = {"bot": {"database_url": url, "port": self.port}, "nlu": {**rasa, **nlu}}
        return {line.about: line for line in await of_engines(Settings.model_validate(wanted))}

    async def has_a_release(self) -> None:
        store = Store(f"sqlite+aiosqlite:///{self.folder}/house.db")
        await migrations.upgrade(store)
        await store.write(lambda tx: publish(tx, self.content, "小李", "第一版", NOW))
        await store.close()

    def rasa_knows_it(self) -> None:
        engine = RasaEngine("", "", config=(ROOT / "nlu/rasa/config.yml").read_text(), models=self.folder)
        name = engine.name_for(Library(self.content, 1).training())
        self.server.model_file = f"models/{name}.tar.gz"


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with StandIn().listening() as server:
        yield Installation(tmp_path, server)


@pytest.fixture
async def running(installation: Installation) -> AsyncIterator[EngineFigures]:
    """The figures of a serving process, at its /metrics."""
    metrics = Metrics()
    application = web.Application()
    application.router.add_get("/metrics", metrics.page)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    installation.port = runner.addresses[0][1]
    yield EngineFigures(metrics)
    await runner.cleanup()


class TestAnInstallationWithoutRasa:
    async def test_is_heard_by_the_embedded_engine(self, installation: Installation) -> None:
        assert (await installation.lines())["引擎"].words == "内置引擎在回答，没有用 Rasa"

    async def test_that_wants_one_is_told_which_settings_are_missing(
        self, installation: Installation
    ) -> None:
        line = (await installation.lines(engine="rasa", rasa_url=""))["引擎"]
        assert line.state == "warn"
        assert "RASA_URL" in line.todo


class TestAnInstallationWithRasa:
    async def test_has_no_release_before_its_first_start(self, installation: Installation) -> None:
        line = (await installation.lines(engine="rasa"))["引擎"]
        assert (line.state, line.words) == ("warn", "Rasa 在运行（模型 first）")
        assert not (installation.folder / "house.db").exists()

    async def test_says_who_answers_until_rasa_has_learnt_the_release(
        self, installation: Installation
    ) -> None:
        await installation.has_a_release()
        line = (await installation.lines(engine="rasa"))["引擎"]
        assert line.state == "warn"
        assert line.words == "Rasa 还没有学会第 1 版（模型 first），内置引擎在回答"
        installation.rasa_knows_it()
        line = (await installation.lines(engine="rasa"))["引擎"]
        assert line.state == "ok"
        assert line.words.startswith("Rasa 在回答")
        line = (await installation.lines(shadow="on"))["引擎"]
        assert line.words.startswith("内置引擎在回答，Rasa 在旁边听")

    async def test_says_what_to_do_when_rasa_has_no_model(self, installation: Installation) -> None:
        installation.server.model_file = ""
        line = (await installation.lines(engine="rasa"))["引擎"]
        assert line.state == "warn"
        assert "make rasa" in line.todo

    async def test_does_not_tell_the_token(self, installation: Installation) -> None:
        secret = "another-secret-token"
        lines = await installation.lines(engine="rasa", rasa_token=secret)
        assert lines["引擎"].state == "warn"
        assert secret not in json.dumps([str(line) for line in lines.values()])


class TestAServingProcess:
    async def test_that_does_not_run_has_no_breaker(self, installation: Installation) -> None:
        assert "没有运行" in (await installation.lines(engine="rasa"))["Rasa 断路器"].words

    async def test_shows_its_breaker(self, installation: Installation, running: EngineFigures) -> None:
        running.breaker_is("closed")
        lines = await installation.lines(engine="rasa")
        assert (lines["Rasa 断路器"].state, lines["Rasa 断路器"].todo) == ("ok", "")
        running.breaker_is("open")
        lines = await installation.lines(engine="rasa")
        assert lines["Rasa 断路器"].state == "warn"
        assert lines["Rasa 断路器"].words.startswith("断开")
        running.breaker_is("closed")
        assert (await installation.lines(engine="rasa"))["Rasa 断路器"].state == "ok"

    async def test_shows_how_often_both_agreed(
        self, installation: Installation, running: EngineFigures
    ) -> None:
        running.breaker_is("closed")
        assert "还没有比较过" in (await installation.lines(shadow="on"))["两个引擎"].words
        for agree in (True, True, True, False):
            running.compared(agree=agree)
        assert "4 句里一致 75%" in (await installation.lines(shadow="on"))["两个引擎"].words
        assert "两个引擎" not in await installation.lines(engine="rasa")
