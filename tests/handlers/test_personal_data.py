"""Numbers of a person are masked before they are kept, and change no answer."""

import pytest

from tests.handlers.conftest import House


class TestPersonalData:
    @pytest.mark.parametrize(
        "secret",
        ["11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ", "13800138000", "6222021234567890128"],
    )
    async def test_is_masked_before_it_is_kept_and_the_citizen_is_told(
        self, house: House, secret: str
    ) -> None:
        words = await house.citizen().says(f"我叫张三，号码{secret}，刷脸通不过")
        assert "遮住" in words
        for table in ("heard", "said", "citizen", "hand_over"):
            assert secret not in str(await house.rows(table))

    async def test_is_asked_not_to_be_sent_only_once(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("我的手机13800138000刷脸通不过")
        assert "遮住" not in await citizen.says("我的手机13800138000刷脸通不过")

    @pytest.mark.parametrize(
        "words",
        [
            "11010519491231002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "我的身份证号是11010519491231002X",
            "卡号 6222021234567890128",
            "123456",
        ],
    )
    async def test_alone_is_no_question_and_no_miss(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert house.library.reply("only_numbers") in await citizen.says(words)
        assert await citizen.says(words) == house.library.reply("only_numbers")
        assert await citizen.says("阿巴阿巴呜噜") == house.library.reply("fallback_first")

    async def test_beside_words_that_are_not_understood_is_not_asked_for(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("我叫张三，身份证 11010119900307 8515，帮我查一下")
        assert house.library.reply("only_numbers") in words

    async def test_beside_a_question_leaves_the_question(self, house: House) -> None:
        words = await house.citizen().says("身份证11010519491231002X要收费吗")
        assert "收费" in words

    @pytest.mark.parametrize(
        "words", ["刷脸通不过，身份证号11010519491231002X", "我的身份证号是11010519491231002X，刷脸通不过"]
    )
    async def test_takes_no_certainty_from_the_question(self, house: House, words: str) -> None:
        await house.citizen().says(words)
        row = await house.row("heard")
        assert (row["topic"], row["zone"]) == ("fail_face", "answer")
