"""Where a citizen stands is computed from what they did."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import maps
from verification.checks import VOCABULARY
from verification.journey import Event, HistoryDoesNotFit, Place, follow, stand
from verification.rendering import PAGES

NOW = datetime(2026, 11, 23, tzinfo=UTC)
JOURNEY = maps.load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES)


def walked(*words: str, start: Place | None = None) -> Place:
    place = start or Place(JOURNEY.start)
    for word in words:
        place = follow(JOURNEY, place, Event(place.number, place.name, word, NOW))
    return place


class TestThePlace:
    def test_is_the_start_before_anything_happened(self) -> None:
        assert stand(JOURNEY, []).name == "entry"

    def test_gathers_what_became_known(self) -> None:
        first = Event(1, "entry", "mistaken", NOW, ("name:name_empty",), {"typed_number": "1"})
        second = Event(2, "entry", "accepted", NOW, (), {"name": "张小明"})
        place = stand(JOURNEY, [first, second])
        assert place.name == "is_consent_known"
        assert place.facts == {"typed_number": "1", "name": "张小明"}

    def test_tells_why_the_last_answer_was_not_taken(self) -> None:
        place = stand(JOURNEY, [Event(1, "entry", "mistaken", NOW, ("name:name_empty",))])
        assert place.reasons == ("name:name_empty",)

    @pytest.mark.parametrize(
        "event",
        [
            Event(1, "face", "match", NOW),
            Event(2, "entry", "accepted", NOW),
            Event(1, "entry", "no such word", NOW),
        ],
    )
    def test_cannot_be_computed_from_another_map(self, event: Event) -> None:
        with pytest.raises(HistoryDoesNotFit):
            stand(JOURNEY, [event])

    def test_shows_no_facts_in_its_repr(self) -> None:
        event = Event(1, "entry", "accepted", NOW, (), {"number": "11010519491231002X"})
        assert "1101" not in repr(event) + repr(follow(JOURNEY, Place("entry"), event))

    @given(st.data())
    def test_is_always_on_the_map(self, data: st.DataObject) -> None:
        place = Place(JOURNEY.start)
        for _ in range(40):
            if place.name in JOURNEY.ends:
                break
            word = data.draw(st.sampled_from(sorted(JOURNEY.steps[place.name].then)))
            place = walked(word, start=place)
        assert place.name in JOURNEY.steps.keys() | JOURNEY.ends.keys()


class TestThreeTries:
    def at_the_face(self) -> Place:
        return walked("accepted", "first_time", "agreed", "has_read", "agreed", "other", "known")

    def test_lead_to_another_way(self) -> None:
        assert walked("mismatch", "poor", start=self.at_the_face()).name == "face"
        assert walked("mismatch", "poor", "spoof", start=self.at_the_face()).name == "other_way"

    @pytest.mark.parametrize("word", ["unavailable", "stale", "too_many"])
    def test_are_not_charged_for_what_is_not_the_citizens_fault(self, word: str) -> None:
        place = walked(*[word] * 9, start=self.at_the_face())
        assert place.name == "face"
        assert place.tries_left(JOURNEY.steps["face"]) == 3

    def test_stay_used_when_one_comes_back_to_the_step(self) -> None:
        used_up = walked("mismatch", "poor", "spoof", "start_again", start=self.at_the_face())
        again = walked("accepted", "known", "has_read", "agreed", "other", "known", start=used_up)
        assert again.name == "other_way"

    def test_of_one_step_are_not_those_of_another(self) -> None:
        confirmed = walked(
            "poor", "poor", "match", "mine", "chosen", "confirmed", "face", start=self.at_the_face()
        )
        assert confirmed.name == "face_again"
        assert confirmed.tries_left(JOURNEY.steps["face_again"]) == 3
