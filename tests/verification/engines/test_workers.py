"""The pool: what happens to a citizen's check when processes die, hang, tire or are too few."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.verification.engines.conftest import NOW, REPOSITORY, asked, live, upload
from verification.engines.captures import Capture, Template
from verification.engines.challenge import Action, Frame
from verification.engines.outcomes import PoorPicture, Reason
from verification.engines.settings import FaceSettings
from verification.engines.workers import EngineBusy, EngineClosed, EngineFailed, FaceWorkers, WorkersHealth

GONE_WITHIN_S = 20


@asynccontextmanager
async def pool(models, *, count=1, queue_limit=8, job_timeout_s=20.0, recycle_after=100):
    workers = FaceWorkers(
        FaceSettings(models=models),
        count=count,
        queue_limit=queue_limit,
        job_timeout_s=job_timeout_s,
        recycle_after=recycle_after,
    )
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


async def whole_again(workers: FaceWorkers) -> WorkersHealth:
    """The pool once every process lives: one that is still being replaced holds up no check of another."""
    async with asyncio.timeout(GONE_WITHIN_S):
        while (health := workers.health()).alive < health.wanted:  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.02)
    return health


def is_gone(pid: int) -> bool:
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], GONE_WITHIN_S)[0])
    finally:
        os.close(watched)


class TestAPoolAtWork:
    async def test_says_what_one_engine_says(
        self, models_folder, engine, template, portrait, stranger, acted
    ):
        frames = acted((Action.TURN_LEFT, Action.OPEN_MOUTH))
        challenge = asked(Action.TURN_LEFT, Action.OPEN_MOUTH)
        async with pool(models_folder, count=2) as workers:
            asked_of = [
                workers.check(upload(portrait), template),
                workers.check(upload(stranger), template),
                workers.check(live(frames), template, challenge),
            ]
            outcomes = await asyncio.gather(*asked_of)
            enrolled = await workers.enrol(portrait)
            refused = await workers.enrol(b"no picture")
        assert [outcome.word for outcome in outcomes] == ["match", "mismatch", "match"]
        assert outcomes[0] == engine.check(upload(portrait), template)
        assert enrolled == engine.enrol(portrait)
        assert isinstance(enrolled, Template)
        assert refused == PoorPicture((Reason.UNREADABLE,))

    async def test_tells_its_health(self, models_folder, engine):
        async with pool(models_folder, count=2) as workers:
            health = workers.health()
        assert (health.alive, health.wanted, health.waiting, health.replaced) == (2, 2, 0, 0)
        assert health.engine == engine.health()

    async def test_counts_what_it_answered_and_lets_the_chat_go_first(self, models_folder, portrait):
        async with pool(models_folder) as workers:
            await workers.enrol(portrait)
            await workers.enrol(b"no picture")
            assert workers.health().answered == 2
            (pid,) = workers.pids()
            assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)

    async def test_leaves_ctrl_c_to_the_house(self, models_folder):
        async with pool(models_folder) as workers:
            (pid,) = workers.pids()
            assert os.getsid(pid) != os.getsid(0)

    async def test_never_holds_up_the_event_loop(self, models_folder, template, portrait):
        heavy = tuple(Frame(portrait + b"\0" * 300_000 + bytes([n]), 300 * n) for n in range(12))
        held_s = [0.0]

        async def beat() -> None:
            while True:
                began = time.thread_time()  # processor time: what others on this machine do does not count
                await asyncio.sleep(0)
                held_s.append(time.thread_time() - began)

        async with pool(models_folder) as workers:
            beating = asyncio.create_task(beat())
            await asyncio.gather(*(workers.check(live(heavy), template) for _ in range(2)))
            beating.cancel()
        assert max(held_s) < 0.005

    async def test_takes_a_challenge_only_once(self, models_folder, template):
        frames = tuple(Frame(b"unreadable %d" % n, n) for n in range(6))
        challenge = asked(Action.TURN_LEFT, Action.OPEN_MOUTH)
        async with pool(models_folder) as workers:
            first = await workers.check(live(frames), template, challenge)
            second = await workers.check(live(frames), template, challenge)
            fresh = replace(challenge, nonce="f" * 64)
            third = await workers.check(live(frames, nonce=fresh.nonce), template, fresh)
        assert first.reasons == third.reasons == (Reason.UNREADABLE,)
        assert (second.word, second.reasons) == ("challenge", (Reason.CHALLENGE_USED,))


class TestAProcessKilledMidCheck:
    async def test_costs_nobody_their_answer(self, models_folder, template, portrait):
        async with pool(models_folder, count=2) as workers:
            checks = asyncio.gather(*(workers.check(upload(portrait), template) for _ in range(4)))
            await asyncio.sleep(0)
            before = workers.pids()
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            outcomes = await checks
            health = await whole_again(workers)
            assert not set(before) & set(workers.pids())
        assert [outcome.word for outcome in outcomes] == ["match"] * 4
        assert (health.alive, health.replaced) == (2, 2)
        assert "ended" in health.last_fault

    async def test_while_idle_is_replaced_at_the_next_check(self, models_folder, template, portrait):
        async with pool(models_folder) as workers:
            (pid,) = workers.pids()
            os.kill(pid, signal.SIGKILL)
            assert is_gone(pid)
            assert (await workers.check(upload(portrait), template)).word == "match"


class TestAProcessThatHangs:
    async def test_is_replaced_and_the_check_fails_by_name_after_two_tries(
        self, models_folder, template, portrait, acted
    ):
        frames = acted((Action.TURN_LEFT, Action.OPEN_MOUTH))
        challenge = asked(Action.TURN_LEFT, Action.OPEN_MOUTH)
        async with pool(models_folder, job_timeout_s=0.001) as workers:
            with pytest.raises(EngineFailed, match=r"no answer after 2 tries.*0\.001 s"):
                await workers.check(live(frames), template, challenge)
            assert workers.health().replaced == 2
            # No answer, so nothing was used up: the same challenge may be answered again.
            workers._job_timeout_s = 20
            assert (await workers.check(live(frames), template, challenge)).word == "match"


class TestABugInTheEngine:
    async def test_costs_one_answer_and_no_process(self, models_folder, template, portrait):
        broken = Capture((object(),), "file", NOW)  # type: ignore[arg-type]
        async with pool(models_folder) as workers:
            before = workers.pids()
            with pytest.raises(EngineFailed, match="Error in a face process"):
                await workers.check(broken, template)
            assert (await workers.check(upload(portrait), template)).word == "match"
            assert workers.pids() == before

    async def test_before_it_is_reached_costs_one_answer_too(self, models_folder, template, portrait):
        unsendable = Capture((Frame("no bytes", 0),), "file", NOW)  # type: ignore[arg-type]
        async with pool(models_folder) as workers:
            with pytest.raises(EngineFailed, match="TypeError"):
                await workers.check(unsendable, template)
            assert (await workers.check(upload(portrait), template)).word == "match"


class TestTooManyAtOnce:
    async def test_hear_that_it_is_busy_and_may_come_again(self, models_folder, template, portrait):
        async with pool(models_folder, queue_limit=1) as workers:
            checks = [workers.check(upload(portrait), template) for _ in range(4)]
            answers = await asyncio.gather(*checks, return_exceptions=True)
            assert [type(answer) for answer in answers[2:]] == [EngineBusy, EngineBusy]
            assert [answer.word for answer in answers[:2]] == ["match", "match"]
            assert (await workers.check(upload(portrait), template)).word == "match"

    async def test_do_not_wait_for_those_who_went_away(self, models_folder, template, portrait):
        async with pool(models_folder, queue_limit=1) as workers:
            gone = [asyncio.create_task(workers.check(upload(portrait), template)) for _ in range(2)]
            await asyncio.sleep(0)
            for task in gone:
                task.cancel()
            await asyncio.gather(*gone, return_exceptions=True)
            assert (await workers.check(upload(portrait), template)).word == "match"


class TestAProcessThatHasWorkedLong:
    async def test_is_renewed(self, models_folder, template, portrait):
        async with pool(models_folder, recycle_after=2) as workers:
            before = workers.pids()
            words = [(await workers.check(upload(portrait), template)).word for _ in range(3)]
            after = workers.pids()
        assert words == ["match"] * 3
        assert before != after


class TestClosing:
    async def test_cuts_off_what_runs_and_what_waits_and_leaves_no_process(
        self, models_folder, template, portrait
    ):
        async with pool(models_folder) as workers:
            checks = [asyncio.create_task(workers.check(upload(portrait), template)) for _ in range(3)]
            await asyncio.sleep(0)
            pids = workers.pids()
            await workers.close()
            answers = await asyncio.gather(*checks, return_exceptions=True)
        assert [type(answer) for answer in answers] == [EngineClosed] * 3
        assert all(is_gone(pid) for pid in pids)
        with pytest.raises(EngineClosed):
            await workers.check(upload(portrait), template)

    async def test_twice_is_as_good_as_once(self, models_folder):
        async with pool(models_folder) as workers:
            await workers.close()
        assert workers.pids() == []


class TestAPoolWithoutModels:
    async def test_does_not_start_and_says_what_to_run(self, tmp_path):
        workers = FaceWorkers(
            FaceSettings(models=tmp_path), count=2, queue_limit=1, job_timeout_s=5, recycle_after=5
        )
        with pytest.raises(EngineFailed, match="python -m verification models fetch"):
            await workers.start()
        assert workers.pids() == []

    async def test_never_started_says_so(self, tmp_path, portrait):
        workers = FaceWorkers(
            FaceSettings(models=tmp_path), count=1, queue_limit=1, job_timeout_s=5, recycle_after=5
        )
        with pytest.raises(EngineClosed):
            await workers.enrol(portrait)


PARENT = """
import asyncio, sys
from pathlib import Path
from verification.engines.settings import FaceSettings
from verification.engines.workers import FaceWorkers

async def main():
    workers = FaceWorkers(
        FaceSettings(models=Path(sys.argv[1])), count=2, queue_limit=1, job_timeout_s=9, recycle_after=9
    )
    await workers.start()
    print(*workers.pids(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class TestAParentThatDies:
    def test_takes_its_processes_with_it(self, models_folder):
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(models_folder)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            env={**os.environ, "A_SECRET": "of-the-parent"},
        )
        with parent:
            assert parent.stdout is not None
            pids = [int(pid) for pid in parent.stdout.readline().split()]
            environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in pids]
            parent.kill()
        assert len(pids) == 2
        assert all(is_gone(pid) for pid in pids)
        assert not any(b"of-the-parent" in environment for environment in environments)
