"""The doors to real providers over HTTP: identity registry, bank card, SMS. Each is one signed JSON request.

POST <identity_url>  {"kind": "resident_id", "number": …, "name": …}              -> {"known": true}
POST <bank_url>      {"kind": …, "number": …, "name": …, "card": …, "phone": …}   -> {"answer": "matched"}
POST <sms_url>       {"phone": …, "code": …, "minutes": 5}                        -> any status below 300
X-Signature: hex HMAC-SHA256 of the body with the secret shared with that provider

What stands behind an address is a few lines of the operator's own: the providers' contracts differ.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Literal

import aiohttp

from verification.people import Identity
from verification.ports import BankCard, SentCode, Unavailable

TIMEOUT = aiohttp.ClientTimeout(total=5)
MINUTES = 5


class Gateway:
    """Asks one provider. What was asked is personal: it stands in no error and no log."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session = session
        self._url = url
        self._secret = secret

    async def ask(self, question: Mapping[str, object]) -> Any:
        """The provider's answer; None when it is not JSON.

        Raises:
            Unavailable: no answer within five seconds, or a refusal.
        """
        body = json.dumps(question, ensure_ascii=False).encode()
        signature = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        asking = self._session.post(
            self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        try:
            async with asking as answer:
                if answer.status >= 300:
                    raise Unavailable(f"the gateway answered {answer.status}")
                return _read(await answer.read())
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unavailable(f"the gateway does not answer: {type(fault).__name__}") from None


class RegistryGateway(Gateway):
    """Whether name and number belong together, asked of the population register."""

    async def knows(self, who: Identity) -> bool:
        """As the registry says.

        Raises:
            Unavailable: it does not say.
        """
        match await self.ask({"kind": who.kind, "number": who.number, "name": who.name}):
            case {"known": bool(known)}:
                return known
        raise Unavailable("the registry's answer was not understood")


class BankGateway(Gateway):
    """The four elements, asked of the bank."""

    async def answer_to(self, card: BankCard) -> Literal["matched", "mismatch"]:
        """As the bank says.

        Raises:
            Unavailable: it does not say.
        """
        holder = {"kind": card.holder.kind, "number": card.holder.number, "name": card.holder.name}
        match await self.ask({**holder, "card": card.card, "phone": card.phone}):
            case {"answer": "matched"}:
                return "matched"
            case {"answer": "mismatch"}:
                return "mismatch"
        raise Unavailable("the bank's answer was not understood")


class SmsGateway(Gateway):
    """Sends codes through the operator's gateway."""

    async def send_code(self, phone: str) -> SentCode:
        """A random six-digit code, sent.

        Raises:
            Unavailable: the gateway did not take it within five seconds.
        """
        code = f"{secrets.randbelow(1_000_000):06}"
        await self.ask({"phone": phone, "code": code, "minutes": MINUTES})
        return SentCode(code)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
