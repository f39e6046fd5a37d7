import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from nlu.engines.breaker import Breaker, State
from nlu.engines.rasa import Outcome, RasaEngine
from nlu.engines.rasa_door import RasaRefused
from nlu.export import model_name
from nlu.training import Topic, TrainingContent
from tests.nlu.rasa.stand_in import TOKEN, Mood, StandIn

CONTENT = TrainingContent((Topic("camera", "相机权限怎么开"), Topic("greet", "你好")))
CONFIG = "pipeline:\n- name: nlu.rasa.zh.characters.Characters\n"


class House:
    """An engine, the server that it asks, and the clock of its breaker."""

    def __init__(self, server: StandIn, models: Path) -> None:
        self.server, self.models = server, models
        self.now = 0.0
        self.outcomes: list[Outcome] = []
        self.recovered = asyncio.Event()
        self.engine = self.engine_with(CONFIG)

    def engine_with(self, config: str, *, url: str = "", token: str = TOKEN) -> RasaEngine:
        return RasaEngine(
            url or self.server.url,
            token,
            config=config,
            models=self.models,
            budget=timedelta(milliseconds=200),
            breaker=Breaker(rest=timedelta(seconds=5), clock=lambda: self.now, changed=self._changed),
            observe=lambda outcome, _: self.outcomes.append(outcome),
        )

    async def recovers(self) -> None:
        await asyncio.wait_for(self.recovered.wait(), timeout=5)

    def _changed(self, state: State) -> None:
        if state == "closed":
            self.recovered.set()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with StandIn().listening() as server:
        house = House(server, tmp_path)
        yield house
        await house.engine.close()


class TestAnUtterance:
    async def test_is_understood(self, house: House) -> None:
        opinion = await house.engine.parse("摄像头打不开")
        assert opinion is not None
        assert opinion.ranking[0] == ("camera", 0.8)
        assert house.outcomes == ["answered"]

    async def test_leaves_the_house_without_personal_numbers(self, house: House) -> None:
        await house.engine.parse("我叫张三，身份证１１０１０１１９９００３０７７７５８，手机 138 1234 8000")
        (heard,) = house.server.heard
        assert sum(letter.isdigit() for letter in heard) == 0

    async def test_leaves_the_house_simplified(self, house: House) -> None:
        await house.engine.parse("刷臉失敗")
        assert house.server.heard == ["刷脸失败"]

    async def test_that_is_empty_is_no_trouble(self, house: House) -> None:
        assert await house.engine.parse(" \u200b") is not None
        assert house.server.heard == ["_"]


class TestAServerInTrouble:
    @pytest.mark.parametrize(
        ("mood", "outcome"),
        [("hanging", "late"), ("failing", "refused"), ("babbling", "garbled"), ("dropping", "unreachable")],
    )
    async def test_costs_no_more_than_the_budget(self, house: House, mood: Mood, outcome: Outcome) -> None:
        house.server.mood = mood
        began = time.perf_counter()
        assert await house.engine.parse("你好") is None
        assert time.perf_counter() - began < 5
        assert house.outcomes == [outcome]
        house.server.mood = "well"
        assert await house.engine.parse("你好") is not None

    async def test_may_be_away_altogether(self, house: House) -> None:
        engine = house.engine_with(CONFIG, url="http://127.0.0.1:9")
        assert await engine.parse("你好") is None
        assert house.outcomes == ["unreachable"]
        await engine.close()

    async def test_is_left_alone_after_three_failures(self, house: House) -> None:
        house.server.mood = "failing"
        for _ in range(5):
            assert await house.engine.parse("你好") is None
        assert len(house.server.heard) == 3
        assert house.outcomes == ["refused"] * 3 + ["resting"] * 2

    async def test_is_asked_again_once_a_probe_went_well(self, house: House) -> None:
        house.server.mood = "failing"
        for _ in range(3):
            await house.engine.parse("你好")
        house.server.mood, house.now = "well", 5.0
        assert await house.engine.parse("摄像头打不开") is None
        await house.recovers()
        assert await house.engine.parse("摄像头打不开") is not None

    async def test_is_never_probed_with_the_words_of_a_citizen(self, house: House) -> None:
        house.server.mood = "failing"
        for _ in range(3):
            await house.engine.parse("摄像头打不开")
        house.server.mood, house.now = "well", 5.0
        await asyncio.gather(*(house.engine.parse("摄像头打不开") for _ in range(4)))
        await house.recovers()
        assert house.server.heard[3:] == ["你好"]

    async def test_does_not_hold_the_house_open(self, house: House) -> None:
        house.server.mood = "failing"
        for _ in range(3):
            await house.engine.parse("你好")
        house.server.mood, house.now = "hanging", 5.0
        await house.engine.parse("你好")
        await asyncio.wait_for(house.engine.close(), timeout=10)


class TestTheHealthOfAServer:
    async def test_names_its_model(self, house: House) -> None:
        health = await house.engine.health()
        assert (health.ready, health.model, health.trouble) == (True, "first", "")

    async def test_is_poor_without_a_model_and_says_what_to_do(self, house: House) -> None:
        house.server.model_file = ""
        health = await house.engine.health()
        assert (health.ready, health.listens) == (False, True)
        assert "--model" in health.trouble

    async def test_is_poor_with_another_token_and_does_not_tell_it(self, house: House) -> None:
        engine = house.engine_with(CONFIG, token="another-secret-token")
        health = await engine.health()
        assert not health.ready
        assert "401" in health.trouble
        assert "another-secret-token" not in health.trouble + repr(health)
        await engine.close()

    async def test_is_poor_when_nobody_listens(self, house: House) -> None:
        engine = house.engine_with(CONFIG, url="http://127.0.0.1:9")
        health = await engine.health()
        assert (health.ready, health.listens) == (False, False)
        await engine.close()


class TestANewRelease:
    async def test_is_learnt_kept_and_answered_from(self, house: House) -> None:
        assert house.engine.model != house.engine.name_for(CONTENT)
        path = await house.engine.retrain(CONTENT)
        assert path == house.models / f"{model_name(CONTENT, CONFIG)}.tar.gz"
        assert house.server.model_file == str(path.resolve())
        assert house.engine.model == house.engine.name_for(CONTENT)

    async def test_is_learnt_once(self, house: House) -> None:
        await house.engine.retrain(CONTENT)
        await house.engine.retrain(CONTENT)
        assert len(house.server.taught) == 1

    async def test_is_found_where_the_server_sees_it(self, house: House) -> None:
        elsewhere = RasaEngine(
            house.server.url, TOKEN, config=CONFIG, models=house.models, models_there="/app/models"
        )
        path = await elsewhere.retrain(CONTENT)
        assert house.server.model_file == f"/app/models/{path.name}"
        await elsewhere.close()

    async def test_is_kept_but_not_put_in_with_diet(self, house: House) -> None:
        engine = house.engine_with(CONFIG + "- name: DIETClassifier\n")
        path = await engine.retrain(CONTENT)
        assert path.exists()
        assert house.server.model_file == "models/first.tar.gz"
        await engine.close()

    async def test_is_not_believed_to_be_in_when_another_answers(self, house: House) -> None:
        house.server.puts_in = False
        with pytest.raises(RasaRefused, match="answers from first"):
            await house.engine.retrain(CONTENT)
        house.server.puts_in = True
        await house.engine.retrain(CONTENT)
        assert house.engine.model == house.engine.name_for(CONTENT)

    async def test_is_not_kept_when_no_model_came(self, house: House) -> None:
        house.server.trained, good = b"oops", house.server.trained
        with pytest.raises(RasaRefused, match="no tar"):
            await house.engine.retrain(CONTENT)
        assert list(house.models.iterdir()) == []
        house.server.trained = good
        assert (await house.engine.retrain(CONTENT)).exists()
