import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.redaction import MASK, redacted

CANARIES = {
    "id number": "11010519491231002X",
    "old id number": "110105491231002",
    "id number, full width": "１１０１０５１９４９１２３１００２Ｘ",
    "id number, spaced": "110105 19491231 002X",
    "bank card": "6222021234567890128",
    "bank card, spaced": "6222 0212 3456 7890 128",
    "phone": "13800138000",
    "phone, grouped": "138-0013-8000",
    "phone with country": "+8613800138000",
    "passport": "E12345678",
    "openid": "oAbCdEfGhIjKlMnOpQrStUvWx_-1",
    "session token": "q3V9bN2xW8kLm5RtYpZ1aHs7DfGjKc4XvBnQwErTyU0",
    "access token": "72_K9pLxR3vQmN8sT1wYzA4bCdEfGhJkMnPqRsTuVwXyZ0123456789abcdefGHIJ",
    "app secret": "9f86d081884c7d659a2feaa0c55ad015",
}


@pytest.fixture
def paper() -> Iterator[io.StringIO]:
    """What was logged; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    logs.configure("debug", stream)
    yield stream
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook = before


class Careless:
    def __init__(self, canary: str) -> None:
        self.canary = canary

    def __repr__(self) -> str:
        return f"Careless({self.canary})"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr today")


def raises(canary: str) -> None:
    held_locally = canary
    raise ValueError(f"cannot use {held_locally}") from KeyError(canary)


def logged_exception(canary: str) -> None:
    try:
        raises(canary)
    except ValueError:
        structlog.get_logger().exception("it broke")


def library_exception(canary: str) -> None:
    try:
        raises(canary)
    except ValueError:
        logging.getLogger("somewhere").exception("it broke on %s", canary)


def in_a_thread(canary: str) -> None:
    thread = threading.Thread(target=raises, args=(canary,))
    thread.start()
    thread.join()


def in_a_warning(canary: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"odd: {canary}", stacklevel=1)


def in_bound_context(canary: str) -> None:
    with structlog.contextvars.bound_contextvars(who=canary):
        structlog.get_logger().info("said")


POSITIONS = {
    "the message": lambda c: structlog.get_logger().info(f"got {c} from them"),
    "a sentence of Chinese": lambda c: structlog.get_logger().info(f"我的号码是{c}，请帮我"),
    "a positional argument": lambda c: structlog.get_logger().info("got %s", c),
    "a value": lambda c: structlog.get_logger().info("got", said=c),
    "a key": lambda c: structlog.get_logger().info("got", **{c: 1}),
    "a nested value": lambda c: structlog.get_logger().info("got", a={"b": [{"c": (1, {"d": c})}]}),
    "a nested key": lambda c: structlog.get_logger().info("got", a=[{"b": {c: None}}]),
    "a very deep value": lambda c: structlog.get_logger().info(
        "got", a=json.loads("[" * 40 + f'"{c}"' + "]" * 40)
    ),
    "a set": lambda c: structlog.get_logger().info("got", a={c}),
    "a queue": lambda c: structlog.get_logger().info("got", a=deque([c])),
    "a repr": lambda c: structlog.get_logger().info("got", a=Careless(c)),
    "a repr in a list": lambda c: structlog.get_logger().info("got", a=[Careless(c)]),
    "bytes": lambda c: structlog.get_logger().info("got", a=c.encode()),
    "an event that is no text": lambda c: structlog.get_logger().info(Careless(c)),
    "an exception": logged_exception,
    "an exception as a value": lambda c: structlog.get_logger().info("got", error=ValueError(c)),
    "a library's message": lambda c: logging.getLogger("aiohttp.server").error("bad %s", c),
    "a library's extra": lambda c: logging.getLogger("lib").error("bad", extra={"said": c}),
    "a library's exception": library_exception,
    "a thread that crashed": in_a_thread,
    "a warning": in_a_warning,
    "bound context": in_bound_context,
    "a message that cannot be formatted": lambda c: logging.getLogger("lib").error("bad %d %d", c),
}


class TestNoLogLine:
    @pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
    @pytest.mark.parametrize("put_in", POSITIONS.values(), ids=POSITIONS)
    def test_ever_holds_a_number_or_token(self, paper, capfd, put_in, canary):
        put_in(canary)
        out, err = capfd.readouterr()
        assert canary not in paper.getvalue() + out + err
        assert canary.replace("X", "") not in paper.getvalue() + out + err
        for line in paper.getvalue().splitlines():
            assert json.loads(line)["level"]

    @pytest.mark.parametrize(
        "key", ["text", "body", "password", "Cookie", "Authorization", "openid", "id-number", "phone", "name"]
    )
    def test_shows_what_stands_under_a_telling_key(self, paper, key):
        structlog.get_logger().info("got", **{key: "张三"}, inner={key: ["张三"]})
        assert "张三" not in paper.getvalue()

    def test_holds_a_number_that_came_as_a_number(self, paper):
        structlog.get_logger().info("got", value=13800138000, values=[110105194912310021])
        line = json.loads(paper.getvalue())
        assert line["value"] == MASK
        assert line["values"] == [MASK]

    @pytest.mark.parametrize(
        "said", ["access_token=abc123", "openid: o-short", "Authorization: Bearer x.y.z"]
    )
    def test_holds_even_a_short_secret_that_is_called_by_name(self, paper, said):
        structlog.get_logger().info(f"GET /cgi-bin?{said}")
        assert said.rpartition("=")[2].rpartition(" ")[2] not in paper.getvalue()

    @pytest.mark.parametrize("comma", [",", ", "])
    def test_holds_every_former_secret(self, paper, comma):
        structlog.get_logger().info(f"SECRET_KEY_BEFORE=one-short{comma}two-short", secret_key_before="three")
        assert not [each for each in ("one-short", "two-short", "three") if each in paper.getvalue()]

    @given(st.from_regex(r"\A[1-9][0-9]{16}[0-9X]\Z"), st.sampled_from(["", " ", "：", "号", "a", "_", '"']))
    def test_holds_an_id_number_whatever_stands_around_it(self, number, around):
        assert number not in redacted(f"{around}{number}{around}")


class TestALogLine:
    def test_keeps_what_operators_need(self, paper):
        structlog.get_logger().info(
            "turn answered", turn="a1b2c3d4e5f60718", seconds=0.0123456789012345, count=3, ok=True, none=None
        )
        line = json.loads(paper.getvalue())
        assert line["event"] == "turn answered"
        assert line["turn"] == "a1b2c3d4e5f60718"
        assert line["seconds"] == 0.0123456789012345
        assert (line["count"], line["ok"], line["none"], line["level"]) == (3, True, None, "info")
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is UTC

    @pytest.mark.parametrize(
        "plain",
        [
            "2026-11-23T19:09:31.123456+00:00",
            "2026-11-23 19:09:31",
            "step 'card' leads to 'kard': no such stop",
            "192.168.100.200:8080",
            "TestACitizenWhoAsksForAHuman.test_hears_the_agent_who_claims_them",
            "handlers/desk/thread.py:118",
            "45015 after 3 tries",
        ],
    )
    def test_keeps_plain_words_and_times(self, plain):
        assert redacted(plain) == plain

    def test_tells_where_an_exception_was_raised_without_local_variables(self, paper):
        logged_exception("a very private word")
        said = json.loads(paper.getvalue())["exception"]
        assert "in raises" in said
        assert "held_locally =" not in said

    def test_survives_a_repr_that_fails(self, paper):
        structlog.get_logger().info("got", a=Broken())
        assert json.loads(paper.getvalue())["a"] == "<Broken>"

    def test_below_the_level_is_not_written(self, paper):
        logs.configure("warning", paper)
        structlog.get_logger().info("quiet")
        structlog.get_logger().warning("loud")
        assert [json.loads(line)["event"] for line in paper.getvalue().splitlines()] == ["loud"]


class TestAStrangerWhoSpeaksNoHttp:
    @pytest.mark.parametrize(("level", "lines"), [("info", 1), ("warning", 0)])
    async def test_leaves_one_quiet_line_without_their_bytes_or_address(self, paper, level, lines):
        logs.configure(level, paper)
        runner = web.AppRunner(web.Application(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(b"POST /wechat?name=Wang HTTP/1.1\r\nContent-Length: Xiao\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        await runner.cleanup()
        told = [json.loads(line) for line in paper.getvalue().splitlines()]
        assert [(one["event"], one["level"]) for one in told] == [("http.refused BadHttpMessage", "info")][
            :lines
        ]
        assert not [each for each in ("Wang", "Xiao", "127.0.0.1", "Traceback") if each in paper.getvalue()]


class TestACrashOfTheProcess:
    def test_is_one_sieved_line(self):
        program = (
            "from bot import logs; logs.configure('info')\n"
            f"raise ValueError('cannot use {CANARIES['id number']}')"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        line = json.loads(run.stderr)
        assert line["level"] == "critical"
        assert "11010519491231002" not in run.stderr + run.stdout
        assert "ValueError" in line["exception"]
