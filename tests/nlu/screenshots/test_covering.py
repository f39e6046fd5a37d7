"""Nothing personal leaves the reading process: no number, no name, and nothing at all of papers."""

import pytest

from nlu.numbers import check_digit
from nlu.screenshots import Line, Sight, covered, sight_of

ID = "11010119900307123"
ID += check_digit(ID).upper()
CARD = "6222021234567890"  # no card has this number: the check digit is wrong


def page(*rows: tuple[str, ...]) -> list[Line]:
    """Rows from top to bottom, each of boxes from left to right."""
    return [Line(words, n / 20, 0.02) for n, row in enumerate(rows) for words in row]


def never(*_: object) -> bool:
    return False


def said(lines: list[Line]) -> str:
    return "\n".join(line.words for line in covered(lines))


class TestNumbers:
    @pytest.mark.parametrize(
        "lines",
        [
            page(("身份验证失败",), (f"证件号码 {ID}",)),
            page(("身份验证失败",), ("证件号码", ID)),
            page(("证件号码", ID[:6], ID[6:14], ID[14:])),
            page((f"{ID[:10]}",), (ID[10:],)),
            page((f"证件号码{ID[:8]}O{ID[9:13]}l{ID[14:]}",)),  # 0 and 1 misread
            page((" ".join(ID),)),
        ],
    )
    def test_of_an_identity_card_are_covered_however_they_were_read(self, lines: list[Line]) -> None:
        for size in (8, 6):
            assert not any(ID[n : n + size] in said(lines).replace(" ", "") for n in range(3, 14 - size + 3))

    def test_of_a_bank_card_are_covered_when_torn_into_fours(self) -> None:
        lines = page(("银行卡验证失败",), tuple(CARD[n : n + 4] for n in range(0, 16, 4)))
        assert CARD[4:8] not in said(lines)
        assert "银行卡验证失败" in said(lines)

    def test_that_are_no_secret_stay(self) -> None:
        assert said(page(("支持安卓 4.3 及以上",), ("近 7 天",))) == "支持安卓 4.3 及以上\n近 7 天"


class TestNames:
    @pytest.mark.parametrize(
        "lines",
        [
            page(("姓名", "欧阳小明")),
            page(("姓名：欧阳小明",)),
            page(("姓名欧阳小明",)),
            page(("持卡人 欧阳小明",)),
        ],
    )
    def test_are_covered_beside_what_announces_them(self, lines: list[Line]) -> None:
        assert "欧阳" not in said(lines)

    @pytest.mark.parametrize(
        "words", ["姓名与身份证号码不一致", "姓名、身份证号码录入错误", "姓名格式不正确"]
    )
    def test_are_not_seen_where_an_error_speaks_of_names(self, words: str) -> None:
        assert said(page((words,))) == words

    def test_do_not_cost_the_error_on_the_next_line(self) -> None:
        assert "身份验证失败" in said(page(("姓名",), ("身份验证失败",)))


class TestPapers:
    @pytest.mark.parametrize(
        "lines",
        [
            page(("姓名张小明",), ("性别男", "民族汉"), ("出生1990年3月7日",), ("公民身份号码", ID)),
            page(
                ("中华人民共和国",),
                ("居民身份证",),
                ("签发机关 某某市公安局",),
                ("有效期限 2020.01.01-长期",),
            ),
            page(("中国某某银行", "储蓄卡"), (CARD[:4], CARD[4:8], CARD[8:12], CARD[12:]), ("银联",)),
            page(("护照 PASSPORT",), ("国籍 中国",), ("签发地点 北京",)),
            page(("P<CHNZHANG<<XIAOMING<<<<<<<<<<<<<<<<<<<",), ("E123456784CHN9003071M3003079<<<<<<<<<<",)),
            page(("港澳居民来往内地通行证",), ("签发机关 公安部",), ("有效期限 2030.01.01",)),
        ],
    )
    def test_give_out_nothing_but_that_they_are_papers(self, lines: list[Line]) -> None:
        assert sight_of(lines, never) == Sight("papers")

    @pytest.mark.parametrize(
        "lines",
        [
            page(("登记注册身份验证",), ("姓名", "张小明"), ("证件类型", "居民身份证"), ("证件号码", ID)),
            page(("银行卡验证失败",), (CARD,), ("请核对银行卡号",)),
            page(("您的身份证已过有效期",), ("请更新证件",)),
        ],
    )
    def test_are_not_seen_in_a_form_that_names_them(self, lines: list[Line]) -> None:
        assert sight_of(lines, never).kind == "page"


class TestAPictureWithFewLetters:
    def test_says_nothing(self) -> None:
        assert sight_of(page(("OK",)), never) == Sight("nothing")

    def test_shows_a_face_when_there_is_one(self) -> None:
        assert sight_of(page(("NIKE",)), lambda: True) == Sight("face")

    def test_is_not_searched_for_faces_when_it_has_many(self) -> None:
        def asked() -> bool:
            raise AssertionError("searched for a face")

        assert sight_of(page(("人像比对未通过，请本人在光线充足处重试",)), asked).kind == "page"


def test_what_was_seen_has_a_repr_without_secrets() -> None:
    assert ID not in repr(sight_of(page(("身份验证失败",), ("证件号码", ID)), never))
