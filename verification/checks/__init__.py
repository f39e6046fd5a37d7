"""The checks that the maps of journeys name, and every word that each of them can answer."""

from collections.abc import Mapping

from verification.answers import Check
from verification.checks import bank, business, entry, face, review

_WORDS: Mapping[Check, set[str]] = {
    **entry.WORDS,
    **bank.WORDS,
    **face.WORDS,
    **business.WORDS,
    **review.WORDS,
}
CHECKS: Mapping[str, Check] = {check.__name__: check for check in _WORDS}
VOCABULARY = {check.__name__: frozenset(words) for check, words in _WORDS.items()}
