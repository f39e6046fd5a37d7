"""The face engine in /metrics: how its processes fare, and which checks are on or off."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from verification.engines.workers import WorkersHealth

ALIVE, WANTED = "nihu_face_workers_alive", "nihu_face_workers_wanted"
WAITING, REPLACED = "nihu_face_queue_length", "nihu_face_workers_replaced"
CHECKS, IS_ON = "nihu_face_checks", "nihu_face_check_on"


class FaceFigures(Collector):
    """Asks the engine at every scrape; nothing is counted twice."""

    def __init__(self, health: Callable[[], WorkersHealth]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment. While the engine is not loaded, which checks are on is not said."""
        health = self._health()
        yield GaugeMetricFamily(ALIVE, "Face processes that live.", health.alive)
        yield GaugeMetricFamily(WANTED, "Face processes that there should be.", health.wanted)
        yield GaugeMetricFamily(WAITING, "Face checks that wait for a process.", health.waiting)
        yield CounterMetricFamily(CHECKS, "Face checks and enrolments answered.", health.answered)
        yield CounterMetricFamily(REPLACED, "Face processes lost or renewed.", health.replaced)
        if health.engine is not None:
            on = GaugeMetricFamily(
                IS_ON, "Whether this check is made (1) or switched off (0).", None, ["check"]
            )
            for check in health.engine.checks_on:
                on.add_metric([check.value], 1)
            for check, _ in health.engine.checks_off:
                on.add_metric([check.value], 0)
            yield on
