"""What a rehearsal found out, as it is kept with its candidate: scores, conflicts, findings, and the gate."""

from collections.abc import Container

from pydantic import BaseModel, ConfigDict


class Case(BaseModel):
    """One question of the regression set; `topic` None means that nobody here should answer it."""

    model_config = ConfigDict(frozen=True)

    words: str
    topic: str | None


class Heard(BaseModel):
    """What an ear made of a question: the topic it would answer with (None: it asks back or gives up)."""

    model_config = ConfigDict(frozen=True)

    topic: str | None
    guess: str | None = None
    confidence: float = 0
    zone: str = "fallback"


class Moved(BaseModel):
    """A test question that is understood otherwise than before."""

    model_config = ConfigDict(frozen=True)

    words: str
    expected: str | None
    before: Heard
    after: Heard

    def names(self, topics: Container[str]) -> bool:
        """Whether one of these topics was expected or answered."""
        return any(topic in topics for topic in (self.expected, self.before.topic, self.after.topic))

    @property
    def verdict(self) -> str:
        """fixed, broken, or moved from one wrong answer to another."""
        was, is_now = self.before.topic == self.expected, self.after.topic == self.expected
        return "broken" if was and not is_now else "fixed" if is_now and not was else "moved"


class Conflict(BaseModel):
    """A question of one entry that another entry takes: by the model, or because it sounds alike."""

    model_config = ConfigDict(frozen=True)

    question: str
    topic: str
    other: str
    nearest: str
    why: str
    confidence: float = 0


class Score(BaseModel):
    """How many test questions of a topic were right before and are right after."""

    model_config = ConfigDict(frozen=True)

    topic: str | None
    cases: int
    before: int
    after: int


class Told(BaseModel):
    """A finding as it is shown."""

    model_config = ConfigDict(frozen=True)

    code: str
    entry: str
    words: str
    is_error: bool
    is_new: bool
    breaks: bool


class Report(BaseModel):
    """Everything that a rehearsal found out about one draft."""

    model_config = ConfigDict(frozen=True)

    fingerprint: str
    base: int
    cases: int
    right_before: int
    right_after: int
    scores: list[Score]
    moved: list[Moved]
    wrong: list[Moved]
    conflicts: list[Conflict]
    findings: list[Told]
    seconds: float = 0

    @property
    def broken(self) -> list[Told]:
        """What would break the bot: it can never go live."""
        return [finding for finding in self.findings if finding.breaks]

    @property
    def hurdles(self) -> list[str]:
        """What keeps the draft from going live without a named reason; empty when it passes the gate."""
        return [
            name
            for name, stands in (
                ("accuracy", self.right_after < self.right_before),
                ("conflicts", bool(self.conflicts)),
                ("errors", any(finding.is_error and finding.is_new for finding in self.findings)),
            )
            if stands
        ]

    def without(self, topics: Container[str]) -> "Report":
        """The same for somebody from whom these topics are kept; the sums are of everything."""
        return self.model_copy(
            update={
                "scores": [one for one in self.scores if one.topic not in topics],
                "moved": [one for one in self.moved if not one.names(topics)],
                "wrong": [one for one in self.wrong if not one.names(topics)],
                "conflicts": [
                    one for one in self.conflicts if not (one.topic in topics or one.other in topics)
                ],
                "findings": [one for one in self.findings if one.entry not in topics],
            }
        )
