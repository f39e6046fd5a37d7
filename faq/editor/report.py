"""What a rehearsal found out, as it is kept with its candidate: scores, conflicts, findings, and the gate."""

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
