"""The schema, step by step, on SQLite and PostgreSQL. `upgrade` is called at every start."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from bot.records import metadata as doors
from bot.store import Store
from faq.editor.records import metadata as editor
from faq.records import metadata as faq
from handlers.desk.records import metadata as desk
from handlers.originals import original
from handlers.screenshot_records import screenshot_job
from verification.records import metadata as verification

CONVERSATION = screenshot_job.metadata  # the same as handlers.records.metadata, with this table in it
assert original.metadata is CONVERSATION  # noqa: S101 - and this one
ROOMS: tuple[MetaData, ...] = (doors, CONVERSATION, desk, faq, editor, verification)
"""Every room's tables; no foreign key crosses them."""

UPGRADE_LOCK = 0x6E696875
"""One process upgrades, the others wait: any number that no other part of the house locks."""


async def upgrade(store: Store) -> None:
    """Bring the schema to the newest step; nothing happens when it is there."""
    await store.write(_upgrade)


def config(conn: Connection) -> Config:
    """Alembic's configuration, working on the open transaction."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = conn
    return made


def _upgrade(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
    command.upgrade(config(conn), "head")
