"""Each kind of document: what is read, what is refused and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from verification.documents import Document, DocumentKind, Refusal, read_number

TODAY = date(2026, 11, 23)
RESIDENT, GAT = DocumentKind.RESIDENT_ID, DocumentKind.GAT_RESIDENCE
PERMANENT, PASSPORT = DocumentKind.FOREIGN_PERMANENT, DocumentKind.OVERSEAS_PASSPORT


def with_check_digit(seventeen: str) -> str:
    return seventeen + ric.calc_check_digit(seventeen + "0")


# Invented people: order codes 001 and 002 of their day.
ZHANG = with_check_digit("11010119900307001")
ENDS_IN_X = next(n for order in range(100) if (n := with_check_digit(f"44010019851202{order:03}"))[-1] == "X")
HONG_KONG = with_check_digit("81000019900307001")
GERMAN = with_check_digit("93127619800101001")

born_once = st.dates(date(1900, 1, 1), TODAY)
provinces = st.sampled_from(["11", "31", "44", "50", "54", "65", "71"])


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    rest = draw(st.integers(0, 9999)), draw(born_once), draw(st.integers(0, 999))
    return with_check_digit(f"{draw(provinces)}{rest[0]:04}{rest[1]:%Y%m%d}{rest[2]:03}")


def read(kind: DocumentKind, typed: str) -> Document | Refusal:
    return read_number(kind, typed, TODAY)


def number(kind: DocumentKind, typed: str) -> str:
    document = read(kind, typed)
    assert isinstance(document, Document), document
    return document.number


class TestAResidentIdCard:
    def test_is_read_with_its_birth_date(self):
        assert read(RESIDENT, ZHANG) == Document(RESIDENT, ZHANG, date(1990, 3, 7))

    @pytest.mark.parametrize("last", ["X", "x", "Ｘ", "×", "Х"])
    def test_may_end_in_any_kind_of_x(self, last):
        assert number(RESIDENT, ENDS_IN_X[:-1] + last) == ENDS_IN_X

    def test_may_be_typed_with_spaces_dashes_and_full_width_digits(self):
        wide = ZHANG.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})
        assert number(RESIDENT, f" {wide[:6]} {wide[6:14]}-{wide[14:]}\u200b") == ZHANG

    @given(resident_ids())
    def test_is_read_whoever_holds_it(self, typed):
        assert number(RESIDENT, typed) == typed

    @given(resident_ids(), st.integers(0, 17), st.integers(1, 9))
    def test_with_one_digit_wrong_is_never_read(self, typed, place, by):
        if typed[place] == "X":
            return
        wrong = typed[:place] + str((int(typed[place]) + by) % 10) + typed[place + 1 :]
        assert isinstance(read(RESIDENT, wrong), Refusal)

    @given(resident_ids(), st.integers(0, 16))
    def test_with_two_neighbours_swapped_is_never_read(self, typed, place):
        swapped = typed[:place] + typed[place + 1] + typed[place] + typed[place + 2 :]
        assert swapped == typed or isinstance(read(RESIDENT, swapped), Refusal)

    def test_of_somebody_who_registered_in_a_county_younger_than_they_are_is_read(self):
        # 500101 belongs to Chongqing, a municipality since 1997.
        assert isinstance(read(RESIDENT, with_check_digit("50010119600101001")), Document)


class TestAResidentIdCardRefused:
    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("", Refusal.EMPTY),
            (" \u3000-", Refusal.EMPTY),
            ("110101900307001", Refusal.OLD_15_DIGITS),
            (ZHANG[:-1], Refusal.TOO_SHORT),
            (ZHANG + "1", Refusal.TOO_LONG),
            ("11O101" + ZHANG[6:], Refusal.NOT_DIGITS),
            ("X" + ZHANG[1:], Refusal.NOT_DIGITS),
            ("\u0661" * 18, Refusal.NOT_DIGITS),
            (ZHANG[:-1] + ("1" if ZHANG[-1] == "0" else "0"), Refusal.BAD_CHECK_DIGIT),
            (with_check_digit("11010119900230001"), Refusal.IMPOSSIBLE_BIRTH_DATE),
            (with_check_digit("11010119901301001"), Refusal.IMPOSSIBLE_BIRTH_DATE),
            (with_check_digit("11010118500101001"), Refusal.IMPOSSIBLE_BIRTH_DATE),
            (with_check_digit("00010119900307001"), Refusal.UNKNOWN_REGION),
            (with_check_digit("47010119900307001"), Refusal.UNKNOWN_REGION),
            (HONG_KONG, Refusal.IS_GAT_RESIDENCE),
            (GERMAN, Refusal.IS_FOREIGN_PERMANENT),
        ],
    )
    def test_says_which_way(self, typed, why):
        assert read(RESIDENT, typed) == why

    def test_of_somebody_born_tomorrow_is_read_tomorrow(self):
        tomorrow = TODAY + timedelta(days=1)
        typed = with_check_digit(f"110101{tomorrow:%Y%m%d}001")
        assert read(RESIDENT, typed) == Refusal.IMPOSSIBLE_BIRTH_DATE
        assert isinstance(read_number(RESIDENT, typed, tomorrow), Document)


class TestAResidencePermitOfHongKongMacaoAndTaiwan:
    @pytest.mark.parametrize("region", ["810000", "820000", "830000"])
    def test_is_read(self, region):
        typed = with_check_digit(f"{region}19900307001")
        assert read(GAT, typed) == Document(GAT, typed, date(1990, 3, 7))

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            (ZHANG, Refusal.IS_RESIDENT_ID),
            (HONG_KONG[:-1] + ("1" if HONG_KONG[-1] == "0" else "0"), Refusal.BAD_CHECK_DIGIT),
            (with_check_digit("81010119900307001"), Refusal.IS_RESIDENT_ID),
            ("H12345678", Refusal.TOO_SHORT),
        ],
    )
    def test_is_refused(self, typed, why):
        assert read(GAT, typed) == why


class TestAForeignPermanentResidentCard:
    def test_of_2023_is_read_with_its_birth_date(self):
        assert read(PERMANENT, GERMAN) == Document(PERMANENT, GERMAN, date(1980, 1, 1))

    def test_of_the_published_specimen_is_read(self):
        # The specimen that the National Immigration Administration shows of the card of 2023.
        specimen = "911124198108030024"
        assert read(PERMANENT, specimen) == Document(PERMANENT, specimen, date(1981, 8, 3))
        assert read(RESIDENT, specimen) == Refusal.IS_FOREIGN_PERMANENT

    def test_of_2017_is_read(self):
        assert number(PERMANENT, "deu 3100 800101 01") == "DEU310080010101"

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            (ZHANG, Refusal.NOT_A_FOREIGN_PERMANENT),
            ("DE3100800101012", Refusal.NOT_A_FOREIGN_PERMANENT),
            ("DEU31008001010", Refusal.NOT_A_FOREIGN_PERMANENT),
            (GERMAN[:-1], Refusal.TOO_SHORT),
            (GERMAN[:-1] + ("1" if GERMAN[-1] == "0" else "0"), Refusal.BAD_CHECK_DIGIT),
            (with_check_digit("93127619801301001"), Refusal.IMPOSSIBLE_BIRTH_DATE),
        ],
    )
    def test_is_refused(self, typed, why):
        assert read(PERMANENT, typed) == why


class TestAPermitOfHongKongAndMacaoResidents:
    @pytest.mark.parametrize(
        "typed", ["H12345678", "m87654321", "Ｈ１２３４５６７８", "H 1234 5678", "HA1234567", "ma 7654321"]
    )
    def test_is_read(self, typed):
        assert len(number(DocumentKind.HKMT, typed)) == 9

    def test_is_the_same_person_whatever_the_count_of_renewals(self):
        assert number(DocumentKind.HKMT, "H1234567801") == number(DocumentKind.HKMT, "H12345678")

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("A12345678", Refusal.NOT_H_OR_M),
            ("12345678", Refusal.NOT_H_OR_M),
            ("H1234567", Refusal.TOO_SHORT),
            ("H123456789", Refusal.TOO_LONG),
            ("H1234567O", Refusal.NOT_DIGITS),
            ("HB1234567", Refusal.NOT_DIGITS),
            ("HA12345678", Refusal.TOO_LONG),
        ],
    )
    def test_is_refused(self, typed, why):
        assert read(DocumentKind.HKMT, typed) == why


class TestAPermitOfTaiwanResidents:
    def test_is_read(self):
        assert number(DocumentKind.TAIWAN, "0123 4567") == "01234567"

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("1234567890(B)", Refusal.OLD_TAIWAN_PERMIT),
            ("1234567890", Refusal.OLD_TAIWAN_PERMIT),
            ("1234567", Refusal.TOO_SHORT),
            ("123456789", Refusal.TOO_LONG),
            ("1234567A", Refusal.NOT_DIGITS),
        ],
    )
    def test_is_refused(self, typed, why):
        assert read(DocumentKind.TAIWAN, typed) == why


class TestAChinesePassportHeldAbroad:
    @pytest.mark.parametrize("typed", ["E12345678", "ea1234567", "G12345678", "PE1234567", "D1234567"])
    def test_is_read(self, typed):
        assert number(PASSPORT, typed) == typed.upper()

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("EO1234567", Refusal.NOT_A_CHINESE_PASSPORT),
            ("EI1234567", Refusal.NOT_A_CHINESE_PASSPORT),
            ("K12345678", Refusal.NOT_A_CHINESE_PASSPORT),
            ("E1234567", Refusal.TOO_SHORT),
            ("E123456789", Refusal.TOO_LONG),
        ],
    )
    def test_is_refused(self, typed, why):
        assert read(PASSPORT, typed) == why


class TestAForeignPassport:
    @pytest.mark.parametrize("typed", ["C01X00T47", "123456789", "ab 123456", "X1234"])
    def test_is_read(self, typed):
        assert number(DocumentKind.FOREIGN_PASSPORT, typed).isalnum()

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("A123", Refusal.TOO_SHORT),
            ("A" * 9, Refusal.NOT_A_PASSPORT),
            ("护照123456", Refusal.NOT_A_PASSPORT),
            ("A1" * 8, Refusal.TOO_LONG),
        ],
    )
    def test_is_refused(self, typed, why):
        assert read(DocumentKind.FOREIGN_PASSPORT, typed) == why


class TestAnyDocument:
    @given(st.sampled_from(DocumentKind), st.text(max_size=40))
    def test_whatever_was_typed_is_read_or_refused(self, kind, typed):
        assert isinstance(read(kind, typed), Document | Refusal)

    @given(st.sampled_from(DocumentKind), st.text("0123456789EGHMXDU -", max_size=20))
    def test_read_again_from_its_stored_form_stays_the_same(self, kind, typed):
        document = read(kind, typed)
        if isinstance(document, Document):
            assert read(kind, document.number) == document

    def test_keeps_its_number_and_birth_date_out_of_logs(self):
        assert ZHANG not in repr(read(RESIDENT, ZHANG))
        assert "1990" not in repr(read(RESIDENT, ZHANG))
