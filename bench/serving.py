"""A real server process: started, asked whether it is ready, looked at, stopped or killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]  # it ships no types

ROOT = Path(__file__).parents[1]
SECRET = "of-no-installation-kQ3v7Lm2xWn9pRt5yUb8cZd4"  # noqa: S105
READY_WITHIN_S = 180.0
NOWHERE = "http://127.0.0.1:9"
"""The discard port: an API that is never there."""


class DidNotStart(RuntimeError):
    """The process ended or stayed silent; the end of its log is in the message."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run on which port, with what settings, and where its log goes."""

    port: int
    log: Path
    words: Sequence[str] = ("-m", "bot", "serve")
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_path: str = "/readyz"


class Serving:
    """One server process, from its start to its end."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.url = f"http://127.0.0.1:{command.port}"
        self._log: IO[bytes] = command.log.open("ab")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, *command.words],
            cwd=ROOT,
            env={**os.environ, "PORT": str(command.port), **command.environment},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait_until_ready(began)
        self.start_s = time.monotonic() - began
        self._seen = psutil.Process(self.process.pid)

    @property
    def cpu_s(self) -> float:
        """CPU seconds that the process has used, user and system."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    @property
    def rss_mb(self) -> float:
        """Resident memory in megabytes (10^6 bytes)."""
        return float(self._seen.memory_info().rss) / 1e6

    def stop(self) -> None:
        """End it as an operator would, and wait for it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._log.close()

    def _wait_until_ready(self, began: float) -> None:
        while not answers(self.url + self.command.ready_path):
            late = time.monotonic() - began > READY_WITHIN_S
            if late or self.process.poll() is not None:
                self._end(signal.SIGKILL)
                raise DidNotStart(self.command.log.read_text(errors="replace")[-2000:])
            time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def bot_environment(database_url: str, account: Mapping[str, str], api_base: str = NOWHERE) -> dict[str, str]:
    """The settings of a whole bot that talks to nobody but us; its trail is anchored beside its database."""
    folder, _, name = database_url.rpartition("/")
    beside = folder.partition("///")[2] or tempfile.gettempdir()
    return {
        "DATABASE_URL": database_url,
        "AUDIT_ANCHORS": f"{beside}/anchors-{name}",
        "SECRET_KEY": SECRET,
        "SIMULATOR": "off",
        "LOG_LEVEL": "warning",
        "WECHAT_API_BASE": api_base,
        **account,
    }
