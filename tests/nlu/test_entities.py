import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.entities import besides_numbers, find_entities, mask, phone_is_supported
from nlu.numbers import check_digit, is_card_number, is_id_number
from nlu.text import normalise, words_only

BARE_ID = "11010119900307123"
ID = BARE_ID + check_digit(BARE_ID).upper()
CARD = "6222020200112233445"
CARD = next(CARD[:-1] + d for d in string.digits if is_card_number(CARD[:-1] + d))


def found(text: str) -> list[tuple[str, str]]:
    return [(entity.kind, entity.value) for entity in find_entities(text)]


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


class TestAnIdNumber:
    @pytest.mark.parametrize(
        "said",
        [
            ID,
            f"我的身份证号是{ID}谢谢",
            full_width(ID),
            " ".join(ID),
            f"{ID[:6]} {ID[6:14]} {ID[14:]}",
            f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
            f"{ID[:6]}\u200b{ID[6:]}",
        ],
    )
    def test_is_found_however_it_is_written(self, said: str) -> None:
        assert ("id_number", ID.lower()) in found(said)

    def test_is_found_beside_a_phone(self) -> None:
        assert found(f"{ID} 13800138000") == [("id_number", ID.lower()), ("phone", "13800138000")]

    def test_with_a_wrong_check_digit_is_only_like_one(self) -> None:
        wrong = BARE_ID + next(d for d in "0123456789" if d != check_digit(BARE_ID))
        assert found(wrong) == [("id_number_like", wrong)]

    def test_of_the_old_form_is_found(self) -> None:
        assert found("110101900307123") == [("id_number", "110101900307123")]

    def test_ending_in_x_is_found_in_either_case(self) -> None:
        body = next(b for n in range(1000) if check_digit(b := f"11010119900307{n:03}") == "x")
        assert found(body + "X") == found(body + "x") == [("id_number", body + "x")]

    @given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 999), st.sampled_from(["", " ", "-"]))
    @settings(max_examples=200)
    def test_is_never_readable_after_masking(self, before: str, after: str, n: int, gap: str) -> None:
        body = f"11010119900307{n:03}"
        number = body + check_digit(body).upper()
        planted = gap.join((number[:6], number[6:14], number[14:]))
        masked = mask(before + planted + after)
        assert number not in "".join(masked.split()).replace("-", "")
        assert number[6:14] not in masked.replace(" ", "").replace("-", "")[len(before) :] or (
            number[6:14] in after.replace(" ", "").replace("-", "")
        )


class TestOtherNumbers:
    @pytest.mark.parametrize(
        ("said", "kind", "value"),
        [
            ("电话138-0013-8000", "phone", "13800138000"),
            ("+86 13800138000", "phone", "13800138000"),
            ("卡号" + CARD, "bank_card", CARD),
            ("护照E12345678", "passport", "e12345678"),
            ("护照号EA1234567", "passport", "ea1234567"),
            ("回乡证H12345678", "hkmt_permit", "h12345678"),
            ("回乡证HA1234567", "hkmt_permit", "ha1234567"),
            ("澳门的MA 1234567", "hkmt_permit", "ma1234567"),
            ("台胞证12345678", "taiwan_permit", "12345678"),
            ("通行证C12345678", "exit_permit", "c12345678"),
            ("永居ABC123456789012", "foreign_permanent_id", "abc123456789012"),
            ("后六位是071233", "number_fragment", "071233"),
            ("一三八零零一三八零零零", "phone", "13800138000"),
            ("壹叁捌零零壹叁捌零零零", "phone", "13800138000"),
        ],
    )
    def test_are_told_apart(self, said: str, kind: str, value: str) -> None:
        assert (kind, value) in found(said)

    def test_of_a_resident_of_hong_kong_is_a_residence_permit(self) -> None:
        body = "81000019900307123"
        assert found(body + check_digit(body))[0][0] == "residence_permit"

    @pytest.mark.parametrize(
        "said",
        [
            "充值100000元",
            "错误码1000123",
            "客服400-800-1234",
            "2024-01-05",
            "12345",
            "业务编号20261130000123456",
            "订单号：2026113012345678",
            "单号是SF1234567890123",
            "公司注册号110105012345678",
            "受理号 京朝 2026 第 12345678 号",
        ],
    )
    def test_that_are_nobodys_are_left_alone(self, said: str) -> None:
        assert mask(said) == said

    @pytest.mark.parametrize("label", ["订单号", "编号：", "第"])
    def test_of_a_person_are_covered_whatever_they_are_called(self, label: str) -> None:
        for number in (ID, CARD, "13800138000"):
            assert number not in mask(f"{label}{number}号")

    def test_of_a_paper_are_covered(self) -> None:
        assert mask("证件编号110105012345") == "证件编号" + "*" * 12


class TestMasking:
    def test_keeps_the_ends_and_the_length(self) -> None:
        assert mask(f"号{ID}。") == f"号110{'*' * 11}{ID[-4:]}。"
        assert mask("13800138000") == "138****8000"

    def test_keeps_the_separators(self) -> None:
        assert mask("138 0013 8000") == "138 **** 8000"

    def test_hides_all_of_a_fragment(self) -> None:
        assert mask("110101199003") == "*" * 12

    def test_is_stable(self) -> None:
        once = mask(f"{ID}，13800138000，{CARD}")
        assert mask(once) == once

    @given(st.text(alphabet=st.sampled_from("0123456789xX -一二三零 护照H安卓.号月年E"), max_size=80))
    @settings(max_examples=300)
    def test_never_crashes_and_keeps_the_length(self, said: str) -> None:
        assert len(mask(said)) == len(said)
        for entity in find_entities(said):
            assert 0 <= entity.start < entity.end <= len(said)

    @given(st.text(max_size=200))
    @settings(max_examples=200)
    def test_spans_are_valid_for_any_text(self, said: str) -> None:
        for entity in find_entities(said):
            assert 0 <= entity.start < entity.end <= len(said)


class TestAClauseThatOnlyGivesANumber:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (f"刷脸通不过，身份证号{ID}", "刷脸通不过"),
            (f"我的身份证号是{ID}，刷脸过不了", "刷脸过不了"),
            (f"我的身份证是{ID} 刷脸过不了", "刷脸过不了"),
            (f"我叫王小明，身份证{ID}，刷脸过不去", "刷脸过不去"),
            (f"身份证{ID}，名字打不出来", "名字打不出来"),
            (f"{ID}。手机号：13800138000。待办是空的", "待办是空的"),
            (f"身份证号{ID}填错了怎么办", "身份证号填错了怎么办"),
            (f"卡号{CARD}，验不过", "卡号，验不过"),
            (f"我的身份证号是{ID}", f"我的身份证号是{ID}"),
            (ID, ID),
            ("收费吗，要多少", "收费吗，要多少"),
            ("", ""),
        ],
    )
    def test_is_left_out_of_what_is_asked(self, text: str, said: str) -> None:
        assert besides_numbers(text, find_entities(text)) == said

    @given(st.text())
    def test_never_loses_all_the_words(self, text: str) -> None:
        said = besides_numbers(text, find_entities(text))
        assert words_only(normalise(said).text) or not words_only(normalise(text).text)


class TestCheckDigits:
    def test_id_numbers(self) -> None:
        assert is_id_number(ID.lower())
        assert not is_id_number(ID[:-1])
        assert not is_id_number("110101199013071233")

    @pytest.mark.parametrize("card", ["", "622", "0" * 16, "a" * 16])
    def test_no_card(self, card: str) -> None:
        assert not is_card_number(card)


class TestWords:
    @pytest.mark.parametrize(
        ("said", "kind", "value"),
        [
            ("用身份證可以嗎", "document", "resident_id"),
            ("我是华侨", "document", "overseas_passport"),
            ("护照行不行", "document", "overseas_passport"),
            ("美国护照", "document", "foreign_passport"),
            ("港澳通行证", "document", "hkmt"),
            ("台胞证能不能用", "document", "taiwan"),
            ("港澳台居民居住证", "document", "gat_residence"),
            ("外国人永久居留身份证", "document", "foreign_permanent"),
            ("提示人像比对未通过", "error", "face"),
            ("显示身份验证失败", "error", "identity"),
            ("验证失败：请稍后重试", "error", "retry"),
            ("我的华为手机", "phone_brand", "huawei"),
            ("安卓4.2", "phone_system", "android 4.2"),
            ("Android 12系统", "phone_system", "android 12"),
            ("安卓四点二", "phone_system", "android 4.2"),
            ("安桌4.2", "phone_system", "android 4.2"),
            ("苹果手机的系统是11.4", "phone_system", "ios 11.4"),
            ("iphone 8 系统 12.1", "phone_system", "ios 12.1"),
            ("ios系统版本号是10.3", "phone_system", "ios 10.3"),
            ("ios v12", "phone_system", "ios 12"),
            ("ios十二", "phone_system", "ios 12"),
            ("鸿蒙系统4", "phone_system", "harmony 4"),
            ("签字的时候", "step", "sign"),
            ("待办事项在哪", "step", "todo"),
            ("2024年1月5日办的", "date", "2024-01-05"),
            ("昨天弄的", "date", "昨天"),
        ],
    )
    def test_are_named(self, said: str, kind: str, value: str) -> None:
        assert (kind, value) in found(said)


class TestAPhoneSystem:
    @pytest.mark.parametrize(
        ("value", "enough"),
        [
            ("android 4.2", False),
            ("android 4.3", True),
            ("android 4.3.1", True),
            ("android 10", True),
            ("android 2", False),
            ("ios 10.3", False),
            ("ios 11", True),
            ("ios 12", True),
            ("harmony 4", None),
            ("android", None),
            ("android 4", None),
            ("", None),
            ("nonsense 3.x", None),
        ],
    )
    def test_is_judged_by_the_guide(self, value: str, enough: bool | None) -> None:
        assert phone_is_supported(value) is enough
