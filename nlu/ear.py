"""The ear: an utterance in, what it means out. The engine is trained from the content, in process.

An Ear never changes: a new release gets a new one, trained in a worker thread and put in its place whole.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from nlu.context import in_context
from nlu.engines.embedded import EmbeddedEngine, train_embedded
from nlu.engines.encoder import load_encoder
from nlu.entities import besides_numbers, find_entities
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
    false_answers: float = 0.04
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

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        """What each of `texts` means; many at once cost each less than half of what one alone costs."""
        return [explained.understood for explained in self._explained(texts)]

    def explain(self, text: str, context: Context = _NO_CONTEXT) -> Explanation:
        """What `text` means, and the evidence for it."""
        explained = self._explained([text])[0]
        return replace(explained, understood=in_context(explained.understood, context))

    def _explained(self, texts: Sequence[str]) -> list[Explanation]:
        lines, heard, named = [], [], []
        for text in texts:  # one after the other: each is normalised once
            named.append(find_entities(text))
            lines.append(normalise(text).text)
            heard.append(plain(besides_numbers(text, named[-1])))
        spoken = [said for said in heard if words_only(said)]
        judged = iter(self._engine.judge(spoken) if spoken else ())
        explained = []
        for line, said, entities in zip(lines, heard, named, strict=True):
            if words_only(said):
                found = next(judged)
                understood = Understanding(line, found.zone, found.guesses, entities)
                explained.append(Explanation(understood, found.evidence))
            else:
                explained.append(Explanation(Understanding(line, "fallback", (), entities)))
        return explained

    @staticmethod
    def in_context(understood: Understanding, context: Context) -> Understanding:
        """`understood` again, in the light of earlier turns."""
        return in_context(understood, context)

    def health(self) -> dict[str, str]:
        """For doctor and metrics: what this ear was trained of, and whether the encoder is there."""
        return dict(self._facts)
