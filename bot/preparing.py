"""What the database must have before the house opens: the newest schema, and the content of this version."""

import asyncio
import signal
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from bot import migrations
from bot.settings import Settings
from bot.store import Store
from faq import seeding


async def prepare(store: Store, settings: Settings) -> None:
    """Bring the schema and the shipped content up to date; nothing happens where they are.

    Raises:
        StoreAway: the database does not answer.
        ContentRefused: the shipped content holds errors.
    """
    await migrations.upgrade(store)
    content = Path(settings.faq.content)
    await store.write(lambda tx: seeding.seed(tx, content, datetime.now(UTC)))


def prepare_elsewhere(settings: Settings) -> None:
    """The same in a process that takes what it read with it: 16 MB in a new house, 2 MB in others.

    It is a copy of this one, which must not have a second thread yet, and so begins at once.

    Raises:
        StoreBusy: another process serves this database. StoreAway, ContentRefused: as above.
    """
    with ProcessPoolExecutor(
        1, get_context("fork"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    ) as preparing:
        preparing.submit(_prepare, settings).result()


def _prepare(settings: Settings) -> None:
    asyncio.run(_claimed_and_prepared(settings))


async def _claimed_and_prepared(settings: Settings) -> None:
    store = Store(settings.bot.database_url)
    try:
        store.claim_for_serving()
        await prepare(store, settings)
    finally:
        await store.close()
