"""`python -m bot serve`, whose face processes are kept busy from one SIGUSR1 to the next.

The pictures go through the house's own pool, so its event loop does for them what it does for citizens.
FACE_PICTURES names the folder they are taken from.
"""

import asyncio
import itertools
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot import proof
from bot.command_line import app
from verification.engines.captures import Capture, Template
from verification.engines.challenge import Frame
from verification.engines.workers import FaceWorkers

AT_ONCE = 2
"""Checks for each process, so that none ever waits for the next one."""

load = proof.Proof.start


async def start_and_listen(room: proof.Proof) -> None:
    """The house's own start; from then on each signal turns the load on or off."""
    await load(room)
    pictures = _pictures()
    busy: list[asyncio.Task[None]] = []

    def toggle() -> None:
        if busy:
            for each in busy:
                each.cancel()
            busy.clear()
            return
        endless = itertools.cycle(pictures)
        count = room.workers.health().wanted * AT_ONCE
        busy.extend(asyncio.create_task(_checks(room.workers, endless)) for _ in range(count))

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, toggle)


def _pictures() -> list[bytes]:
    return [each.read_bytes() for each in sorted(Path(os.environ["FACE_PICTURES"]).glob("*.jpg"))]


async def _checks(workers: FaceWorkers, pictures: Iterator[bytes]) -> None:
    template = Template(np.eye(1, 128, dtype="<f4").tobytes())
    for picture in pictures:
        await workers.check(Capture((Frame(picture, 0),), "file", datetime.now(UTC)), template)


if __name__ == "__main__":
    proof.Proof.start = start_and_listen  # type: ignore[method-assign, assignment]
    app(["serve"])
