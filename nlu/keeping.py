"""Trained ears on disk: a release is learnt once, by a process of its own, and read by every later start.

A file belongs to one content, one set of settings and one state of this package's code; any other is
learnt anew. The files are pickles: they lie in the installation's own folder, written and read by nobody
else, and are as trusted as the database beside them.

Beside the ears lies what the encoder has read, so that the next training need not read it again.
"""

import fcntl
import hashlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import IO

import structlog

from nlu import mapped
from nlu.ear import Ear, EarSettings
from nlu.engines.encoder import load_encoder
from nlu.training import TrainingContent

KEPT = 12
"""Ears on disk, 30 MB each: what is live, rehearsed drafts that may go live, a few to go back to."""

LONGEST_TRAINING = timedelta(minutes=5)
"""A first one takes about 20 s; what takes so long hangs, and is ended."""

LONGEST_WAIT = timedelta(minutes=6)
"""Who holds the turn for longer cannot even end its own training: it is not waited for any more."""

_log = structlog.get_logger("nlu.keeping")


class NotLearnt(Exception):
    """No ear came of the training; whoever has an older one goes on with it."""


def learn(content: TrainingContent, settings: EarSettings, folder: Path) -> Ear:
    """An ear for `content`: read from `folder`, or trained in a process of its own and kept there.

    Blocks for the training (about 20 s for a first one): call it in a worker thread. Training elsewhere
    keeps its memory and its minutes of computing out of the process that answers.

    Raises:
        NotLearnt: the training hung, was killed, or its ear could not be kept.
    """
    file = _file_of(content, settings, folder)
    folder.mkdir(parents=True, exist_ok=True)
    ear = _read(file)
    if ear is None:
        with _turn(folder):
            ear = _read(file)  # whoever held the turn before us may have learnt it
            if ear is None:
                _train_elsewhere(content, settings, file)
                ear = _read(file)
    if ear is None:
        raise NotLearnt(f"{file.name} could not be kept: is there room in {folder}?")
    os.utime(file)
    _forget_all_but_newest(folder)
    return ear


def learn_ahead(content: TrainingContent, settings: EarSettings, folder: Path) -> None:
    """Have an ear for `content` kept in `folder`, and counted as just used, without reading it."""
    file = _file_of(content, settings, folder)
    if file.exists():
        os.utime(file)
    else:
        learn(content, settings, folder)


def _file_of(content: TrainingContent, settings: EarSettings, folder: Path) -> Path:
    return folder / f"{content.fingerprint()}-{_stamp(settings)}.ear"


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One trains, the others wait and find what it learnt; but nobody waits for one that hangs."""
    until = time.monotonic() + LONGEST_WAIT.total_seconds()
    with (folder / ".training").open("w") as turn:
        while not _is_ours(turn):
            if time.monotonic() >= until:
                _log.error("training_without_a_turn", held_by="another process, which hangs: end it")
                break
            time.sleep(0.05)
        yield


def _is_ours(turn: IO[str]) -> bool:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _train_elsewhere(content: TrainingContent, settings: EarSettings, file: Path) -> None:
    with ProcessPoolExecutor(
        1, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    ) as worker:
        try:
            process = worker.submit(os.getpid).result()
            worker.submit(train_into, content, settings, file).result(LONGEST_TRAINING.total_seconds())
        except TimeoutError:
            os.kill(process, signal.SIGKILL)  # even one that was stopped ends by it
            raise NotLearnt(f"the training hung, and was ended after {LONGEST_TRAINING}") from None
        except BrokenProcessPool:
            raise NotLearnt("the training was killed: is there enough memory?") from None


def train_into(content: TrainingContent, settings: EarSettings, file: Path) -> None:
    """Train, and write the file whole or not at all. What was read for a former ear is not read again."""
    encoder = load_encoder() if settings.encoder else None
    if encoder is None:
        mapped.write(Ear.train(content, settings), file)
        return
    read = file.with_name(f"{_code('engines/encoder.py', 'engines/pieces.py', 'engines/stems.py')}.read")
    known = _mapped(read)
    encoder.remember(known if isinstance(known, dict) else {})
    mapped.write(Ear.train(content, settings), file)
    mapped.write(dict(encoder.read), read)
    for of_older_code in set(read.parent.glob("*.read")) - {read}:
        of_older_code.unlink(missing_ok=True)


def _read(file: Path) -> Ear | None:
    ear = _mapped(file)
    return ear if isinstance(ear, Ear) else None


def _mapped(file: Path) -> object:
    """What is in the file; None where there is none, or it was cut short, or is of older code."""
    try:
        return mapped.read(file)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is made anew
        return None


def _forget_all_but_newest(folder: Path) -> None:
    by_age = sorted(folder.glob("*.ear"), key=lambda kept: kept.stat().st_mtime, reverse=True)
    for old in by_age[KEPT:]:
        old.unlink(missing_ok=True)


@cache
def _stamp(settings: EarSettings) -> str:
    """Changes with the settings and with any line of the code that trains."""
    return hashlib.sha256(f"{settings!r} {_code('*.py', 'engines/*.py')}".encode()).hexdigest()[:12]


@cache
def _code(*patterns: str) -> str:
    """Changes with any line of the files of this package that match."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(found for pattern in patterns for found in here.glob(pattern)):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
