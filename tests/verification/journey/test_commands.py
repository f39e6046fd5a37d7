"""The commands of the room: what they take is what the pages and the API would take."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.verification.journey.harness import CANARY, CARD, PHONE, Citizen, World
from verification import opening
from verification.commands import app
from verification.opening import NotOpened, Opened


@dataclass
class Typed:
    """What comes of a command that somebody types, in the room of the test."""

    opened: Opened
    refused: str = ""

    async def __call__(self, *words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, list(words))

    @asynccontextmanager
    async def open_house(self) -> AsyncIterator[Opened]:
        if self.refused:
            raise NotOpened(self.refused)
        yield self.opened


@pytest.fixture
def typed(world: World, monkeypatch: pytest.MonkeyPatch) -> Typed:
    one = Typed(Opened(world.house, Path(), world.verifier.room.signer))
    monkeypatch.setattr(opening, "open_house", one.open_house)
    return one


class TestACommand:
    WHO = ("--name", "张小明", "--number", CANARY)

    async def test_enrols_and_removes_a_person(self, typed: Typed) -> None:
        assert "已登记" in (await typed("person", "add", *self.WHO, "--card", CARD, "--phone", PHONE)).output
        assert (await typed("person", "remove", "--name", "李四", "--number", CANARY)).exit_code == 1
        assert "已删除" in (await typed("person", "remove", *self.WHO)).output
        assert (await typed("person", "remove", *self.WHO)).exit_code == 1

    async def test_refuses_a_number_that_cannot_be(self, typed: Typed) -> None:
        refused = await typed("person", "add", "--name", "张小明", "--number", "110105194912310021")
        assert refused.exit_code == 1

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--card", "abc", "--phone", PHONE], "银行卡号"),
            (["--card", CARD[:-1] + "1", "--phone", PHONE], "写错"),
            (["--card", CARD, "--phone", "12"], "11 位"),
            (["--card", CARD], "手机号"),
        ],
    )
    async def test_refuses_a_card_that_no_page_would_take(
        self, typed: Typed, options: list[str], words: str
    ) -> None:
        refused = await typed("person", "add", *self.WHO, *options)
        assert refused.exit_code == 1
        assert words in refused.output

    async def test_reads_a_card_as_the_page_does(self, typed: Typed, citizen: Citizen) -> None:
        spaced = " ".join(CARD[n : n + 4] for n in range(0, len(CARD), 4))
        await typed("person", "add", *self.WHO, "--card", spaced, "--phone", f"{PHONE[:3]} {PHONE[3:]}")
        await citizen.walks_to("code")

    async def test_pushes_a_matter_by_hand(self, typed: Typed) -> None:
        words = ["matter", "push", *self.WHO, "--title", "公司设立"]
        assert "已放入待办" in (await typed(*words, "--line", "公司名称=好运来")).output
        assert (await typed(*words, "--line", "公司名称")).exit_code == 1

    @pytest.mark.parametrize("title", ["", "长" * 81, "公司\n设立"])
    async def test_pushes_no_matter_that_the_api_would_not_take(self, typed: Typed, title: str) -> None:
        refused = await typed("matter", "push", *self.WHO, "--title", title, "--line", "公司名称=好运来")
        assert refused.exit_code == 1
        assert "title" in refused.output

    async def test_puts_no_demonstration_into_production(self, typed: Typed) -> None:
        typed.opened = replace(typed.opened, is_production=True)
        assert (await typed("person", "seed-demo")).exit_code == 1

    async def test_says_that_the_settings_are_refused_and_not_that_a_receipt_is_false(
        self, typed: Typed
    ) -> None:
        typed.refused = "bot.secret_key: production needs SECRET_KEY"
        said = await typed("receipt", "check", "0" * 32)
        assert said.exit_code == 1
        assert "SECRET_KEY" in said.output
        assert "不是真实" not in said.output

    async def test_forgets(self, typed: Typed) -> None:
        assert "evidence forgotten: 0" in (await typed("forget")).output

    async def test_tells_the_public_key(self, typed: Typed) -> None:
        assert len((await typed("receipt", "key")).output.strip()) == 64

    async def test_knows_no_receipt_that_was_not_issued(self, typed: Typed) -> None:
        assert (await typed("receipt", "check", "0" * 32)).exit_code == 1

    async def test_finds_the_drawing_up_to_date(self, typed: Typed) -> None:
        assert (await typed("journey", "draw", "--check")).exit_code == 0

    async def test_checks_the_address_that_the_code_of_a_receipt_leads_to(
        self, typed: Typed, world: World, citizen: Citizen
    ) -> None:
        await world.push()
        await citizen.walks_to("done")
        address = f"{world.public_url}/verify/receipt/{citizen.html.partition('/verify/receipt/')[2][:32]}"
        for given in (address, address + "/"):
            assert "回执真实" in (await typed("receipt", "check", given)).output
