import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keys import KeyRing, WeakSecret, check_secret, derived
from bot.sealer import Algorithm, Sealer, SealError, UnknownEnvelope, UnknownKey, Unsealable, place

FIRST = secrets.token_urlsafe(48)
SECOND = secrets.token_urlsafe(48)
THIRD = secrets.token_urlsafe(48)
HERE = place("message", "body", 7)
ID_NUMBER = "11010519491231002X"

sealers = st.sampled_from([Sealer(KeyRing.grown_from(FIRST), algorithm) for algorithm in Algorithm])


def sealer(secret: str = FIRST, *older: str, algorithm: Algorithm = Algorithm.AES_256_GCM) -> Sealer:
    return Sealer(KeyRing.grown_from(secret, older), algorithm)


class TestASealedValue:
    @given(sealers, st.text())
    def test_opens_where_it_was_sealed(self, house, text):
        assert house.open(house.seal(text, HERE), HERE) == text

    @given(sealers, st.binary(max_size=2000))
    def test_may_be_a_picture(self, house, picture):
        assert house.open_bytes(house.seal_bytes(picture, HERE), HERE) == picture

    @given(sealers)
    def test_shows_nothing_of_what_it_holds(self, house):
        assert ID_NUMBER.encode() not in house.seal(ID_NUMBER, HERE)

    @given(sealers)
    def test_is_never_the_same_twice(self, house):
        assert house.seal(ID_NUMBER, HERE) != house.seal(ID_NUMBER, HERE)

    @given(sealers, st.data())
    def test_does_not_open_after_any_single_bit_was_changed(self, house, data):
        envelope = bytearray(house.seal(ID_NUMBER, HERE))
        bit = data.draw(st.integers(0, len(envelope) * 8 - 1))
        envelope[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            house.open(bytes(envelope), HERE)

    @given(sealers, st.data())
    def test_does_not_open_when_cut_short(self, house, data):
        envelope = house.seal(ID_NUMBER, HERE)
        with pytest.raises(SealError):
            house.open(envelope[: data.draw(st.integers(0, len(envelope) - 1))], HERE)

    @pytest.mark.parametrize("elsewhere", ["message:body:8", "message:note:7", "case:body:7", ""])
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_does_not_open_in_another_place_and_opens_when_brought_back(self, elsewhere, algorithm):
        house = sealer(algorithm=algorithm)
        envelope = house.seal(ID_NUMBER, HERE)
        with pytest.raises(Unsealable):
            house.open(envelope, elsewhere)
        assert house.open(envelope, HERE) == ID_NUMBER

    def test_cannot_be_passed_off_as_sealed_by_the_other_algorithm(self):
        envelope = bytearray(sealer().seal(ID_NUMBER, HERE))
        envelope[1] = Algorithm.SM4_GCM
        with pytest.raises(Unsealable):
            sealer().open(bytes(envelope), HERE)

    @pytest.mark.parametrize(
        "stranger", [b"", b"plain text of some length, never sealed", b"\x02" + bytes(60)]
    )
    def test_is_told_from_what_was_never_sealed(self, stranger):
        with pytest.raises(UnknownEnvelope):
            sealer().open(stranger, HERE)

    def test_of_an_algorithm_from_later_days_is_refused_by_name(self):
        with pytest.raises(UnknownEnvelope, match="algorithm 9"):
            sealer().open(b"\x01\x09" + bytes(60), HERE)


class TestAChangeOfSecret:
    def test_leaves_the_old_values_readable(self):
        envelope = sealer(FIRST).seal(ID_NUMBER, HERE)
        assert sealer(SECOND, FIRST).open(envelope, HERE) == ID_NUMBER

    def test_seals_with_the_newest(self):
        envelope = sealer(SECOND, FIRST).seal(ID_NUMBER, HERE)
        assert sealer(SECOND).open(envelope, HERE) == ID_NUMBER

    def test_names_the_way_out_when_the_old_secret_was_forgotten(self):
        envelope = sealer(FIRST).seal(ID_NUMBER, HERE)
        with pytest.raises(UnknownKey, match="SECRET_KEY_BEFORE"):
            sealer(SECOND).open(envelope, HERE)
        assert sealer(SECOND, FIRST).open(envelope, HERE) == ID_NUMBER

    def test_can_be_finished_by_sealing_everything_anew(self):
        renewed = sealer(SECOND, FIRST).rotate(sealer(FIRST).seal(ID_NUMBER, HERE), HERE)
        assert renewed is not None
        assert sealer(SECOND).open(renewed, HERE) == ID_NUMBER

    def test_does_not_renew_what_is_already_new(self):
        house = sealer(SECOND, FIRST)
        assert house.rotate(house.seal(ID_NUMBER, HERE), HERE) is None

    def test_may_change_the_algorithm_too(self):
        renewed = sealer(algorithm=Algorithm.SM4_GCM).rotate(sealer().seal(ID_NUMBER, HERE), HERE)
        assert renewed is not None
        assert renewed[1] == Algorithm.SM4_GCM

    def test_never_renews_a_value_that_was_moved(self):
        with pytest.raises(Unsealable):
            sealer(SECOND, FIRST).rotate(sealer(FIRST).seal(ID_NUMBER, HERE), "message:body:8")


class TestABlindIndex:
    @pytest.mark.parametrize(
        "written",
        [
            "11010519491231002x",
            "110105 19491231 002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105-19491231-002X",
        ],
    )
    def test_finds_one_person_however_the_number_is_written(self, written):
        assert sealer().blind_index(written, "person.number") == sealer().blind_index(
            ID_NUMBER, "person.number"
        )

    def test_differs_from_column_to_column(self):
        assert sealer().blind_index(ID_NUMBER, "a") != sealer().blind_index(ID_NUMBER, "b")

    def test_differs_from_house_to_house(self):
        assert sealer(FIRST).blind_index(ID_NUMBER, "a") != sealer(SECOND).blind_index(ID_NUMBER, "a")

    def test_has_128_bits(self):
        assert len(sealer().blind_index(ID_NUMBER, "a")) == 16

    def test_still_finds_rows_that_were_indexed_before_the_secret_changed(self):
        before = sealer(FIRST).blind_index(ID_NUMBER, "a")
        assert sealer(SECOND, FIRST).blind_index(ID_NUMBER, "a") == before
        assert sealer(THIRD, SECOND, FIRST).blind_index(ID_NUMBER, "a") == before


class TestTheKeys:
    def test_differ_for_every_purpose(self):
        keys = KeyRing.grown_from(FIRST).newest
        assert len({keys.aes[:4], keys.sm4[:4], keys.index[:4], keys.id, derived(FIRST, "csrf", 4)}) == 5

    def test_are_the_same_after_a_restart(self):
        assert KeyRing.grown_from(FIRST) == KeyRing.grown_from(FIRST)

    def test_never_stand_in_a_repr(self):
        keys = KeyRing.grown_from(FIRST, [SECOND])
        shown = repr(keys) + repr(Sealer(keys)) + str(keys)
        for each in keys.sets:
            assert FIRST not in shown
            assert repr(each.aes) not in shown
            assert each.aes.hex() not in shown
            assert each.index.hex() not in shown

    def test_are_no_part_of_an_error(self):
        with pytest.raises(SealError) as refusal:
            sealer().open(sealer().seal(ID_NUMBER, HERE), "message:body:110105194912310021")
        assert "110105194912310021" not in str(refusal.value)
        assert refusal.value.__cause__ is None


class TestASecretKey:
    @pytest.mark.parametrize(
        ("weak", "why"),
        [
            ("", "empty"),
            ("short-but-strange-8s7df", "shorter"),
            ("change-me-please-0123456789-abcdefghijkl", "everybody"),
            ("django-insecure-0f9a8s7d6f5g4h3j2k1l0qwerty", "everybody"),
            ("ab" * 30, "different"),
        ],
    )
    def test_that_could_be_guessed_is_refused_with_the_way_out(self, weak, why):
        with pytest.raises(WeakSecret, match=why) as refusal:
            check_secret(weak)
        assert "token_urlsafe" in str(refusal.value)
        assert not weak or weak not in str(refusal.value)

    def test_that_is_long_and_random_is_accepted(self):
        check_secret(secrets.token_urlsafe(48))

    def test_may_be_weak_in_a_demonstration_but_never_empty(self):
        check_secret("demo", demo=True)
        with pytest.raises(WeakSecret):
            check_secret("", demo=True)
