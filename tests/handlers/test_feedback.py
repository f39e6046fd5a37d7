"""Whether an answer helped: kept with it, and a human comes when it did not."""

from tests.handlers.conftest import House


class TestFeedback:
    async def test_is_recorded_for_the_answer_it_belongs_to(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗", option="topic:fee")
        await citizen.taps("解决了")
        assert (await house.row("feedback"))["solved"] is True

    async def test_is_recorded_from_other_words_for_it(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么签字", option="topic:sign_how")
        assert await citizen.says("管用了") == house.library.reply("resolved_yes")
        assert (await house.row("feedback"))["solved"] is True

    async def test_twice_unsolved_brings_a_human(self, house: House) -> None:
        citizen = house.citizen()
        for _ in range(2):
            await citizen.says("刷脸", option="topic:fail_face")
            await citizen.taps("没解决")
        assert (await house.row("hand_over"))["reason"] == "not_solved"

    async def test_of_somebody_who_waits_for_a_human_does_not_offer_one_again(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert "第 1 位" in await citizen.says("还是不行")
        assert citizen.options == ["不转了"]
        await citizen.says("解决了")
        assert citizen.options == ["不转了"]
