"""The SMS gateway of an operator: one signed JSON request for each code.

POST <url>   {"phone": …, "code": …, "minutes": 5}
X-Signature: hex HMAC-SHA256 of the body with the shared secret
"""

import hashlib
import hmac
import json
import secrets

import aiohttp

from verification.ports import SentCode, Unavailable

TIMEOUT = aiohttp.ClientTimeout(total=5)
MINUTES = 5


class SmsGateway:
    """Sends codes through the operator's gateway."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session = session
        self._url = url
        self._secret = secret

    async def send_code(self, phone: str) -> SentCode:
        """A random six-digit code, sent.

        Raises:
            Unavailable: the gateway did not take it within five seconds.
        """
        code = f"{secrets.randbelow(1_000_000):06}"
        body = json.dumps({"phone": phone, "code": code, "minutes": MINUTES}).encode()
        signature = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        try:
            async with self._session.post(self._url, data=body, headers=headers, timeout=TIMEOUT) as answer:
                if answer.status >= 300:
                    raise Unavailable(f"the SMS gateway answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unavailable(f"the SMS gateway does not answer: {type(fault).__name__}") from None
        return SentCode(code)
