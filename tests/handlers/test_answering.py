"""A question is answered from the guide alone, and so is what is asked after it."""

import pytest

from handlers.messages import Text
from tests.handlers.conftest import House


class TestAQuestion:
    async def test_is_answered_with_what_can_be_asked_next(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("怎么打开小程序")
        assert "登记注册身份验证" in words
        assert {"解决了", "没解决"} <= set(citizen.options)
        assert len([option for option in citizen.last.options if option.id.startswith("topic:")]) <= 3

    async def test_that_was_tapped_is_answered_without_guessing(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("anything", option="topic:fee")
        assert words == house.library.answer_to("fee", on=house.clock().date()).text  # type: ignore[union-attr]

    async def test_in_traditional_characters_is_understood(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("請問要收費嗎")
        assert (await house.rows("heard"))[0]["topic"] == "fee"

    async def test_beyond_the_guide_leads_to_a_human_and_invents_nothing(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("今天天气怎么样")
        await citizen.says("量子力学是什么")
        assert "转人工" in citizen.options

    async def test_is_answered_with_one_way_to_a_human_at_most(self, house: House) -> None:
        for topic in house.library.content.topics:
            citizen = house.citizen(f"o{topic.id}")
            await citizen.says(topic.title, option=f"topic:{topic.id}")
            if citizen.heard and isinstance(citizen.heard[-1], Text):
                humans = [o for o in citizen.last.options if o.id in ("human", "topic:human")]
                assert len(humans) <= 1, topic.id


class TestAFollowUp:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("那护照呢", "华侨持用护照可以用"),
            ("台湾的呢", "台湾居民的证件能不能用，操作指南没有写"),
            ("居住证呢", "居住证能不能用，操作指南没有写"),
            ("外国护照呢", "外国护照能不能用，操作指南没有写"),
            ("港澳的呢", "港澳通行证可以"),
        ],
    )
    async def test_about_another_document_goes_on_from_the_question_before(
        self, house: House, words: str, told: str
    ) -> None:
        citizen = house.citizen()
        await citizen.says("支持哪些证件", option="topic:id_types")
        assert told in await citizen.says(words)

    async def test_is_no_follow_up_of_a_question_that_knows_no_documents(self, house: House) -> None:
        citizen = house.citizen()
        requirements = await citizen.says("对手机有什么要求", option="topic:phone_req")
        assert await citizen.says("回乡证呢") != requirements

    @pytest.mark.parametrize(
        ("before", "words", "topic"),
        [("foreigner", "那港澳的呢", "hkmt"), ("hkmt", "那护照咧", "id_types")],
    )
    async def test_about_a_document_that_the_last_topic_says_nothing_of_stands_alone(
        self, house: House, before: str, words: str, topic: str
    ) -> None:
        citizen = house.citizen()
        said_before = await citizen.says("？", option=f"topic:{before}")
        assert await citizen.says(words) != said_before
        told_or_asked = {f"solved:{topic}", f"topic:{topic}"}
        assert told_or_asked & {option.id for option in citizen.last.options}

    async def test_that_asks_for_all_documents_is_told_of_all(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("护照可以吗", option="topic:id_types")
        assert "华侨持用护照可以用" in await citizen.says("那护照呢")
        everything = await house.citizen("oOther").says("支持哪些证件类型")
        assert await citizen.says("支持哪些证件类型") == everything

    async def test_that_names_no_system_is_not_told_of_the_last_one(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("手机有什么要求")
        assert "鸿蒙" in (await citizen.says("鸿蒙呢"))[:5]
        assert "鸿蒙" not in (await citizen.says("苹果手机行吗"))[:20]

    async def test_about_a_document_without_an_answer_of_its_own_is_not_told_of_the_last_one(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("台胞证可以吗")
        assert "台湾" not in await citizen.says("军官证行吗")
