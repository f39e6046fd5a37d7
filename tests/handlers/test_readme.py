"""What README.md tells a newcomer to try does what it says."""

import re
from pathlib import Path

from tests.handlers.conftest import House

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def to_try(promise: str) -> str:
    """The words that stand before this promise."""
    found = re.search(r"“([^”]+)”\s\(" + re.escape(promise), README)
    assert found, promise
    return found[1]


class TestANewcomerWithTheReadme:
    async def test_hears_what_it_promises_in_the_order_in_which_it_stands(self, house: House) -> None:
        citizen = house.citizen()
        promised = {
            "it asks which": "您卡在哪儿了",
            "an answer with what can be tapped next": "支付宝",
            "the guide to it": "第 1 步",
            "a human": "排队",
            "masked": "遮住",
        }
        for promise in sorted(promised, key=lambda each: README.index(f"({each}")):
            assert promised[promise] in await citizen.says(to_try(promise)), promise

    async def test_gets_an_answer_with_what_can_be_tapped_next(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says(to_try("an answer with what can be tapped next"))
        assert {"解决了", "没解决"} <= set(citizen.options)

    async def test_finds_the_guides(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says(to_try("the guide to it"))
        assert "第 1 步" in await citizen.taps("进入小程序")

    async def test_is_asked_which_failure_is_meant(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says(to_try("it asks which"))
        offered = [option.id for option in citizen.last.options if option.id.startswith("topic:")]
        assert len(offered) >= 2
        assert "都不是" in citizen.options

    async def test_is_put_through_to_a_human(self, house: House) -> None:
        await house.citizen().says(to_try("a human"))
        assert (await house.row("citizen"))["holder"] == "queue"

    async def test_sees_a_number_masked(self, house: House) -> None:
        assert "遮住" in await house.citizen().says(to_try("masked"))
        assert "110101199003078515" not in str(await house.rows("heard"))

    def test_finds_every_page_that_it_names(self) -> None:
        for named in re.findall(r"\]\(([^)#:]+)\)", README):
            assert (Path(__file__).parents[2] / named).exists(), named

    def test_is_led_to_every_manual(self) -> None:
        for manual in (Path(__file__).parents[2] / "docs").glob("*.md"):
            assert f"docs/{manual.name}" in README, manual.name
