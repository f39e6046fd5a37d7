"""Registry and bank over HTTP: signed questions, and an answer or nothing at all."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.settings import load
from bot.settings_file import SettingsRefused
from tests.verification.journey.harness import CARD, PERSON, PHONE, Citizen, a_citizen, opened
from verification.building import Choice
from verification.gateway import BankGateway, RegistryGateway, SmsGateway
from verification.ports import BankCard, Unavailable

HOLDER = BankCard(PERSON, CARD, PHONE)


@dataclass
class Provider:
    """Whoever is asked: says what it was told to say, and remembers the questions."""

    says: Any = None
    status: int = 200
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append((await request.read(), request.headers["X-Signature"]))
        text = self.says if isinstance(self.says, str) else json.dumps(self.says)
        return web.Response(text=text, status=self.status)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def reach(provider: Provider) -> AsyncIterator[Callable[[type], Any]]:
    """The door of a kind to the provider."""
    application = web.Application()
    application.add_routes([web.post("/", provider.answer)])
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        yield lambda kind: kind(session, str(server.make_url("/")), "a shared secret")


class TestAQuestion:
    async def test_is_signed_with_the_shared_secret(self, provider: Provider, reach: Any) -> None:
        provider.says = {"known": True}
        assert await reach(RegistryGateway).knows(PERSON)
        body, signature = provider.heard[0]
        assert json.loads(body) == {"kind": PERSON.kind, "number": PERSON.number, "name": PERSON.name}
        assert signature == hmac.new(b"a shared secret", body, hashlib.sha256).hexdigest()

    async def test_to_the_bank_holds_the_four_elements(self, provider: Provider, reach: Any) -> None:
        provider.says = {"answer": "matched"}
        assert await reach(BankGateway).answer_to(HOLDER) == "matched"
        asked = json.loads(provider.heard[0][0])
        assert (asked["name"], asked["number"], asked["card"], asked["phone"]) == (
            *(PERSON.name, PERSON.number),
            *(CARD, PHONE),
        )


class TestAnAnswer:
    @pytest.mark.parametrize("known", [True, False])
    async def test_of_the_registry_is_yes_or_no(self, provider: Provider, reach: Any, known: bool) -> None:
        provider.says = {"known": known}
        assert await reach(RegistryGateway).knows(PERSON) is known

    async def test_of_the_bank_may_be_no(self, provider: Provider, reach: Any) -> None:
        provider.says = {"answer": "mismatch"}
        assert await reach(BankGateway).answer_to(HOLDER) == "mismatch"

    @pytest.mark.parametrize("said", [{}, {"known": "true"}, {"answer": True}, [], None, "not JSON", 1])
    async def test_that_is_neither_is_no_verdict_on_anybody(
        self, provider: Provider, reach: Any, said: Any
    ) -> None:
        provider.says = said
        with pytest.raises(Unavailable) as registry:
            await reach(RegistryGateway).knows(PERSON)
        with pytest.raises(Unavailable):
            await reach(BankGateway).answer_to(HOLDER)
        assert PERSON.number not in str(registry.value)

    @pytest.mark.parametrize("status", [301, 400, 401, 500, 503])
    async def test_with_another_status_is_none(self, provider: Provider, reach: Any, status: int) -> None:
        provider.says, provider.status = {"known": True}, status
        with pytest.raises(Unavailable):
            await reach(RegistryGateway).knows(PERSON)


class TestACitizenWhoseProviderIsSilent:
    async def test_is_not_refused_and_can_go_on_when_it_speaks_again(
        self, tmp_path: Path, provider: Provider, reach: Any
    ) -> None:
        provider.says, provider.status = {"known": True}, 503
        doors = {"registry": reach(RegistryGateway), "cards": reach(BankGateway), "sms": reach(SmsGateway)}
        async with (
            opened(tmp_path, choice=Choice("local"), **doors) as world,
            a_citizen(world) as citizen,
        ):
            await citizen.opens()
            await citizen.fills_in()
            assert "不是您填错了" in citizen.wrong[0]
            provider.status = 200
            await citizen.fills_in()
            assert citizen.step == "consent"
            await self.proves_the_card(citizen, provider)

    async def proves_the_card(self, citizen: Citizen, provider: Provider) -> None:
        await citizen.presses("agree", agree="yes")
        await citizen.presses("next", read="yes")
        await citizen.presses("agree")
        provider.says = {"answer": "mismatch"}
        await citizen.presses("next", card=CARD, phone=PHONE)
        assert "银行卡核验没有通过" in citizen.wrong[0]
        provider.says = {"answer": "matched"}
        await citizen.presses("next", card=CARD, phone=PHONE)
        await citizen.presses("next", code=json.loads(provider.heard[-1][0])["code"])
        assert citizen.step == "portrait"


class TestProduction:
    @pytest.mark.parametrize("url", ["http://bank.example/", "https://bank.example/"])
    def test_wants_https_and_a_secret(self, tmp_path: Path, url: str) -> None:
        config = tmp_path / "config.yml"
        config.write_text(f"bot: {{production: true}}\nverification: {{bank_url: '{url}'}}\n")
        with pytest.raises(SettingsRefused, match=r"verification\.bank_url"):
            load(config, {})
        if url.startswith("https"):
            with pytest.raises(SettingsRefused) as refused:
                load(config, {"BANK_SECRET": "shared"})
            assert "bank_url" not in str(refused.value)
