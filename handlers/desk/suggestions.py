"""Answers of the library for the agent: three for the citizen's last question, or what a search finds."""

import asyncio
from dataclasses import dataclass
from datetime import date

from faq.hours import BEIJING
from faq.library import Library
from handlers.desk.listening import NO_QUESTION
from handlers.desk.ports import Ports

MOST = 3
MOST_FOUND = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer that can be sent as it is; `note` is for the agent alone and never sent."""

    topic: str
    note: str
    title: str
    words: str


async def for_words(ports: Ports, words: str, fallback: str | None = None) -> list[Suggestion]:
    """The best three by the same ear that answers citizens; the case's own topic where it hears nothing."""
    live = ports.live()
    topics: list[str] = []
    if words:
        understood = await asyncio.to_thread(live.ear.understand, words)
        topics = [guess.topic for guess in understood.guesses if guess.topic not in NO_QUESTION]
    if fallback:
        topics.append(fallback)
    today = ports.clock().astimezone(BEIJING).date()
    found = [_answer(live.library, topic, today) for topic in dict.fromkeys(topics)]
    return [each for each in found if each is not None][:MOST]


def search(library: Library, sought: str, today: date) -> list[Suggestion]:
    """Answers whose question, keywords or text hold the sought words, questions first."""
    wanted = sought.strip().casefold()
    in_title, in_text = [], []
    for topic in library.content.topics:
        found = _answer(library, topic.id, today)
        if found is None:
            continue
        if wanted in found.title.casefold() or any(wanted in word.casefold() for word in topic.keywords):
            in_title.append(found)
        elif wanted in found.words.casefold():
            in_text.append(found)
    return (in_title + in_text)[:MOST_FOUND]


def _answer(library: Library, topic: str, today: date) -> Suggestion | None:
    found = library.answer_to(topic, on=today)
    return Suggestion(found.topic, library.note_on(topic), found.title, found.text) if found else None
