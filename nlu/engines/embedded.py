"""The embedded engine: learns from the content in process, ranks topics, and knows how sure it is."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import Allowed
from nlu.engines.encoder import Encoder
from nlu.engines.fitting import fitted, nearest, telling
from nlu.engines.judging import Judge, Judged, fit_judge
from nlu.engines.lessons import Knowledge, Lessons, gather, lessons_of
from nlu.engines.likeness import LINEAR, LOCAL, MANY, Recipe
from nlu.training import TrainingContent

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
HeadName = Literal["auto", "ridge", "logistic"]

FEW_PER_TOPIC = 15
"""Below this many examples per topic logistic regression wins on the outside set (64 against 53 %), above it
ridge does (96 against 95 %; on our content 90 against 88 %)."""
MOST_LOGISTIC = 2e8
"""Examples squared times topics: beyond it the logistic head takes minutes (1,000 topics: hours)."""
KEPT = 6_000
"""Examples that ridge is solved on (7 s of one core) and that messages are held against; of more, the most
telling are kept: an even choice of half as many, and those that an ear of these alone hears worst."""
MOST_FITTED = 500
"""Topics; where there are more, the nearest example decides …"""
NEAREST = 4_500
"""… from this many examples on."""
FOLDS = 10
"""An ear that never saw a tenth of the content is almost the ear that will be asked; with five folds 6 % of
unseen out-of-scope questions were answered where 4 % were meant."""
GLANCED = 0.5
"""The part of the false answers that a glance may give."""
CLEAR = 0.95
"""The confidence from which on a glance is enough, unless out-of-scope questions ask for more: with 0.85 the
outside set, which has none, fell from 96.5 to 95.8."""


class EmbeddedEngine:
    """Immutable once trained; `judge` may be called from several threads."""

    def __init__(self, knows: Knowledge, judges: Sequence[Judge]) -> None:
        """`judges` are one, or two where the first is asked only by what is written."""
        self.size = len(knows.lessons.texts)
        self.head_name = knows.examples.recipe.head
        self._knows, self._judges = knows, tuple(judges)

    def judge(self, texts: Sequence[str]) -> list[Judged]:
        """The topics that each of `texts` (plain) may be about; many at once cost each less than half.

        What is clear from characters and sounds is done with; only the rest costs the encoder.
        """
        knows, thorough = self._knows, self._judges[-1]
        written = knows.examples.written(texts)
        if len(self._judges) == 1:
            return thorough.judge(knows, texts, knows.examples.meant(texts, written))
        judged = self._judges[0].judge(knows, texts, written)
        unsure = [place for place, one in enumerate(judged) if one.zone != "answer"]
        if unsure:
            rest = [texts[place] for place in unsure]
            again = thorough.judge(knows, rest, knows.examples.meant(rest, written.rows(unsure)))
            for place, one in zip(unsure, again, strict=True):
                judged[place] = one
        return judged


def train_embedded(
    content: TrainingContent,
    encoder: Encoder | None,
    *,
    head: HeadName = "auto",
    false_answers: float = 0.04,
    lost: float = 0.01,
) -> EmbeddedEngine:
    """Learns the content: about a second for 2,000 examples once their sentences are encoded.

    Raises:
        ValueError: the content has no topics.
    """
    if not content.topics:
        raise ValueError("no topics to learn: the content is empty")
    lessons = lessons_of(content, FOLDS)
    if encoder is not None:
        encoder.expect(lessons.texts)
    recipe = _chosen(head, lessons)
    knows = gather(content, lessons, encoder, recipe, _kept(content, lessons, encoder, recipe))
    fits, asked = nearest(knows) if recipe is MANY else fitted(knows)
    allowed = Allowed(false_answers, lost)
    glances = [Allowed(GLANCED * false_answers, lost, least=CLEAR)] * (len(fits) - 1)
    answered = np.zeros(len(asked), dtype=np.bool_)
    judges = []
    for (learnt, sight), may in zip(fits, [*glances, allowed], strict=True):
        judge, answered = fit_judge(learnt, sight, lessons.owners[asked], answered, may)
        judges.append(judge)
    return EmbeddedEngine(knows, judges)


def _chosen(head: HeadName, lessons: Lessons) -> Recipe:
    examples, topics = len(lessons.texts), lessons.columns
    is_little = examples / topics < FEW_PER_TOPIC and examples**2 * topics < MOST_LOGISTIC
    if head == "logistic" or (head == "auto" and is_little):
        return LINEAR
    return MANY if examples > NEAREST and topics > MOST_FITTED else LOCAL


def _kept(content: TrainingContent, lessons: Lessons, encoder: Encoder | None, recipe: Recipe) -> Ints:
    """Which examples messages are held against: all, or of very many the most telling."""
    if recipe is not LOCAL or len(lessons.texts) <= KEPT:
        return np.arange(len(lessons.texts))
    evenly = lessons.spread(KEPT // 2)
    return telling(gather(content, lessons, encoder, recipe, evenly), KEPT)
