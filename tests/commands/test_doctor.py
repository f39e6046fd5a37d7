"""python -m bot doctor: each thing that can be wrong is named, with what to do."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from bot import doctor as house_doctor
from bot.doctor import Line
from bot.settings import ROOT, Settings, load
from bot.store import Store
from faq import records as releases
from faq.hours import BEIJING
from faq.loading import load_content
from tests.commands.conftest import Operator

CONTENT = ROOT / "faq" / "content"


def looked_at(operator: Operator) -> dict[str, dict[str, str]]:
    told = operator.runs("doctor", "--json")
    return {line["about"]: line for line in json.loads(told.stdout)}


@contextmanager
def api(answer: dict[str, Any], at: datetime | None = None) -> Iterator[str]:
    """An api.weixin.qq.com in a thread of its own; every call gets the same answer."""
    loop = asyncio.new_event_loop()

    async def call(_request: web.Request) -> web.Response:
        now = at or datetime.now(UTC)
        return web.json_response(answer, headers={"Date": format_datetime(now, usegmt=True)})

    async def open_() -> tuple[web.AppRunner, int]:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", call)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, runner.addresses[0][1]

    runner, port = loop.run_until_complete(open_())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(runner.cleanup())
        loop.close()


class TestAFreshInstallation:
    def test_has_nothing_that_fails_but_what_is_not_there_yet(self, operator: Operator) -> None:
        lines = looked_at(operator)
        assert lines["内容"]["state"] == lines["密钥"]["state"] == "ok"
        assert lines["数据库"]["state"] == "warn"
        assert not (operator.folder / "house.db").exists()

    def test_is_told_every_word_of_what_to_do_in_a_narrow_window(self, operator: Operator) -> None:
        operator.has("COLUMNS", "80")
        assert "…" not in operator.runs("doctor").stdout

    def test_is_well_after_its_first_command(self, operator: Operator) -> None:
        operator.runs("staff", "list")
        lines = looked_at(operator)
        assert lines["数据库结构"]["state"] == lines["数据库写入"]["state"] == lines["磁盘"]["state"] == "ok"


class TestSettingsThatCannotBeUsed:
    def test_end_it_with_their_path(self, operator: Operator) -> None:
        operator.has("PORT", "high")
        told = operator.runs("doctor")
        assert told.exit_code == 2
        assert "bot.port" in told.output


class TestASecret:
    @pytest.mark.parametrize("weak", ["tiny-one", "changeme" * 6])
    def test_that_can_be_guessed_is_named_but_not_shown(self, operator: Operator, weak: str) -> None:
        operator.has("SECRET_KEY", weak)
        line = looked_at(operator)["密钥"]
        assert line["state"] == "warn"
        assert "token_urlsafe" in line["todo"]
        assert weak not in line["words"] + line["todo"]


class TestFormerSecrets:
    def test_are_counted_but_not_shown(self, operator: Operator) -> None:
        former = "Rk7-former-one-of-many-letters-29xQ"
        operator.has("SECRET_KEY_BEFORE", f"{former},{former[::-1]}")
        line = looked_at(operator)["密钥"]
        assert line["state"] == "ok"
        assert "2 个旧的" in line["words"]
        assert former not in str(line)
        operator.has("SECRET_KEY_BEFORE", "")
        assert "旧的" not in looked_at(operator)["密钥"]["words"]


class TestWeChat:
    def test_out_of_reach_fails(self, operator: Operator) -> None:
        told = operator.runs("doctor", "--json")
        assert told.exit_code == 1
        assert looked_at(operator)["微信接口"]["state"] == "fail"

    def test_that_does_not_know_our_address_says_what_to_add_where(self, operator: Operator) -> None:
        with api({"errcode": 40164, "errmsg": "invalid ip"}) as url:
            operator.has("WECHAT_API_BASE", url)
            line = looked_at(operator)["微信接口"]
        assert line["state"] == "fail"
        assert "白名单" in line["todo"]

    def test_that_answers_is_well(self, operator: Operator) -> None:
        with api({"access_token": "t", "expires_in": 7200, "ping": []}) as url:
            operator.has("WECHAT_API_BASE", url)
            lines = looked_at(operator)
        assert [lines[about]["state"] for about in ("微信接口", "微信到本机", "时钟")] == ["ok"] * 3

    def test_whose_clock_is_far_from_ours_fails(self, operator: Operator) -> None:
        with api({"access_token": "t", "expires_in": 7200}, at=datetime(2026, 1, 1, tzinfo=UTC)) as url:
            operator.has("WECHAT_API_BASE", url)
            assert looked_at(operator)["时钟"]["state"] == "fail"


class TestADatabaseThatIsAway:
    def test_is_a_line_and_not_a_traceback(self, operator: Operator) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            operator.has(
                "DATABASE_URL", f"postgresql+asyncpg://nobody@127.0.0.1:{free.getsockname()[1]}/none"
            )
            line = looked_at(operator)["数据库"]
        assert line["state"] == "fail"
        assert "DATABASE_URL" in line["todo"]


class TestTheCalendar:
    @pytest.mark.parametrize(
        ("days", "state", "words"),
        [
            (-1, "fail", "已经过期"),
            (0, "warn", "还有 0 天"),
            (59, "warn", "还有 59 天"),
            (61, "ok", "还有 61 天"),
        ],
    )
    def test_that_is_live_says_when_it_runs_out(
        self, operator: Operator, days: int, state: str, words: str
    ) -> None:
        operator.runs("staff", "list")
        until = datetime.now(BEIJING).date() + timedelta(days=days)
        asyncio.run(self._release(operator, until))
        line = looked_at(operator)["上班日历"]
        assert (line["state"], words in line["words"], str(until) in line["words"]) == (state, True, True)
        assert ("上班日历" in line["todo"]) == (state != "ok")

    def test_of_a_first_start_is_the_shipped_one(self, operator: Operator) -> None:
        assert "2026-12-31" in looked_at(operator)["上班日历"]["words"]

    async def _release(self, operator: Operator, until: date) -> None:
        store, shipped = Store(f"sqlite+aiosqlite:///{operator.folder / 'house.db'}"), load_content(CONTENT)
        hours = shipped.hours.model_copy(update={"known_until": until})
        content = shipped.model_copy(update={"hours": hours})
        at = datetime.now(UTC)
        await store.write(lambda tx: releases.publish(tx, content, "王主管", "上班日历", at))
        await store.close()


class TestACheckThatBreaks:
    async def test_does_not_keep_the_others_from_being_made(self) -> None:
        async def broken(_settings: Settings) -> list[Line]:
            raise LookupError

        lines = await house_doctor.look(load(), [("甲", broken), ("设置", house_doctor.of_settings)])
        assert [(line.about, line.state) for line in lines] == [("甲", "fail"), ("设置", "warn")]
