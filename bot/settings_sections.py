"""The sections of config.yml, one for each room, with their defaults and what they may hold."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.settings_values import AesKey, DatabaseUrl, RetryTo, SmsAddress, Token, WebAddress


class Section(BaseModel):
    """Refuses a key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class WeChat(Section):
    """The public account, as 开发接口管理 shows it."""

    app_id: str = "wx0000000000000demo"
    app_secret: SecretStr = SecretStr("demo-app-secret")
    token: Token = SecretStr("demo-token-0001")
    encoding_aes_key: AesKey = SecretStr("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    previous_aes_key: AesKey = SecretStr("")
    mode: Literal["plain", "compatible", "safe"] = "safe"
    api_base: WebAddress = ""
    oauth_base: WebAddress = ""
    api_timeout: timedelta = Field(timedelta(seconds=3), gt=timedelta(0), le=timedelta(seconds=20))
    freshness: timedelta = Field(timedelta(minutes=10), ge=timedelta(minutes=1), le=timedelta(hours=1))
    agents: Literal["own", "wechat"] = "own"


class Bot(Section):
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


class Handlers(Section):
    """The conversation."""

    passive_budget: timedelta = Field(timedelta(seconds=4), gt=timedelta(0), lt=timedelta(seconds=5))
    memory: timedelta = Field(timedelta(minutes=30), gt=timedelta(0))
    flood_messages: int = Field(20, ge=3, le=30)
    flood_window: timedelta = Field(timedelta(minutes=1), gt=timedelta(0), le=timedelta(minutes=10))
    keep_words: timedelta = Field(timedelta(days=90), ge=timedelta(days=1))
    keep_originals: timedelta = Field(timedelta(days=7), ge=timedelta(0), le=timedelta(days=90))


class Desk(Section):
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


class Faq(Section):
    """Answers and guides."""

    content: Path = Path("faq/content")
    follow_every: timedelta = Field(timedelta(seconds=2), ge=timedelta(seconds=0.1), le=timedelta(minutes=1))


class Nlu(Section):
    """The ear."""

    engine: Literal["embedded", "rasa"] = "embedded"
    shadow: Literal["on", "off"] = "off"
    rasa_url: WebAddress = ""
    rasa_token: SecretStr = SecretStr("")
    rasa_pipeline: Path = Path("nlu/rasa/config.yml")
    rasa_models: Path = Path("var/rasa/models")
    rasa_budget: timedelta = Field(timedelta(milliseconds=800), gt=timedelta(0), lt=timedelta(seconds=5))
    encoder: Literal["on", "off"] = "on"
    cache: int = Field(4096, ge=0)
    screenshots: Literal["on", "off"] = "on"


class Verification(Section):
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
