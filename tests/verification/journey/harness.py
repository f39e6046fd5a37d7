"""What the tests of the journey start from; and the room to look at.

`python -m tests.verification.journey.harness [PORT]` serves it with the test engine; it prints a link.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from tests.verification.journey.citizen import Citizen, a_citizen, a_jpeg
from tests.verification.journey.world import (
    CANARY,
    CARD,
    FRONT,
    PASSPORT,
    PERSON,
    PHONE,
    ROOT,
    Clock,
    TestFace,
    World,
    a_template,
    build,
    opened,
    outcomes,
)

__all__ = [
    "CANARY",
    "CARD",
    "FRONT",
    "PASSPORT",
    "PERSON",
    "PHONE",
    "ROOT",
    "Citizen",
    "Clock",
    "TestFace",
    "World",
    "a_citizen",
    "a_jpeg",
    "a_template",
    "build",
    "opened",
    "outcomes",
]


async def serve(port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{port}"
        async with opened(Path(folder), public_url=url, clock=Clock(datetime.now(UTC))) as world:
            world.clock.__class__.__call__ = lambda self: datetime.now(UTC)  # type: ignore[method-assign]
            await world.enrol()
            await world.push()
            runner = web.AppRunner(world.app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            print(await world.link(), flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8099))
