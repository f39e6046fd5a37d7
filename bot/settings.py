"""The settings: config.yml, one section per room, overridden by the environment. Read once, strictly.

Secrets come from the environment only; without SECRET_KEY a demo key is kept in var/ (never in
production). A mistake is refused at start with its path and what would be right.
"""

import difflib
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot import settings_file
from bot.settings_file import SettingsRefused
from bot.settings_values import (
    AesKey,
    DatabaseUrl,
    RetryTo,
    SmsAddress,
    WebAddress,
    faults_of_former,
    told,
)

ROOT = Path(__file__).parent.parent

ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    "PORT": ("bot", "port"),
    "HOST": ("bot", "host"),
    "PUBLIC_URL": ("bot", "public_url"),
    "DATABASE_URL": ("bot", "database_url"),
    "SECRET_KEY": ("bot", "secret_key"),
    "SECRET_KEY_BEFORE": ("bot", "secret_key_before"),
    "AUDIT_ANCHORS": ("bot", "anchors"),
    "PRODUCTION": ("bot", "production"),
    "SIMULATOR": ("bot", "simulator"),
    "LOG_LEVEL": ("bot", "log_level"),
    "MATTERS_SECRET": ("verification", "registry_secret"),
    "IDENTITY_SECRET": ("verification", "identity_secret"),
    "BANK_SECRET": ("verification", "bank_secret"),
    "SMS_SECRET": ("verification", "sms_secret"),
    "RASA_URL": ("nlu", "rasa_url"),
    "RASA_TOKEN": ("nlu", "rasa_token"),
    "NLU_ENGINE": ("nlu", "engine"),
    "WECHAT_APP_ID": ("bot", "wechat", "app_id"),
    "WECHAT_APP_SECRET": ("bot", "wechat", "app_secret"),
    "WECHAT_TOKEN": ("bot", "wechat", "token"),
    "WECHAT_ENCODING_AES_KEY": ("bot", "wechat", "encoding_aes_key"),
    "WECHAT_PREVIOUS_AES_KEY": ("bot", "wechat", "previous_aes_key"),
    "WECHAT_MODE": ("bot", "wechat", "mode"),
    "WECHAT_API_BASE": ("bot", "wechat", "api_base"),
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class WeChat(_Section):
    """The public account, as 开发接口管理 shows it."""

    app_id: str = "wx0000000000000demo"
    app_secret: SecretStr = SecretStr("demo-app-secret")
    token: SecretStr = Field(SecretStr("demo-token-0001"), min_length=3, max_length=32)
    encoding_aes_key: AesKey = SecretStr("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    previous_aes_key: AesKey = SecretStr("")
    mode: Literal["plain", "compatible", "safe"] = "safe"
    api_base: WebAddress = ""
    oauth_base: WebAddress = ""
    api_timeout: timedelta = timedelta(seconds=3)
    freshness: timedelta = timedelta(minutes=10)
    agents: Literal["own", "wechat"] = "own"


class Bot(_Section):
    """The doors: where the house listens, where it keeps its data, how it is watched."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    public_url: WebAddress = ""
    database_url: DatabaseUrl = "sqlite+aiosqlite:///var/nihuwoying.db"
    secret_key: SecretStr = SecretStr("")
    secret_key_before: SecretStr = SecretStr("")
    production: bool = False
    var: Path = Path("var")
    anchors: Path = Path("var/anchors")
    simulator: Literal["on", "off"] = "off"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    wechat: WeChat = WeChat()


class Handlers(_Section):
    """The conversation."""

    passive_budget: timedelta = timedelta(seconds=4)
    memory: timedelta = timedelta(minutes=30)
    flood_messages: int = Field(20, ge=3, le=30)
    flood_window: timedelta = Field(timedelta(minutes=1), gt=timedelta(0), le=timedelta(minutes=10))
    keep_words: timedelta = Field(timedelta(days=90), ge=timedelta(days=1))
    keep_originals: timedelta = Field(timedelta(days=7), ge=timedelta(0), le=timedelta(days=90))


class Desk(_Section):
    """The agents' desk; what counts business time is measured by the calendar of the desk."""

    offers: Literal["least_busy", "round_robin", "off"] = "least_busy"
    accept_within: timedelta = Field(timedelta(seconds=30), ge=timedelta(seconds=5), le=timedelta(minutes=10))
    misses_until_away: int = Field(3, ge=1)
    capacity: int = Field(5, ge=1, le=20)
    gone_after: timedelta = Field(timedelta(seconds=90), ge=timedelta(seconds=30), le=timedelta(minutes=30))
    undo: timedelta = Field(timedelta(seconds=10), ge=timedelta(0), le=timedelta(minutes=1))
    first_reply: timedelta = Field(timedelta(minutes=3), gt=timedelta(0))
    next_reply: timedelta = Field(timedelta(minutes=5), gt=timedelta(0))
    reopen: timedelta = Field(timedelta(hours=24), ge=timedelta(0), le=timedelta(hours=48))
    second_look: Literal["on", "off"] = "off"


class Faq(_Section):
    """Answers and guides."""

    content: Path = Path("faq/content")
    follow_every: timedelta = timedelta(seconds=2)


class Nlu(_Section):
    """The ear."""

    engine: Literal["embedded", "rasa"] = "embedded"
    shadow: Literal["on", "off"] = "off"
    rasa_url: WebAddress = ""
    rasa_token: SecretStr = SecretStr("")
    rasa_pipeline: Path = Path("nlu/rasa/config.yml")
    rasa_models: Path = Path("var/rasa/models")
    rasa_budget: timedelta = timedelta(milliseconds=800)
    encoder: Literal["on", "off"] = "on"
    cache: int = Field(4096, ge=0)
    screenshots: Literal["on", "off"] = "on"


class Verification(_Section):
    """Proof of identity."""

    models: Path = Path("var/models")
    front: Path = Path("var/front")
    providers: Literal["sandbox", "local"] = "sandbox"
    workers: int = Field(0, ge=0)
    queue_limit: int = Field(8, ge=1)
    job_timeout: timedelta = Field(timedelta(seconds=10), gt=timedelta(0))
    recycle_after: int = Field(500, ge=1)
    match_at: float = Field(0.50, gt=0, lt=1)
    retry_to: RetryTo = Field(0.60, gt=0, lt=1, validate_default=True)
    oauth: Literal["on", "off"] = "off"
    identity_url: WebAddress = ""
    identity_secret: SecretStr = SecretStr("")
    bank_url: WebAddress = ""
    bank_secret: SecretStr = SecretStr("")
    sms_url: SmsAddress = Field("", validate_default=True)
    sms_secret: SecretStr = SecretStr("")
    controller: str = Field("", max_length=60)
    contact: str = Field("", max_length=60)
    registry: str = "registry"
    registry_secret: SecretStr = SecretStr("")
    registry_callback: WebAddress = ""

    def providers_asked(self) -> list[tuple[str, str, SecretStr]]:
        """The providers with an address: key, address, secret."""
        every = (
            ("identity_url", self.identity_url, self.identity_secret),
            ("bank_url", self.bank_url, self.bank_secret),
            ("sms_url", self.sms_url, self.sms_secret),
        )
        return [one for one in every if one[1]]


class Settings(_Section):
    """All of config.yml."""

    bot: Bot = Bot()
    handlers: Handlers = Handlers()
    desk: Desk = Desk()
    faq: Faq = Faq()
    nlu: Nlu = Nlu()
    verification: Verification = Verification()

    @property
    def public_url(self) -> str:
        """Where citizens reach us, without a slash at the end."""
        return (self.bot.public_url or f"http://127.0.0.1:{self.bot.port}").rstrip("/")

    @property
    def api_base(self) -> str:
        """Where WeChat's API is: as configured, else the stand-in when it is on, else WeChat."""
        if self.bot.wechat.api_base:
            return self.bot.wechat.api_base.rstrip("/")
        if self.bot.simulator == "on":
            return f"http://127.0.0.1:{self.bot.port}/simulator/api"
        return "https://api.weixin.qq.com"

    @property
    def oauth_base(self) -> str:
        """Where a citizen's browser is asked who they are: as configured, the stand-in, or WeChat."""
        if self.bot.wechat.oauth_base:
            return self.bot.wechat.oauth_base.rstrip("/")
        if self.bot.simulator == "on":
            return f"{self.public_url}/simulator/api"
        return "https://open.weixin.qq.com"


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `path` (config.yml at the root by default), with the environment on top.

    Raises:
        SettingsRefused: unreadable YAML, an unknown key, or a bad value; all of them are listed.
    """
    file = path or ROOT / "config.yml"
    raw = settings_file.read(file)
    for name, where in ENVIRONMENT.items():
        if environ.get(name):
            _put(raw, where, environ[name])
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as refused:
        raise SettingsRefused("\n".join(_explain(file, error) for error in refused.errors())) from None
    _refuse_demo_in_production(settings)
    return settings


def secret_key(settings: Settings) -> str:
    """SECRET_KEY, or in demo mode a random one that is kept in var/demo-secret (mode 0600)."""
    var = settings.bot.var
    given = settings.bot.secret_key.get_secret_value()
    if given:
        return given
    kept = var / "demo-secret"
    if not kept.exists():
        var.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def secret_keys_before(settings: Settings) -> tuple[str, ...]:
    """The former values of SECRET_KEY, newest first; separated by commas where they are given."""
    given = settings.bot.secret_key_before.get_secret_value().split(",")
    return tuple(each.strip() for each in given if each.strip())


def _put(raw: dict[str, Any], where: tuple[str, ...], value: str) -> None:
    for key in where[:-1]:
        inner = raw.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        raw = inner
    raw[where[-1]] = value


def _explain(file: Path, error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        name = next((n for n, where in ENVIRONMENT.items() if where == tuple(error["loc"])), "")
        hint = f" (environment: {name})" if name else ""
        return f"{file.name}: {path}: {told(error)}{hint}"
    model: Any = Settings
    for part in error["loc"][:-1]:
        model = model.model_fields[part].annotation
    known = list(model.model_fields)
    close = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
    right = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
    return f"{file.name}: {path}: unknown key; {right}"


def _refuse_demo_in_production(settings: Settings) -> None:
    if not settings.bot.production:
        return
    bot, demo = settings.bot, WeChat()
    faults = []
    if len(bot.secret_key.get_secret_value()) < 32:
        faults.append("bot.secret_key: production needs SECRET_KEY of at least 32 random characters")
    faults += faults_of_former(secret_keys_before(settings), bot.secret_key.get_secret_value())
    if settings.verification.providers == "sandbox":
        faults.append("verification.providers: the sandbox has no place in production; use local")
    if settings.verification.oauth == "off":
        faults.append("verification.oauth: production needs on, or a forwarded link lets a stranger in")
    faults += [
        f"verification.{key}: personal data goes there; production needs https:// and its secret"
        for key, url, secret in settings.verification.providers_asked()
        if not url.startswith("https://") or not secret.get_secret_value()
    ]
    if bot.simulator == "on":
        faults.append("bot.simulator: must be off in production")
    if not bot.public_url.startswith("https://"):
        faults.append("bot.public_url: production needs PUBLIC_URL with https://")
    if bot.wechat.mode != "safe":
        faults.append("bot.wechat.mode: production needs safe")
    faults += [
        f"bot.wechat.{key}: still the demo value; set WECHAT_{key.upper()}"
        for key in ("app_secret", "token", "encoding_aes_key")
        if getattr(bot.wechat, key) == getattr(demo, key)
    ]
    if faults:
        raise SettingsRefused("\n".join(faults))
