"""Counts how the characters sound, so that a slip of the pinyin keyboard looks like what was meant."""

from __future__ import annotations

from functools import lru_cache
from typing import List, Text

from pypinyin import lazy_pinyin
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import TEXT


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class Sounds(CountVectorsFeaturizer):
    """Rasa's CountVectorsFeaturizer over toneless syllables instead of characters."""

    def _process_tokens(self, tokens: List[Text], attribute: Text = TEXT) -> List[Text]:
        if attribute != TEXT:
            return super()._process_tokens(tokens, attribute)
        return [sound_of(token) for token in tokens]


@lru_cache(maxsize=20_000)
def sound_of(letter: str) -> str:
    """The toneless syllable of a character; what is not Chinese stands for itself."""
    return "".join(lazy_pinyin(letter))
