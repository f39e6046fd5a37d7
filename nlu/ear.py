"""The ear: an utterance in, what it means out. The engine is trained from the content, in process.

An Ear never changes: a new release gets a new one, trained in a worker thread and put in its place whole.
"""

import time
from dataclasses import dataclass, field
from typing import Literal

from nlu.context import in_context
from nlu.engines.embedded import EmbeddedEngine, train_embedded
from nlu.engines.encoder import load_encoder
from nlu.entities import find_entities
from nlu.text import normalise, plain, words_only
from nlu.training import TrainingContent
from nlu.understanding import Context, Understanding

_NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class EarSettings:
    """How an ear is trained.

    `false_answers` is the share of out-of-scope questions that may be answered (measured by
    cross-validation: unseen data is a little harder, so it is set below the 5 % that is wanted); `lost` is
    the share of answerable questions that may fall through to the fallback.
    """

    head: Literal["auto", "ridge", "logistic"] = "auto"
    encoder: bool = True
    false_answers: float = 0.035
    lost: float = 0.01


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an utterance was understood as it was: the understanding and the evidence for its first guess."""

    understood: Understanding
    evidence: dict[str, float] = field(default_factory=dict)


class Ear:
    """Understands utterances; thread-safe, without input or output, in a few milliseconds."""

    def __init__(self, engine: EmbeddedEngine, facts: dict[str, str]) -> None:
        self._engine, self._facts = engine, facts

    @classmethod
    def train(cls, content: TrainingContent, settings: EarSettings | None = None) -> "Ear":
        """An ear for this content. Takes seconds of one core: call it in a worker thread."""
        settings = settings or EarSettings()
        began = time.perf_counter()
        encoder = load_encoder() if settings.encoder else None
        engine = train_embedded(
            content, encoder, head=settings.head, false_answers=settings.false_answers, lost=settings.lost
        )
        facts = {
            "engine": "embedded",
            "encoder": "present" if encoder else "missing" if settings.encoder else "off",
            "topics": str(len(content.topics)),
            "examples": str(engine.size),
            "head": engine.head_name,
            "train_s": f"{time.perf_counter() - began:.1f}",
            "fingerprint": content.fingerprint(),
        }
        return cls(engine, facts)

    def understand(self, text: str, context: Context = _NO_CONTEXT) -> Understanding:
        """What `text` means. Only its first 600 characters are looked at for the topic."""
        return self.explain(text, context).understood

    def explain(self, text: str, context: Context = _NO_CONTEXT) -> Explanation:
        """What `text` means, and the evidence for it."""
        line, entities = normalise(text).text, find_entities(text)
        heard = plain(text)
        if not words_only(heard):
            return Explanation(in_context(Understanding(line, "fallback", (), entities), context))
        judged = self._engine.judge(heard)
        understood = Understanding(line, judged.zone, judged.guesses, entities)
        return Explanation(in_context(understood, context), judged.evidence)

    @staticmethod
    def in_context(understood: Understanding, context: Context) -> Understanding:
        """`understood` again, in the light of earlier turns."""
        return in_context(understood, context)

    def health(self) -> dict[str, str]:
        """For doctor and metrics: what this ear was trained of, and whether the encoder is there."""
        return dict(self._facts)
