"""What operators see of the face engine: in /metrics, and in the doctor's lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot import doctor_faces
from bot.doctor import Line
from bot.face_figures import FaceFigures
from bot.metrics import Metrics
from bot.settings import Settings
from tests.conftest import free_port
from verification import models
from verification.engines.outcomes import Check, EngineHealth
from verification.engines.workers import WorkersHealth

ENGINE = EngineHealth("sface", (Check.QUALITY, Check.LIKENESS), ((Check.SPOOF, "FasNet is missing"),))
WELL = WorkersHealth(engine=ENGINE, alive=2, wanted=2, waiting=3, answered=40, replaced=1, last_fault="")
DOWN = WorkersHealth(engine=None, alive=0, wanted=2, waiting=0, answered=0, replaced=0, last_fault="gone")


def figures(health: WorkersHealth) -> Metrics:
    metrics = Metrics()
    metrics.registry.register(FaceFigures(lambda: health))
    return metrics


def house(folder: Path, port: int) -> Settings:
    return Settings.model_validate({"bot": {"port": port}, "verification": {"models": folder}})


@asynccontextmanager
async def serving(metrics: Metrics) -> AsyncIterator[int]:
    application, port = web.Application(), free_port()
    application.add_routes([web.get("/metrics", metrics.page)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield port
    await runner.cleanup()


async def line(about: str, folder: Path, port: int) -> Line | None:
    lines = await doctor_faces.of_faces(house(folder, port))
    return next((one for one in lines if one.about == about), None)


class TestTheFiguresOfTheFaceEngine:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("nihu_face_workers_alive", 2),
            ("nihu_face_workers_wanted", 2),
            ("nihu_face_queue_length", 3),
            ("nihu_face_checks_total", 40),
            ("nihu_face_workers_replaced_total", 1),
        ],
    )
    def test_tell_how_its_processes_fare(self, name: str, value: float) -> None:
        assert figures(WELL).registry.get_sample_value(name) == value

    def test_tell_which_check_is_switched_off(self) -> None:
        ask = figures(WELL).registry.get_sample_value
        assert ask("nihu_face_check_on", {"check": "spoof"}) == 0
        assert ask("nihu_face_check_on", {"check": "likeness"}) == 1

    def test_claim_no_check_while_no_process_lives(self) -> None:
        ask = figures(DOWN).registry.get_sample_value
        assert ask("nihu_face_workers_alive") == 0
        assert ask("nihu_face_check_on", {"check": "likeness"}) is None


class TestTheDoctor:
    async def test_names_the_missing_optional_model_and_what_it_means(self, tmp_path: Path) -> None:
        spoof = await line("翻拍检测", tmp_path, free_port())
        assert spoof is not None
        assert spoof.state == "warn"
        assert "2.7_80x80_MiniFASNetV2.onnx" in spoof.words
        assert models.HOW_TO_FETCH in spoof.todo

    async def test_says_nothing_of_processes_when_the_house_rests(self, tmp_path: Path) -> None:
        assert await line("刷脸进程", tmp_path, free_port()) is None

    async def test_tells_of_the_running_processes(self, tmp_path: Path) -> None:
        async with serving(figures(WELL)) as port:
            running = await line("刷脸进程", tmp_path, port)
        assert running == Line("刷脸进程", "ok", "2/2 个进程在，3 人在等，更换过 1 次，未启用 spoof")

    async def test_fails_when_none_of_them_lives(self, tmp_path: Path) -> None:
        async with serving(figures(DOWN)) as port:
            running = await line("刷脸进程", tmp_path, port)
        assert running is not None
        assert (running.state, bool(running.todo)) == ("fail", True)

    async def test_is_not_misled_by_another_program_on_the_port(self, tmp_path: Path) -> None:
        async with asyncio.timeout(10), serving(Metrics()) as port:
            assert await line("刷脸进程", tmp_path, port) is None
