"""One face process: the only one that loads the engine. The house's handle on it is process.py.

It decodes pictures from strangers, so it leaves no core dumps, and when its input ends, it ends.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from contextlib import suppress
from typing import Any, BinaryIO

from verification.engines.deepface_door import MissingModel
from verification.engines.face import FaceEngine
from verification.engines.wire import (
    COUNT,
    Answer,
    Bug,
    CheckJob,
    EnrolJob,
    Job,
    Unfit,
    lengths_of,
    packed,
    unpacked,
)

BEHIND = 10
"""Added to the niceness of a process: a citizen sees that their face is being checked and waits for it, but
a message in the chat has five seconds. With every core busy on faces, the chat goes first."""


def main() -> None:
    """The child: settings come first, then jobs, until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(BEHIND)
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between the answers
    settings = _read(incoming)
    if settings is None:
        return
    try:
        engine = FaceEngine(settings)
    except MissingModel as missing:
        _write(outgoing, Unfit(str(missing)))
        return
    engine.warm_up()
    _write(outgoing, engine.health())
    while (job := _read(incoming)) is not None:
        _write(outgoing, _survived(engine, job))


def _survived(engine: FaceEngine, job: Job) -> Answer | Bug:
    """A bug costs one answer; dying of it would let one bad picture cost everybody a process."""
    try:
        return _done(engine, job)
    except Exception as bug:  # noqa: BLE001 - this is the loop's edge; the parent reports it
        traceback.print_exc()
        return Bug(type(bug).__name__)


def _done(engine: FaceEngine, job: Job) -> Answer:
    match job:
        case CheckJob(capture, template, challenge):
            return engine.check(capture, template, challenge)
        case EnrolJob(picture, kind):
            return engine.enrol(picture.picture, kind)


def _read(incoming: BinaryIO) -> Any:
    """The parent's next value, or None when the parent is done with us or gone."""
    head = incoming.read(COUNT.size)
    if len(head) < COUNT.size:
        return None
    lengths = lengths_of(incoming.read(8 * COUNT.unpack(head)[0]))
    parts = [incoming.read(length) for length in lengths]
    return unpacked(parts) if [len(part) for part in parts] == lengths else None


def _write(outgoing: BinaryIO, value: object) -> None:
    with suppress(BrokenPipeError):
        outgoing.writelines(packed(value))
        outgoing.flush()


if __name__ == "__main__":
    main()
