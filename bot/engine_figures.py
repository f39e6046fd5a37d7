"""Which engine understands the citizens, and how Rasa does: figures for /metrics."""

from prometheus_client import Counter, Gauge, Histogram

from bot.metrics import Metrics
from nlu.engines.breaker import State
from nlu.engines.rasa import Outcome

STATES: tuple[State, ...] = ("closed", "half_open", "open")
PARSE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5.0)
BREAKER = "nihu_rasa_breaker"
COMPARED = "nihu_engines_compared"
HEARD = "nihu_heard_by"


class EngineFigures:
    """What is told when two engines listen."""

    def __init__(self, metrics: Metrics) -> None:
        kept_in = metrics.registry
        self._heard = Counter(
            HEARD, "Utterances, by the engine that understood.", ["engine"], registry=kept_in
        )
        self._parses = Counter(
            "nihu_rasa_parses", "Questions to Rasa, by what became of them.", ["outcome"], registry=kept_in
        )
        self._seconds = Histogram(
            "nihu_rasa_parse_seconds", "Time until Rasa answered.", buckets=PARSE_BUCKETS, registry=kept_in
        )
        self._breaker = Gauge(
            BREAKER,
            "1 for the state that Rasa's breaker is in: open means left alone.",
            ["state"],
            registry=kept_in,
        )
        self._compared = Counter(
            COMPARED,
            "Utterances that both engines heard, by whether they agree.",
            ["outcome"],
            registry=kept_in,
        )

    def heard_by(self, engine: str) -> None:
        """An utterance was understood by this engine."""
        self._heard.labels(engine).inc()

    def parsed(self, outcome: Outcome, seconds: float) -> None:
        """Rasa was asked, or left alone."""
        self._parses.labels(outcome).inc()
        if outcome != "resting":
            self._seconds.observe(seconds)

    def breaker_is(self, state: State) -> None:
        """The breaker changed its state."""
        for one in STATES:
            self._breaker.labels(one).set(one == state)

    def compared(self, *, agree: bool) -> None:
        """Both engines heard an utterance."""
        self._compared.labels("agree" if agree else "disagree").inc()
