"""What an agent is offered of the editors' answers."""

from datetime import date
from pathlib import Path

from faq.library import Library
from faq.loading import load_content
from handlers.desk.suggestions import search

SMALL = Path(__file__).parents[1] / "faq" / "content"


class TestAnAnswerForAgentsAlone:
    def test_stands_beside_the_words_to_send_and_never_among_them(self) -> None:
        library = Library(load_content(SMALL))
        found = {each.topic: each for each in search(library, "证", date(2026, 3, 10))}
        assert found["id_types"].note == "座席看的说明。"
        assert not [each for each in found.values() if "座席" in each.words]
