"""What is said to words that the ear is not sure of: a choice, other words, a human."""

import pytest

from handlers import unsure
from handlers.memory import Memory
from handlers.messages import Text, Words
from handlers.turn import Turn
from nlu.understanding import Guess, Understanding
from tests.handlers.conftest import Citizen, House

VAGUE = (
    "通不过",
    "认证不了",
    "失败",
    "手机号换了怎么办",
    "没收到",
    "法人变更",
    "过不去",
    "验证",
    "为什么不行",
    "核验没过",
)
"""What the ear is asked about here; which of them it is unsure of depends on what it has learnt."""


async def is_asked_which(citizen: Citizen) -> None:
    """Say vague things until the bot asks which question was meant."""
    for words in VAGUE:
        await citizen.says(words)
        if "都不是" in citizen.options:
            return
    raise AssertionError("the ear was sure of all of this")


def _half_heard(house: House, *guesses: Guess, after: str | None = None, asked: tuple[str, ...] = ()) -> Text:
    """What is said to words of which the ear is not sure, after an answer to a topic or none."""
    understood = Understanding("说不清", "ask", guesses)
    turn = Turn(
        Words("说不清"),
        house.clock(),
        Memory(topic=after, asked=asked),
        house.library,
        "说不清",
        understood=understood,
    )
    outcome = unsure.which(turn)
    assert outcome is not None
    said = outcome.sayings[0]
    assert isinstance(said, Text)
    return said


class TestAnUnclearMessage:
    async def test_is_first_met_with_suggestions_then_with_a_human(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("阿巴阿巴呜噜")
        second = await citizen.says("唔哩哇啦咕叽")
        assert first != second
        assert "转人工" in citizen.options

    async def test_that_is_none_of_what_was_offered_is_not_guessed_at_again(self, house: House) -> None:
        citizen = house.citizen()
        await is_asked_which(citizen)
        assert await citizen.taps("都不是") == house.library.reply("none_of_these")
        assert "转人工" in citizen.options

    async def test_may_be_told_so_in_typed_words(self, house: House) -> None:
        citizen = house.citizen()
        await is_asked_which(citizen)
        assert await citizen.says("都不是。") == house.library.reply("none_of_these")

    @pytest.mark.parametrize("words", ["法人变更", "你们地址在哪", "通不过"])
    async def test_is_never_taken_for_small_talk(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says(words)
        offered = {option.id.removeprefix("topic:") for option in citizen.last.options}
        assert not offered & {"greet", "thanks", "bot_capability", "resolved_yes", "resolved_no"}

    def test_is_asked_about_with_plausible_questions_only(self, house: House) -> None:
        asked = _half_heard(house, Guess("face_how", 0.7), Guess("foreigner", 0.1), Guess("fee", 0.02))
        assert [option.id for option in asked.options] == ["topic:face_how", "none"]

    def test_that_comes_back_is_answered_by_the_only_guess_or_a_human_first(self, house: House) -> None:
        only, other = Guess("input_info", 0.5), Guess("crash", 0.4)
        answered = _half_heard(house, only, asked=("topic:input_info",))
        assert "solved:input_info" in [option.id for option in answered.options]
        offered = _half_heard(house, only, other, asked=("topic:input_info", "topic:crash"))
        assert [option.id for option in offered.options] == ["human", "topic:input_info", "topic:crash"]

    def test_that_sounds_like_a_call_for_a_human_is_asked_just_that(self, house: House) -> None:
        for topic in ("human", "complaint"):
            asked = _half_heard(house, Guess(topic, 0.4), Guess("elderly", 0.2))
            assert asked.words == house.library.reply("ask_human")
            assert [option.id for option in asked.options] == ["human", "none"]

    def test_is_not_asked_whether_it_is_a_complaint(self, house: House) -> None:
        asked = _half_heard(house, Guess("fail_face", 0.4), Guess("complaint", 0.2))
        assert [option.id for option in asked.options] == ["topic:fail_face", "none", "human"]

    def test_that_says_something_did_not_help_is_taken_at_its_word(self, house: House) -> None:
        said = _half_heard(house, Guess("resolved_no", 0.47), after="fail_face")
        assert said.words == house.library.reply("resolved_no")

    def test_that_is_half_heard_as_a_courtesy_is_returned(self, house: House) -> None:
        said = _half_heard(house, Guess("thanks", 0.5), Guess("business_wrong", 0.1))
        assert "不客气" in said.words

    async def test_without_a_plausible_meaning_gets_the_general_choices(self, house: House) -> None:
        citizen = house.citizen()
        assert await citizen.says("阿巴阿巴呜噜") == house.library.reply("fallback_first")
        assert citizen.options[-2:] == ["一步一步教我", "转人工"]
        assert "支付宝" in await citizen.says("1")

    @pytest.mark.parametrize("words", ["不想刷脸", "姑娘，不想刷脸有别的办法吗", "手机摄像头坏了"])
    async def test_is_shown_another_way_than_the_face(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert "人工审核" in await citizen.says(words)
        assert "转人工" in citizen.options

    @pytest.mark.parametrize("words", ["How do I verify my identity?", "i cannot open the mini program"])
    async def test_in_english_is_told_in_english_whom_to_ask(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("in_english")
        assert "转人工" in citizen.options

    @pytest.mark.parametrize("words", ["zen me ban", "you mei you ren", "iphone 12", "ok"])
    async def test_in_other_letters_is_not_taken_for_english(self, house: House, words: str) -> None:
        assert await house.citizen().says(words) != house.library.reply("in_english")

    @pytest.mark.parametrize("words", ["shualian bu guo", "qianming shibai"])
    async def test_in_pinyin_is_asked_for_characters(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("in_letters")
        assert "转人工" in citizen.options

    async def test_with_a_link_in_it_is_warned_of_strange_links(self, house: House) -> None:
        said = await house.citizen().says("https://pay.example.cn/abc 这个链接是你们的吗")
        assert said == house.library.reply("link")
