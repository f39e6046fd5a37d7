"""What was written long ago is blanked; the counts stay."""

from datetime import timedelta

from handlers.forgetting import Forgetting
from tests.handlers.conftest import House


class TestWhatWasWrittenLongAgo:
    async def test_is_blanked_and_still_counted(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗")
        await citizen.says("转人工")
        await citizen.taps("不转了")
        forgetting = Forgetting(house.store, timedelta(days=90), house.clock)
        assert await forgetting.forget_old() == 0
        house.clock.passes(days=91)
        await citizen.says("要银行卡吗")
        assert await forgetting.forget_old() > 0
        rows = await house.rows("heard")
        assert [row["words"] for row in rows] == ["", "", "", "要银行卡吗"]
        assert rows[0]["topic"] == "fee"
        assert "收费" not in str(await house.rows("hand_over"))
        assert await forgetting.forget_old() == 0
