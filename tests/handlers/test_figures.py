"""What operators are told to watch tells how things stand."""

from types import SimpleNamespace

from aiohttp.test_utils import make_mocked_request
from prometheus_client.parser import text_string_to_metric_families

from bot.health import Health
from bot.metrics import Metrics
from handlers.messages import Heard, Words
from nlu.picture_reader import PictureReader
from tests.handlers.conftest import House


async def figures(house: House) -> dict[str, float]:
    health = Health(house.store, SimpleNamespace(number=3), Metrics(), PictureReader(on=False))  # type: ignore[arg-type]
    page = await health.metrics(make_mocked_request("GET", "/metrics"))
    assert isinstance(page.body, bytes)
    families = text_string_to_metric_families(page.body.decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


class TestTheFigures:
    async def test_tell_who_waits_for_a_human(self, house: House) -> None:
        assert (await figures(house))["nihu_queue_length"] == 0
        await house.citizen().says("转人工")
        told = await figures(house)
        assert told["nihu_queue_length"] == 1
        assert told["nihu_queue_oldest_seconds"] > 0

    async def test_tell_what_could_not_be_sent_yet(self, house: House) -> None:
        await house.reception.hear(Heard("msg:1", "oA", house.clock(), Words("收费吗")))
        assert (await figures(house))["nihu_unsent_messages"] == 0
        house.clock.passes(seconds=25)
        await house.reception.settle_rides()
        assert (await figures(house))["nihu_unsent_messages"] == 1

    async def test_tell_which_release_answers(self, house: House) -> None:
        assert (await figures(house))["nihu_release"] == 3

    async def test_stay_while_the_database_is_away(self, house: House) -> None:
        await house.store.close()
        assert "nihu_release" in await figures(house)
