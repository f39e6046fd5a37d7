"""What a real Rasa 3.6 server answered (recorded by record.py), and that the engine understands it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from nlu.engines.opinion import Cuts, read_opinion
from nlu.engines.rasa import RasaEngine
from nlu.engines.rasa_door import RasaRefused
from nlu.export import model_name
from tests.nlu.rasa.lessons import CONFIG, some_content

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "recorded.json").read_text(encoding="utf-8")
)
TOKEN = "any-token"


def recorded(method: str, path: str, status: int) -> dict[str, Any]:
    """The first recorded answer of that kind."""
    return next(
        pair
        for pair in RECORDED
        if (pair["asked"]["method"], pair["asked"]["path"], pair["status"]) == (method, path, status)
    )


class Recording:
    """Plays recorded answers; `plays` says which status comes for a path."""

    def __init__(self) -> None:
        self.plays = {("POST", "/model/parse"): 200, ("GET", "/status"): 200, ("PUT", "/model"): 204}
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        pair = recorded(request.method, request.path, self.plays[request.method, request.path])
        body = pair["body"] if pair["status"] != 204 else None
        return web.Response(status=pair["status"], text=body, content_type="application/json")


@pytest.fixture
async def recording() -> AsyncIterator[Recording]:
    recording = Recording()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", recording.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    recording.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield recording
    await runner.cleanup()


@pytest.fixture
async def engine(recording: Recording, tmp_path: Path) -> AsyncIterator[RasaEngine]:
    engine = RasaEngine(recording.url, TOKEN, config=CONFIG, models=tmp_path)
    yield engine
    await engine.close()


class TestWhatRasaAnswered:
    @pytest.mark.parametrize("pair", [pair for pair in RECORDED if "intent_ranking" in pair["body"]])
    def test_is_read_with_its_calibration(self, pair: dict[str, Any]) -> None:
        opinion = read_opinion(pair["body"].encode(), Cuts(answer_from=1.0, ask_from=1.0))
        assert opinion is not None
        assert {topic for topic, _ in opinion.ranking} == {topic.id for topic in some_content().topics}
        assert 0 < opinion.ask_from <= opinion.answer_from < 1

    async def test_says_which_topic_is_meant(self, engine: RasaEngine) -> None:
        asked = recorded("POST", "/model/parse", 200)["asked"]["json"]["text"]
        opinion = await engine.parse(asked)
        assert opinion is not None
        assert opinion.ranking[0][0] == "why_bankcard"

    async def test_tells_its_model(self, engine: RasaEngine) -> None:
        health = await engine.health()
        assert health.ready
        assert len(health.model) == len(model_name(some_content(), CONFIG))

    async def test_tells_when_it_has_none(self, engine: RasaEngine, recording: Recording) -> None:
        recording.plays["GET", "/status"] = 409
        assert "has no model" in (await engine.health()).trouble
        recording.plays["GET", "/status"] = 200
        assert (await engine.health()).ready

    @pytest.mark.parametrize("status", [401, 409, 500])
    async def test_is_no_opinion_when_refused(
        self, engine: RasaEngine, recording: Recording, status: int
    ) -> None:
        recording.plays["POST", "/model/parse"] = status
        assert await engine.parse("你好") is None
        recording.plays["POST", "/model/parse"] = 200
        assert await engine.parse("你好") is not None

    async def test_confirms_a_model_that_was_put_in(self, engine: RasaEngine, tmp_path: Path) -> None:
        name = json.loads(recorded("GET", "/status", 200)["body"])["model_file"]
        await engine.put_in(tmp_path / name)
        assert engine.model == name.removesuffix(".tar.gz")

    async def test_refuses_a_model_that_is_not_there(
        self, engine: RasaEngine, recording: Recording, tmp_path: Path
    ) -> None:
        recording.plays["PUT", "/model"] = 400
        with pytest.raises(RasaRefused, match="400"):
            await engine.put_in(tmp_path / "no.tar.gz")

    async def test_refuses_a_pipeline_that_it_does_not_know(
        self, engine: RasaEngine, recording: Recording
    ) -> None:
        recording.plays["POST", "/model/train"] = 500
        with pytest.raises(RasaRefused, match="POST /model/train was answered 500"):
            await engine.train(some_content())
