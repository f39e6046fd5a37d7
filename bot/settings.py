"""The settings: config.yml, one section per room, overridden by the environment. Read once, strictly.

Secrets come from the environment only; without SECRET_KEY a demo key is kept in var/ (never in
production). A mistake is refused at start with its path and what would be right.
"""

import difflib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot import settings_file
from bot.settings_file import SettingsRefused
from bot.settings_sections import Bot, Desk, Faq, Handlers, Nlu, Section, Verification, WeChat
from bot.settings_values import faults_of_former, told

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


class Settings(Section):
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
