"""Utterances that wait at the same time are understood at once."""

import asyncio
from collections.abc import Sequence
from threading import Event

import pytest

from nlu.ear import Ear
from nlu.together import MOST, Together
from nlu.understanding import Understanding

SAID = ("刷脸失败", "收费吗", "？？", "今天天气怎么样", "人像比对未通过怎么办", "个人信息安全吗")


class Counting:
    """An ear that notes how many it was given at a time, and starts when it is let."""

    def __init__(self) -> None:
        self.may_hear = Event()
        self.given: list[int] = []

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        assert self.may_hear.wait(20)
        self.given.append(len(texts))
        if "毒" in texts:
            raise ArithmeticError("this one cannot be understood")
        return [Understanding(text, "fallback") for text in texts]


class TestSeveralAtOnce:
    def test_mean_what_each_means_alone(self, ear: Ear) -> None:
        for together, alone in zip(ear.understand_all(SAID), map(ear.understand, SAID), strict=True):
            assert (together.text, together.zone, together.topic) == (alone.text, alone.zone, alone.topic)
            chances = [guess.confidence for guess in alone.guesses]
            assert [guess.confidence for guess in together.guesses] == pytest.approx(chances, abs=0.01)

    def test_none_mean_nothing(self, ear: Ear) -> None:
        assert ear.understand_all([]) == []

    async def test_that_wait_are_taken_together(self) -> None:
        ear = Counting()
        together = Together(ear)
        asked = [asyncio.create_task(together.understand(str(number))) for number in range(2 * MOST)]
        await asyncio.sleep(0)
        ear.may_hear.set()
        assert [each.text for each in await asyncio.gather(*asked)] == [str(n) for n in range(2 * MOST)]
        assert max(ear.given) == MOST

    async def test_one_that_fails_takes_no_other_along(self) -> None:
        ear = Counting()
        ear.may_hear.set()
        together = Together(ear)
        told = await asyncio.gather(
            *(together.understand(text) for text in ("好", "毒", "行")), return_exceptions=True
        )
        assert [type(each) for each in told] == [Understanding, ArithmeticError, Understanding]

    async def test_one_who_no_longer_waits_is_passed_over(self) -> None:
        ear = Counting()
        together = Together(ear)
        gone, waits = (asyncio.create_task(together.understand(text)) for text in ("走了", "在等"))
        await asyncio.sleep(0)
        gone.cancel()
        ear.may_hear.set()
        assert (await waits).text == "在等"
        assert (await together.understand("下一个")).text == "下一个"
