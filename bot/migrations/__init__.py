"""The schema, step by step, on SQLite and PostgreSQL. `upgrade` is called at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, inspect, text

from bot.records import metadata as doors
from bot.store import Store
from faq.disagreements import faq_disagreement
from faq.editor.records import metadata as editor
from handlers.desk.records import metadata as desk
from handlers.illustrations import illustration
from handlers.originals import original
from handlers.screenshot_records import screenshot_job
from verification.records import metadata as verification

if TYPE_CHECKING:
    from alembic.config import Config

CONVERSATION = screenshot_job.metadata  # the same as handlers.records.metadata, with this table in it
assert original.metadata is illustration.metadata is CONVERSATION  # noqa: S101 - and these
FAQ = faq_disagreement.metadata  # the same as faq.records.metadata, with this table in it
ROOMS: tuple[MetaData, ...] = (doors, CONVERSATION, desk, FAQ, editor, verification)
"""Every room's tables; no foreign key crosses them."""

UPGRADE_LOCK = 0x6E696875
"""One process upgrades, the others wait: any number that no other part of the house locks."""


STEPS = Path(__file__).parent / "versions"


async def upgrade(store: Store) -> None:
    """Bring the schema to the newest step; nothing happens when it is there.

    Raises:
        StoreAway: the database does not answer.
    """
    await store.reach()
    if await store.read(stands_at) != newest():
        await store.write(_upgrade)


def newest() -> str:
    """The newest step: files are named by number."""
    return max(STEPS.glob("[0-9]*.py")).name.partition("_")[0]


def stands_at(conn: Connection) -> str | None:
    """The step at which this database stands; None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def config(conn: Connection) -> Config:
    """Alembic's configuration, working on the open transaction."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = conn
    return made


def _upgrade(conn: Connection) -> None:
    from alembic import command  # 0.3 s and 11 MB that a house which stands at the newest step saves

    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
    command.upgrade(config(conn), "head")
