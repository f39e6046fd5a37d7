"""What an utterance names: personal numbers, documents, phones, steps of the flow, error wordings, dates.

Found by rule on the normalised text; spans are on the original, so that `mask` can cover what was typed.
"""

import re
from collections.abc import Iterable

from nlu.numbers import find_numbers
from nlu.text import Normalised, normalise, words_only
from nlu.understanding import Entity
from nlu.wordings import find_wordings

PERSONAL = frozenset(
    [
        "id_number",
        "id_number_like",
        "residence_permit",
        "foreign_permanent_id",
        "hkmt_permit",
        "taiwan_permit",
        "exit_permit",
        "passport",
        "phone",
        "bank_card",
        "number_fragment",
    ]
)
"""The kinds that `mask` covers."""

_SHOWN = {"phone": (3, 4), "id_number": (3, 4), "bank_card": (4, 4), "number_fragment": (0, 0)}
_SHOWN_OTHERWISE = (1, 2)
_MINIMUM = {"android": (4, 3), "ios": (11,)}
"""The oldest systems that the operating guide allows."""


def find_entities(text: str) -> tuple[Entity, ...]:
    """All that `text` names, in order of place; numbers do not overlap each other."""
    if not text:
        return ()
    line = normalise(text, longest=None)
    found = [(n.kind, n.value, n.start, n.end) for n in find_numbers(line.text)]
    found += [(w.kind, w.value, w.start, w.end) for w in find_wordings(line.text)]
    entities = [
        Entity(_kind(kind, value, line, start), value, *line.span(start, end))
        for kind, value, start, end in found
    ]
    return tuple(sorted(entities, key=lambda entity: (entity.start, entity.end, entity.kind)))


def mask(text: str, entities: Iterable[Entity] | None = None) -> str:
    """`text` with its personal numbers covered by "*", of the same length, separators kept.

    An ID number keeps its first three and last four signs, a phone 3 and 4, a card 4 and 4, a passport or
    permit 1 and 2; a fragment that may be part of an ID number keeps none.
    """
    letters = list(text)
    for entity in find_entities(text) if entities is None else entities:
        if entity.kind in PERSONAL:
            head, tail = _SHOWN.get(entity.kind, _SHOWN_OTHERWISE)
            places = [n for n in range(entity.start, entity.end) if text[n].isalnum()]
            for place in places[head : len(places) - tail]:
                letters[place] = "*"
    return "".join(letters)


def besides_numbers(text: str, entities: Iterable[Entity]) -> str:
    """`text` without the clauses that only give a number, or a name beside it: they do not say what is asked.

    All of it when it says nothing else. A bank card's clause stays, for it says that it is about the card.
    """
    given, end = "", 0
    for entity in entities:
        if entity.kind in PERSONAL and entity.start >= end:
            given, end = given + text[end : entity.start] + _GIVEN, entity.end
    if not given:
        return text
    clauses = _CLAUSE_END.split(given + text[end:])
    said = "，".join([clause for clause in clauses if not _ONLY_GIVES_A_NUMBER_OR_NAME.fullmatch(clause)])
    return said.replace(_GIVEN, "") if words_only(normalise(said).text) else text


_GIVEN = "\0"
_CLAUSE_END = re.compile(rf"[，,。；;！!\n]+|(?<={_GIVEN})\s+")
_ONLY_GIVES_A_NUMBER_OR_NAME = re.compile(
    rf"\s*(?:这?是?我|他|她)?的?(?:居民|本人)?(?:身份证|证件|手机|电话|护照|通行证)?号?码?[是为:：]?\s*{_GIVEN}\s*"
    r"|\s*(?:我叫|(?:姓名|名字)[是叫:：])\s*[\u4e00-\u9fff·]{2,6}\s*"
)


def phone_is_supported(value: str) -> bool | None:
    """Whether a `phone_system` value ("android 4.2") is new enough.

    None where the guide does not say, or the version was not told closely enough ("android 4").
    """
    name, _, version = value.partition(" ")
    parts = version.split(".")
    if name not in _MINIMUM or not all(part.isdecimal() for part in parts):
        return None
    said, least = tuple(map(int, parts)), _MINIMUM[name]
    if said == least[: len(said)] and len(said) < len(least):
        return None
    return said >= least


def _kind(kind: str, value: str, line: Normalised, start: int) -> str:
    """Eight digits alone are a fragment, but after 台胞证 they are that permit's number."""
    near = line.text[max(0, start - 16) : start]
    if kind == "number_fragment" and len(value) in (8, 10) and ("台胞证" in near or "台湾" in near):
        return "taiwan_permit"
    return kind
