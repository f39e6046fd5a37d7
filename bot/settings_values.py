"""Values that config.yml may hold, where their kind alone does not say what would be right."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, SecretStr, ValidationInfo

_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_WEB_ADDRESS = re.compile(r"https?://[^\s/]\S*")
_DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")


def told(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, and what would be right."""
    if error["type"].startswith("time_delta"):
        return "is no duration; write PT4S for seconds, PT30M for minutes, P90D for days"
    if error["type"] == "model_type":
        return "must be a section with its keys indented below it; leave it out for its defaults"
    if error["type"] == "literal_error" and isinstance(error["input"], bool):
        return f'{error["msg"]}; without quotes, YAML reads on and off as true and false: write "on"'
    return str(error["msg"]).removeprefix("Value error, ")


def faults_of_former(secrets: Sequence[str], now: str) -> list[str]:
    """What is wrong with the former values of SECRET_KEY, beside the one that is used now."""
    where, faults = "bot.secret_key_before", []
    if any(len(each) < 32 for each in secrets):
        faults.append(f"{where}: give each former SECRET_KEY whole (32 characters), separated by commas")
    if len({now, *secrets}) <= len(secrets):
        faults.append(f"{where}: a secret stands here twice, or is SECRET_KEY itself")
    return faults


def _token(token: SecretStr) -> SecretStr:
    if not 3 <= len(token.get_secret_value()) <= 32:
        raise ValueError("must be the 3 to 32 characters that WeChat's page shows as Token")
    return token


def _aes_key(key: SecretStr) -> SecretStr:
    if key.get_secret_value() and not _AES_KEY.fullmatch(key.get_secret_value()):
        raise ValueError("must be the 43 characters that WeChat's page shows as EncodingAESKey")
    return key


def _web_address(address: str) -> str:
    if address and not _WEB_ADDRESS.fullmatch(address):
        raise ValueError("must be a whole address, such as https://bot.example.cn")
    return address


def _database(url: str) -> str:
    if not url.startswith(_DATABASES):
        raise ValueError(f"must begin with {' or '.join(_DATABASES)}")
    return url


def _past_the_match(distance: float, info: ValidationInfo) -> float:
    if distance < info.data.get("match_at", distance):
        raise ValueError("must not lie below verification.match_at: between them is the second try")
    return distance


def _sms_of_local(address: str, info: ValidationInfo) -> str:
    if not address and info.data.get("providers") == "local":
        raise ValueError("local providers need an SMS gateway (docs/verification.md)")
    return address


Token = Annotated[SecretStr, AfterValidator(_token)]
AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SmsAddress = Annotated[WebAddress, AfterValidator(_sms_of_local)]
RetryTo = Annotated[float, AfterValidator(_past_the_match)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
