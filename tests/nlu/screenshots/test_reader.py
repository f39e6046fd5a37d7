"""The reading process: alone with its pictures, and replaced whenever it fails."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from nlu import picture_reader, reading
from nlu.picture_reader import PictureReader, ReaderLost
from nlu.screenshot_pages import PAGES, pictured


@pytest.fixture(scope="module")
def picture(letters: None) -> bytes:
    return pictured(PAGES[0], "recompressed")


class TestTheReadingProcess:
    async def test_that_is_killed_at_work_is_replaced(self, reader: PictureReader, picture: bytes) -> None:
        await reader.read(picture)
        first = reader.pid
        assert first
        os.kill(first, signal.SIGSTOP)  # it cannot answer before it is killed
        at_work = asyncio.create_task(reader.read(picture))
        await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(ReaderLost):
            await at_work
        assert (await reader.read(picture)).kind == "page"
        assert reader.pid != first
        assert reader.health()["lost"] == "1"

    async def test_that_died_between_two_pictures_is_replaced(
        self, reader: PictureReader, picture: bytes
    ) -> None:
        await reader.read(picture)
        assert reader.pid
        os.kill(reader.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(reader.pid)], timeout=5)
        with pytest.raises(ReaderLost):
            await reader.read(picture)
        assert (await reader.read(picture)).kind == "page"

    async def test_that_is_too_slow_is_killed(self, letters: None, picture: bytes) -> None:
        reader = PictureReader(timeout_s=0.01)
        with pytest.raises(ReaderLost, match=r"within 0\.01 s"):
            await reader.read(picture)
        assert reader.pid is None

    async def test_is_renewed_after_its_share(self, letters: None, picture: bytes) -> None:
        reader = PictureReader(recycle_after=2)
        await reader.read(picture)
        first = reader.pid
        await reader.read(picture)
        assert reader.pid is None
        assert first is None or not psutil.pid_exists(first)
        assert (await reader.read(picture)).kind == "page"
        await reader.close()

    async def test_reads_one_picture_at_a_time(self, reader: PictureReader, picture: bytes) -> None:
        sights = await asyncio.gather(*(reader.read(picture) for _ in range(2)))
        assert [sight.kind for sight in sights] == ["page", "page"]
        assert reader.health()["read"] == "2"

    async def test_knows_no_secret_and_writes_no_file(
        self, reader: PictureReader, picture: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_KEY", "not for the reader")
        await reader.read(picture)
        process = psutil.Process(reader.pid)
        assert "SECRET_KEY" not in process.environ()
        assert not [file for file in process.open_files() if "w" in getattr(file, "mode", "")]

    async def test_leaves_ctrl_c_to_the_house(self, reader: PictureReader, picture: bytes) -> None:
        await reader.read(picture)
        assert reader.pid
        assert os.getsid(reader.pid) != os.getsid(0)

    async def test_ends_with_its_parent(self, reader: PictureReader, picture: bytes) -> None:
        await reader.read(picture)
        process = psutil.Process(reader.pid)
        await reader.close()
        assert not process.is_running()


class TestAHouseWithoutAReader:
    async def test_says_that_it_is_switched_off(self) -> None:
        reader = PictureReader(on=False)
        assert not reader.can_read
        assert reader.health()["reader"] == "off"
        with pytest.raises(ReaderLost):
            await reader.read(b"")
        assert reader.pid is None

    def test_says_which_packages_are_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "PACKAGES", ("no_such_package_here",))
        reader = PictureReader()
        assert not reader.can_read
        assert reader.health()["reader"] == "missing: no_such_package_here"


def test_only_one_file_knows_the_library() -> None:
    knowing = [
        file.name
        for file in Path(picture_reader.__file__).parent.glob("*.py")
        if "rapidocr import" in file.read_text(encoding="utf-8")
    ]
    assert knowing == ["reading.py"]
