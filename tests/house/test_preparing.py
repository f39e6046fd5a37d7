"""The database is made ready by a process of its own, which leaves nothing in the one that serves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import migrations
from bot.store import Store
from faq import records

ROOT = Path(__file__).parents[2]
PREPARE = """
import sys
from bot.preparing import prepare_elsewhere
from bot.settings import load
prepare_elsewhere(load())
print("alembic" in sys.modules)
"""
SERVE_WITHOUT_CONTENT = """
import sys
from pathlib import Path
from bot import settings
from bot.command_line import app
settings.ROOT = Path(sys.argv[1])
app(["serve"])
"""


class TestADatabase:
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite+aiosqlite:///{tmp_path / 'house.db'}"

    def after(self, url: str, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DATABASE_URL": url}
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    async def test_has_the_newest_schema_and_the_content_before_the_house_opens(self, url):
        done = self.after(url, "-c", PREPARE)
        assert done.stdout == "False\n", f"what changes the schema stayed in the process: {done.stderr}"
        store = Store(url)
        assert await store.read(migrations.stands_at) == migrations.newest()
        assert await store.read(records.live_number) == 1
        await store.close()

    async def test_is_left_alone_while_another_process_serves_it(self, url):
        store = Store(url)
        store.claim_for_serving()
        refused = self.after(url, "-m", "bot", "serve")
        assert refused.returncode == 1
        assert "Another process already serves" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert await store.read(migrations.stands_at) is None
        await store.close()
        assert self.after(url, "-c", PREPARE).returncode == 0

    def test_is_not_made_ready_without_content_and_the_operator_hears_why(self, url, tmp_path):
        (tmp_path / "config.yml").write_text("faq: {content: nowhere}\n")
        refused = self.after(url, "-c", SERVE_WITHOUT_CONTENT, str(tmp_path))
        assert refused.returncode == 1
        assert "replies.yml 缺少文件 replies.yml" in refused.stderr
        assert "python -m faq check" in refused.stderr
        assert "Traceback" not in refused.stderr
