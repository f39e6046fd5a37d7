"""The settings: what cannot be used is refused at start, with its place and the way out."""

import asyncio
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml

from bot.agents_desk import desk_settings
from bot.app import build_api, build_sealer
from bot.channels.wechat_outcomes import ApiUnreached
from bot.proof import clients_of, receipt_seeds
from bot.settings import ENVIRONMENT, ROOT, load, secret_keys_before
from bot.settings_file import SettingsRefused
from handlers.desk.settings import DeskSettings


@pytest.fixture
def written(tmp_path: Path):
    """The settings as a file says them, and nothing of this machine's environment."""

    def load_from(text: str):
        file = tmp_path / "config.yml"
        file.write_text(text, encoding="utf-8")
        return load(file, environ={})

    return load_from


class TestTheSectionOfTheDesk:
    def test_reaches_the_desk_whole(self, written):
        desk = desk_settings(
            written(
                "desk: {offers: round_robin, accept_within: PT45S, misses_until_away: 2, capacity: 7,"
                " gone_after: PT2M, undo: PT5S, first_reply: PT1M, next_reply: PT2M, reopen: PT1H,"
                ' second_look: "on"}'
            )
        )
        minutes = timedelta(minutes=1)
        assert desk == DeskSettings(
            offers="round_robin",
            accept_within=timedelta(seconds=45),
            misses_until_away=2,
            capacity=7,
            gone_after=2 * minutes,
            undo=timedelta(seconds=5),
            first_reply=minutes,
            next_reply=2 * minutes,
            reopen=60 * minutes,
            second_look=True,
        )

    def test_may_be_left_out(self, written):
        assert desk_settings(written("bot: {port: 8081}")) == DeskSettings()

    def test_stands_in_the_shipped_file_as_the_desk_has_it_anyway(self):
        assert desk_settings(load(ROOT / "config.yml", environ={})) == DeskSettings()

    def test_knows_every_setting_of_the_desk(self, written):
        known = set(type(written("").desk).model_fields)
        assert known == {field.name for field in fields(DeskSettings)}

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("capacitty: 5", "desk.capacitty: unknown key; did you mean 'capacity'?"),
            ("capacity: 0", "desk.capacity: Input should be greater than or equal to 1"),
            ("capacity: 21", "desk.capacity: Input should be less than or equal to 20"),
            ("capacity: many", "desk.capacity: Input should be a valid integer"),
            ("offers: random", "desk.offers: Input should be 'least_busy', 'round_robin' or 'off'"),
            ("accept_within: PT1S", "desk.accept_within: Input should be greater than or equal to 5 seconds"),
            ("gone_after: PT8S", "desk.gone_after: Input should be greater than or equal to 30 seconds"),
            ("undo: soon", "desk.undo: is no duration; write PT4S"),
            ("undo: PT2M", "desk.undo: Input should be less than or equal to 1 minute"),
            ("first_reply: PT0S", "desk.first_reply: Input should be greater than 0 seconds"),
            ("reopen: P3D", "desk.reopen: Input should be less than or equal to"),
            ("second_look: maybe", "desk.second_look: Input should be 'on' or 'off'"),
        ],
    )
    def test_with_a_mistake_is_refused_with_its_place(self, written, line, told):
        with pytest.raises(SettingsRefused) as refused:
            written(f"desk:\n  {line}\n")
        assert told in str(refused.value)
        assert desk_settings(written("desk: {}")) == DeskSettings()


class TestTheSectionOfWeChat:
    async def test_says_how_long_an_answer_of_its_api_is_waited_for(self, written):
        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        settings = written(f"bot: {{wechat: {{api_base: '{address}', api_timeout: PT0.1S}}}}")
        async with silent, aiohttp.ClientSession() as session, asyncio.timeout(2.5):
            with pytest.raises(ApiUnreached, match="TimeoutError"):
                await build_api(settings, session).menu()


class TestTheSectionOfTheProof:
    @pytest.mark.parametrize(
        ("section", "place"),
        [
            ("match_at: 0.70", "verification.retry_to"),
            ("match_at: 0.50, retry_to: 0.40", "verification.retry_to"),
            ("providers: local", "verification.sms_url"),
            ("identity_url: registry.example", "verification.identity_url"),
            ("job_timeout: PT0S", "verification.job_timeout"),
        ],
    )
    def test_that_cannot_work_is_refused_with_its_place(self, written, section, place):
        with pytest.raises(SettingsRefused, match=place):
            written(f"verification: {{{section}}}")

    def test_lets_nobody_push_to_dos_until_a_secret_was_agreed_upon(self, written):
        assert clients_of(written("")) == {}
        agreed = clients_of(written("verification: {registry: city, registry_secret: agreed-upon}"))
        assert agreed["city"].secret == "agreed-upon"

    def test_may_have_no_second_try(self, written):
        proof = written("verification: {match_at: 0.55, retry_to: 0.55}").verification
        assert (proof.match_at, proof.retry_to) == (0.55, 0.55)


class TestAFile:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("bot: {port: 1, host: a, port: 2}", "'port' stands here twice"),
            ("bot: {port: 8081}\nfaq: {}\nbot: {}", "'bot' stands here twice"),
            ("bot: [", "not readable as YAML"),
            ("- bot", "must be a mapping"),
        ],
    )
    def test_that_cannot_be_read_is_refused(self, written, text, told):
        with pytest.raises(SettingsRefused, match=told):
            written(text)
        assert written("bot: {port: 8081}").bot.port == 8081

    @pytest.mark.parametrize(
        ("raw", "told"),
        [
            ("bot: {host: 主机}".encode("gbk"), "no UTF-8 at byte 12; save the file as UTF-8"),
            (b"bot:\n\tport: 8081\n", "Indent with spaces, never with a tab."),
            (b"bot:\n", "bot: must be a section with its keys indented below it"),
            (b"bot: [port]\n", "bot: must be a section with its keys indented below it"),
            (b"bot: {simulator: on}\n", "YAML reads on and off as true and false"),
            (b"bot: {wechat: {token: ab}}\n", "bot.wechat.token: must be the 3 to 32 characters"),
            (b"bot: {wechat: {freshness: PT0S}}\n", "bot.wechat.freshness: Input should be greater than"),
            (b"bot: {wechat: {api_timeout: PT0S}}\n", "bot.wechat.api_timeout: Input should be greater than"),
            (b"handlers: {passive_budget: PT5S}\n", "handlers.passive_budget: Input should be less than"),
            (b"handlers: {passive_budget: -PT4S}\n", "handlers.passive_budget: Input should be greater than"),
            (b"handlers: {memory: PT0S}\n", "handlers.memory: Input should be greater than"),
            (b"faq: {follow_every: PT0S}\n", "faq.follow_every: Input should be greater than"),
            (b"nlu: {rasa_budget: PT0S}\n", "nlu.rasa_budget: Input should be greater than"),
        ],
    )
    def test_that_cannot_work_is_told_what_would_be_right(self, tmp_path, raw, told):
        file = tmp_path / "config.yml"
        file.write_bytes(raw)
        with pytest.raises(SettingsRefused) as refused:
            load(file, environ={})
        assert told in str(refused.value)
        file.write_bytes(b"\xef\xbb\xbfbot: {port: 8081}")
        assert load(file, environ={}).bot.port == 8081

    def test_that_is_a_folder_is_refused(self, tmp_path):
        with pytest.raises(SettingsRefused, match="cannot be read"):
            load(tmp_path, environ={})

    def test_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(SettingsRefused, match=r"config\.yml: not found"):
            load(tmp_path / "config.yml", environ={})


class TestAValueOfTheEnvironment:
    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("PORT", "abc", "bot.port: Input should be a valid integer"),
            ("WECHAT_MODE", "secure", "bot.wechat.mode: Input should be 'plain', 'compatible' or 'safe'"),
            (
                "WECHAT_ENCODING_AES_KEY",
                "a" * 42,
                "bot.wechat.encoding_aes_key: must be the 43 characters",
            ),
            (
                "WECHAT_PREVIOUS_AES_KEY",
                "a" * 42 + "=",
                "bot.wechat.previous_aes_key: must be the 43 characters",
            ),
            ("DATABASE_URL", "mysql://localhost/x", "bot.database_url: must begin with sqlite+aiosqlite:///"),
            ("PUBLIC_URL", "somewhere.cn", "bot.public_url: must be a whole address"),
            ("WECHAT_API_BASE", "localhost:9", "bot.wechat.api_base: must be a whole address"),
            ("SIMULATOR", "maybe", "bot.simulator: Input should be 'on' or 'off'"),
        ],
    )
    def test_is_refused_with_its_place_and_name_and_never_shown(self, tmp_path, name, value, told):
        file = tmp_path / "config.yml"
        file.write_text("bot: {}\n")
        with pytest.raises(SettingsRefused) as refused:
            load(file, environ={name: value})
        assert told in str(refused.value)
        assert name in str(refused.value)
        assert value not in str(refused.value).replace("(environment", "")
        assert load(file, environ={name: ""}).bot.port == 8080

    def test_that_is_right_is_taken(self, tmp_path):
        file = tmp_path / "config.yml"
        file.write_text("bot: {}\n")
        settings = load(
            file,
            environ={
                "WECHAT_ENCODING_AES_KEY": "+/G" + "a" * 40,
                "DATABASE_URL": "postgresql+asyncpg://u:p@h/d",
                "PUBLIC_URL": "https://bot.example.cn/",
            },
        )
        assert settings.public_url == "https://bot.example.cn"


class TestFormerSecrets:
    FIRST, SECOND, NOW = ("first-" * 6, "second-" * 6, "now-" * 9)

    def given(self, former: str, *, production: str = "false"):
        environ = {"SECRET_KEY": self.NOW, "SECRET_KEY_BEFORE": former, "PRODUCTION": production}
        return load(ROOT / "config.yml", environ=environ)

    def test_are_separated_by_commas_newest_first(self):
        settings = self.given(f"{self.SECOND}, {self.FIRST},")
        assert secret_keys_before(settings) == (self.SECOND, self.FIRST)
        assert self.FIRST not in repr(settings)

    def test_are_none_at_first(self):
        assert secret_keys_before(self.given("")) == ()

    def test_open_what_was_sealed_by_them(self):
        sealed = build_sealer(load(ROOT / "config.yml", environ={"SECRET_KEY": self.FIRST})).seal(
            "x", "a:b:1"
        )
        assert build_sealer(self.given(f"{self.SECOND},{self.FIRST}")).open(sealed, "a:b:1") == "x"

    def test_sign_no_receipt_but_read_those_of_their_time(self):
        before = receipt_seeds(load(ROOT / "config.yml", environ={"SECRET_KEY": self.FIRST}))
        now = receipt_seeds(self.given(self.FIRST))
        assert now[1:] == before
        assert now[0] not in before

    @pytest.mark.parametrize(
        ("former", "told"), [("cut-off", "whole"), (NOW, "twice"), (f"{FIRST},{FIRST}", "twice")]
    )
    def test_that_would_lose_something_are_refused_in_production_and_never_shown(self, former, told):
        with pytest.raises(SettingsRefused) as refused:
            self.given(former, production="true")
        assert any(
            line.startswith("bot.secret_key_before") and told in line
            for line in str(refused.value).split("\n")
        )
        assert former not in str(refused.value)
        with pytest.raises(SettingsRefused) as refused:
            self.given(f"{self.SECOND},{self.FIRST}", production="true")
        assert "secret_key_before" not in str(refused.value)


class TestTheContainers:
    def test_are_handed_every_secret_that_only_the_environment_may_hold(self):
        compose = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8"))
        handed = compose["services"]["bot"]["environment"]
        secret = {name for name in ENVIRONMENT if name.endswith(("SECRET", "TOKEN", "KEY", "BEFORE"))}
        assert secret <= handed.keys()

    def test_are_handed_nothing_that_the_bot_does_not_read(self):
        compose = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8"))
        assert compose["services"]["bot"]["environment"].keys() <= ENVIRONMENT.keys()
