"""An operator at the machine: commands with settings of their own."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bench.serving import NOWHERE, SECRET
from bot.command_line import app


class Operator:
    """Runs commands of `python -m bot`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._env = monkeypatch
        self.folder = folder
        self.has("DATABASE_URL", f"sqlite+aiosqlite:///{folder / 'house.db'}")
        self.has("AUDIT_ANCHORS", str(folder / "anchors"))
        self.has("SECRET_KEY", SECRET)
        self.has("SIMULATOR", "off")
        self.has("WECHAT_API_BASE", NOWHERE)

    def has(self, name: str, value: str) -> None:
        """Set one setting."""
        self._env.setenv(name, value)

    def runs(self, *words: str) -> Result:
        return CliRunner().invoke(app, words)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    monkeypatch.setenv("COLUMNS", "240")
    return Operator(monkeypatch, tmp_path)
