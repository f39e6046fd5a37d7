import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from nlu.engines.opinion import Opinion
from nlu.entities import find_entities
from nlu.hearing import MOST_SHADOWS, Disagreement, Engine, Hearing, Told
from nlu.training import Topic, TrainingContent
from nlu.understanding import Guess, Understanding

CONTENT = TrainingContent((Topic("camera", "相机权限怎么开"), Topic("greet", "你好")))
SURE = Opinion((("camera", 0.8), ("greet", 0.2)), 0.96, 0.9, 0.4)
UNSURE = Opinion((("camera", 0.5), ("greet", 0.4)), 0.6, 0.9, 0.4)
LOST = Opinion((("camera", 0.1), ("greet", 0.1)), 0.2, 0.9, 0.4)
PHONE = "13812348000"


class Ear:
    """An embedded ear that takes everything for a greeting."""

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        return [Understanding(text, "answer", (Guess("greet", 0.9),), find_entities(text)) for text in texts]


class Rasa:
    """A Rasa engine with one opinion of everything, given when `gate` opens."""

    def __init__(self, opinion: Opinion | None = SURE, *, knows: bool = True) -> None:
        self.opinion, self.asked = opinion, 0
        self.model = "of this release" if knows else "of an older one"
        self.gate = asyncio.Event()
        self.gate.set()

    def name_for(self, content: TrainingContent) -> str:
        return "of this release" if content is CONTENT else "of another"

    async def parse(self, text: str) -> Opinion | None:
        self.asked += 1
        await self.gate.wait()
        return self.opinion


Make = Callable[[Rasa | None, Engine], Hearing]


@pytest.fixture
def noted() -> list[Disagreement]:
    return []


@pytest.fixture
async def hearing(noted: list[Disagreement]) -> AsyncIterator[Make]:
    made: list[Hearing] = []

    def make(rasa: Rasa | None, engine: Engine) -> Hearing:
        made.append(Hearing(Ear(), CONTENT, rasa, engine=engine, note=noted.append))
        return made[-1]

    yield make
    for one in made:
        await one.close()


class TestWhenRasaAnswers:
    @pytest.mark.parametrize(
        ("opinion", "zone"), [(SURE, "answer"), (UNSURE, "ask"), (LOST, "fallback")], ids=str
    )
    async def test_its_own_cuts_decide_the_zone(self, hearing: Make, opinion: Opinion, zone: str) -> None:
        understood = await hearing(Rasa(opinion), "rasa").understand("摄像头打不开")
        assert (understood.engine, understood.zone) == ("rasa", zone)
        assert [guess.topic for guess in understood.guesses] == ["camera", "greet"]

    async def test_the_first_guess_is_as_sure_as_calibrated(self, hearing: Make) -> None:
        understood = await hearing(Rasa(SURE), "rasa").understand("摄像头打不开")
        assert [guess.confidence for guess in understood.guesses] == [0.96, 0.24]

    async def test_entities_come_from_the_house(self, hearing: Make) -> None:
        understood = await hearing(Rasa(), "rasa").understand(f"我的手机是{PHONE}")
        assert [entity.value for entity in understood.entities if entity.kind == "phone"] == [PHONE]

    async def test_a_withdrawn_topic_is_not_answered(self, hearing: Make) -> None:
        gone = Opinion((("withdrawn", 0.9), ("camera", 0.1)), 0.99, 0.9, 0.4)
        understood = await hearing(Rasa(gone), "rasa").understand("随便问问")
        assert understood.zone == "fallback"
        assert [guess.topic for guess in understood.guesses] == ["camera"]

    async def test_no_topic_at_all_is_a_fallback(self, hearing: Make) -> None:
        understood = await hearing(Rasa(Opinion((), 0.99, 0.9, 0.4)), "rasa").understand("随便问问")
        assert (understood.zone, understood.guesses) == ("fallback", ())


class TestWhenRasaDoesNot:
    async def test_the_embedded_engine_does(self, hearing: Make) -> None:
        understood = await hearing(Rasa(None), "rasa").understand("摄像头打不开")
        assert (understood.engine, understood.topic) == ("embedded", "greet")

    async def test_nor_knows_the_newest_release_it_is_not_asked(self, hearing: Make) -> None:
        rasa = Rasa(knows=False)
        understood = await hearing(rasa, "rasa").understand("摄像头打不开")
        assert (understood.engine, rasa.asked) == ("embedded", 0)

    async def test_nor_knew_it_until_now_it_answers_from_now_on(self, hearing: Make) -> None:
        rasa = Rasa(knows=False)
        ear = hearing(rasa, "rasa")
        await ear.understand("摄像头打不开")
        rasa.model = "of this release"
        assert (await ear.understand("摄像头打不开")).engine == "rasa"

    async def test_because_there_are_no_words_it_is_not_asked(self, hearing: Make) -> None:
        rasa = Rasa()
        await hearing(rasa, "rasa").understand("？！……")
        assert rasa.asked == 0

    async def test_because_there_is_none_nothing_is_missed(self, hearing: Make) -> None:
        assert (await hearing(None, "rasa").understand("你好")).engine == "embedded"


class TestInShadowMode:
    async def test_a_disagreement_is_kept_without_personal_numbers(
        self, hearing: Make, noted: list[Disagreement]
    ) -> None:
        await hearing(Rasa(SURE), "rasa").understand(f"打{PHONE}说摄像头")
        assert noted == [
            Disagreement(
                "打138****8000说摄像头", Told("answer", "greet", 0.9), Told("answer", "camera", 0.96), "rasa"
            )
        ]
        assert PHONE not in repr(noted)

    async def test_agreement_is_counted_only(self, noted: list[Disagreement]) -> None:
        same, agreed = Rasa(Opinion((("greet", 0.8),), 0.97, 0.9, 0.4)), list[bool]()
        ear = Hearing(
            Ear(), CONTENT, same, engine="rasa", note=noted.append, agreed=lambda: agreed.append(True)
        )
        await ear.understand("你好")
        assert (noted, agreed) == ([], [True])

    async def test_it_is_told_which_engine_understood(self) -> None:
        heard_by: list[str] = []
        rasa = Rasa(SURE)
        ear = Hearing(Ear(), CONTENT, rasa, engine="rasa", heard_by=heard_by.append)
        await ear.understand("摄像头打不开")
        rasa.opinion = None
        await ear.understand("摄像头打不开")
        assert heard_by == ["rasa", "embedded"]

    async def test_the_citizen_does_not_wait_for_the_silent_engine(self) -> None:
        rasa, compared = Rasa(SURE), asyncio.Event()
        rasa.gate.clear()
        ear = Hearing(Ear(), CONTENT, rasa, note=lambda _: compared.set())
        assert (await ear.understand("摄像头打不开")).engine == "embedded"
        assert not compared.is_set()
        rasa.gate.set()
        await asyncio.wait_for(compared.wait(), timeout=5)
        await ear.close()

    async def test_a_busy_hour_is_not_compared_in_full(self, hearing: Make) -> None:
        rasa = Rasa()
        rasa.gate.clear()
        ear = hearing(rasa, "embedded")
        for _ in range(MOST_SHADOWS + 3):
            await ear.understand("摄像头打不开")
        assert rasa.asked == MOST_SHADOWS

    async def test_comparisons_end_with_the_release(self, hearing: Make, noted: list[Disagreement]) -> None:
        rasa = Rasa()
        rasa.gate.clear()
        ear = hearing(rasa, "embedded")
        await ear.understand("摄像头打不开")
        await ear.close()
        rasa.gate.set()
        await asyncio.sleep(0)
        assert noted == []
