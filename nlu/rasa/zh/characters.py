"""Cuts an utterance into single characters, normalised and simplified exactly as the bot does it."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.text import normalise

SIGN = re.compile(r"\w|#")
"""What becomes a token: characters, digits and letters one by one, and the sign for a long number."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Characters(Tokenizer):
    """One token per character; OpenCC turns traditional ones into simplified. Places are on the original."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The options that every Rasa tokenizer has."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Characters:
        """Build it from its section of config.yml."""
        return cls(config)

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """The tokens of one text; a text without any sign is one token, so that it has features too."""
        text = message.get(attribute) or ""
        line = normalise(text)
        tokens = [
            Token(letter, *line.span(n, n + 1)) for n, letter in enumerate(line.text) if SIGN.match(letter)
        ]
        return tokens or [Token("_", 0, len(text))]
