"""Names: rare characters, the dot, and what is not a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.documents import DocumentKind, Refusal
from verification.names import read_name

RESIDENT, FOREIGN = DocumentKind.RESIDENT_ID, DocumentKind.FOREIGN_PASSPORT

# One character of each block that names draw on, from the basic one to extension I.
RARE = ["䶮", "﨑", "〇", "𠮷", "𫝈", "𬀩", "𭗔", "\U0002ceb1", "\U00030edd", "\U0002ebf0", "\U000323af"]


class TestANameOnAnIdCard:
    @pytest.mark.parametrize("name", ["张三", "欧阳修远", "买买提·艾力", "迪丽热巴·迪力木拉提"])
    def test_is_read_as_it_stands(self, name):
        assert read_name(RESIDENT, name) == name

    @pytest.mark.parametrize("character", RARE)
    def test_may_have_a_rare_character(self, character):
        assert isinstance(read_name(RESIDENT, f"王{character}"), str)
        assert not isinstance(read_name(RESIDENT, f"王{character}"), Refusal)

    @pytest.mark.parametrize("dot", [*"·•‧・･⋅∙․●.．｡。˙⸱⸳ㆍ", " · ", "\u0387"])
    def test_may_have_any_keyboards_dot(self, dot):
        assert read_name(RESIDENT, f"买买提{dot}艾力") == "买买提·艾力"

    @pytest.mark.parametrize("typed", [" 张三 ", "张 三", "张\u3000三", "张\u200b三", "\ufeff张三\n"])
    def test_may_have_spaces_between(self, typed):
        assert read_name(RESIDENT, typed) == "张三"

    @pytest.mark.parametrize(
        ("old", "new"), [("\ue863", "䶮"), ("\ue816", "\U00020087"), ("\ue864", "龻"), ("\ue815", "⺁")]
    )
    def test_from_an_old_keyboard_is_the_same_name(self, old, new):
        read = read_name(RESIDENT, f"王{old}")
        assert read == read_name(RESIDENT, f"王{new}")
        if new != "⺁":
            assert read == f"王{new}"

    @pytest.mark.parametrize("variant", ["\ufe00", "\U000e0100"])
    def test_is_the_same_in_every_variant_of_a_character(self, variant):
        assert read_name(RESIDENT, f"葛{variant}城") == "葛城"


class TestANameOnAnIdCardRefused:
    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("", Refusal.NAME_EMPTY),
            ("\u200b \n", Refusal.NAME_EMPTY),
            ("张", Refusal.NAME_TOO_SHORT),
            ("张" * 51, Refusal.NAME_TOO_LONG),
            ("张三1", Refusal.NAME_WITH_DIGITS),
            ("张３", Refusal.NAME_WITH_DIGITS),
            ("Zhang San", Refusal.NAME_NOT_CHINESE),
            ("张San", Refusal.NAME_MIXED),
            ("张三!", Refusal.NAME_ODD_CHARACTER),
            ("张\ue5e5", Refusal.NAME_ODD_CHARACTER),
            ("张😀", Refusal.NAME_ODD_CHARACTER),
            ("·张三", Refusal.NAME_DOT_MISPLACED),
            ("张三·", Refusal.NAME_DOT_MISPLACED),
            ("买买提··艾力", Refusal.NAME_DOT_MISPLACED),
        ],
    )
    def test_says_why(self, typed, why):
        assert read_name(RESIDENT, typed) is why


class TestANameOnAForeignPassport:
    @pytest.mark.parametrize(
        ("typed", "read"),
        [
            ("Anna-Lena  Müller", "ANNA-LENA MÜLLER"),
            ("O'Brien, Seán", "O'BRIEN, SEÁN"),
            ("ＬＩ　ＭＩＮＧ", "LI MING"),
            ("J. Smith", "J. SMITH"),
            ("O’Brien", "O'BRIEN"),
            ("O´Brien", "O'BRIEN"),
            ("Anna–Lena", "ANNA-LENA"),
            ("Anna‑Lena", "ANNA-LENA"),
            ("金大中", "金大中"),
        ],
    )
    def test_is_read(self, typed, read):
        assert read_name(FOREIGN, typed) == read

    @pytest.mark.parametrize("typed", ["A", "-", "John<3", "Anna/Lena"])
    def test_is_refused_when_it_is_none(self, typed):
        assert isinstance(read_name(FOREIGN, typed), Refusal)


class TestAnyName:
    @given(st.sampled_from(DocumentKind), st.text(max_size=60))
    def test_read_again_from_its_stored_form_stays_the_same(self, kind, typed):
        name = read_name(kind, typed)
        assert isinstance(name, Refusal) or read_name(kind, name) == name
