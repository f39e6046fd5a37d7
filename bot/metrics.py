"""What is counted, for /metrics. Labels come from closed sets, never from people, texts or raw paths."""

import asyncio
import time

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

TURN_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 10.0)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
LAG_EVERY_S = 0.5


class Metrics:
    """Every figure of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = self._counter("turns", "Turns of citizens, by the kind that answered.", "kind")
        self.turn_seconds = self._histogram(
            "turn_seconds", "From a push heard to its reply ready.", TURN_BUCKETS
        )
        self.refusals = self._counter("refusals", "Requests refused at the WeChat door.", "status")
        self.retries = self._counter("retries", "Pushes heard again and given the same reply.")
        self.pushes = self._counter(
            "pushes", "Customer-service messages sent, by what became of them.", "outcome"
        )
        self.sign_ins = self._counter("sign_ins", "Sign-ins of staff, by outcome.", "outcome")
        self.audit_broken = self._gauge(
            "audit_broken_entry", "The first entry of the audit trail that is not as it was; 0: all are."
        )
        self.requests = self._counter("http_requests", "Requests answered.", "method", "route", "status")
        self.request_seconds = self._histogram(
            "http_request_seconds", "Time to answer.", TURN_BUCKETS, "route"
        )
        self.loop_lag = self._histogram("loop_lag_seconds", "How late the event loop wakes.", LAG_BUCKETS)
        self.queue = self._gauge("queue_length", "Conversations that wait for a person.")
        self.oldest_wait = self._gauge("queue_oldest_seconds", "How long the first of them has waited.")
        self.unsent = self._gauge("unsent_messages", "Messages that are still to be delivered.")
        self.release = self._gauge("release", "The FAQ release that this process answers from.")

    def took(self, kind: str, seconds: float, *, again: bool) -> None:
        """A turn ended: the kind of handler that answered, how long it took, whether it was a retry."""
        if again:
            self.retries.inc()
            return
        self.turns.labels(kind or "none").inc()
        self.turn_seconds.observe(seconds)

    def pushed(self, outcome: str) -> None:
        """A message left the outbox, or could not."""
        self.pushes.labels(outcome).inc()

    def refused(self, status: int) -> None:
        """A request was turned away at the WeChat door."""
        self.refusals.labels(str(status)).inc()

    def stands(self, *, release: int, unsent: int, waiting: int, oldest_s: float) -> None:
        """How things stand at this moment: the release, the outbox, the queue and its oldest wait."""
        self.release.set(release)
        self.unsent.set(unsent)
        self.queue.set(waiting)
        self.oldest_wait.set(oldest_s)

    async def page(self, _request: web.Request) -> web.Response:
        """GET /metrics in the Prometheus text format; keep it off the public address."""
        body = generate_latest(self.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def watch_loop(self) -> None:
        """Measure the lag of the event loop until cancelled."""
        while True:
            due = time.perf_counter() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self.loop_lag.observe(max(0.0, time.perf_counter() - due))

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"nihu_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"nihu_{name}", meaning, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"nihu_{name}", meaning, labels, registry=self.registry, buckets=buckets)
