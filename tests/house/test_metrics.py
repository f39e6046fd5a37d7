import asyncio

from bot import metrics
from bot.metrics import Metrics

OF_PEOPLE = {"openid", "name", "staff", "agent", "citizen", "person", "phone", "text", "path", "url", "ip"}


class TestTheFigures:
    def test_are_never_told_apart_by_person(self):
        for family in Metrics().registry.collect():
            for sample in family.samples:
                assert not OF_PEOPLE & set(sample.labels), family.name

        for figure in vars(Metrics()).values():
            assert not OF_PEOPLE & set(getattr(figure, "_labelnames", ()))

    def test_of_one_house_are_not_those_of_another(self):
        first, second = Metrics(), Metrics()
        first.retries.inc()
        assert second.registry.get_sample_value("nihu_retries_total") == 0

    async def test_tell_how_late_the_event_loop_wakes(self, monkeypatch):
        monkeypatch.setattr(metrics, "LAG_EVERY_S", 0.001)
        figures = Metrics()
        watch = asyncio.create_task(figures.watch_loop())
        while not figures.registry.get_sample_value("nihu_loop_lag_seconds_count"):  # noqa: ASYNC110
            await asyncio.sleep(0)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
