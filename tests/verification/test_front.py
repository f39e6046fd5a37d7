"""The pages' libraries: only the very files that were chosen, and each of them packed for the way."""

import gzip
import hashlib
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from verification import front

CODE = b"export const hint = 'closer';\n" * 50


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "guide.js").write_bytes(CODE)
    chosen = tmp_path / "front.yml"
    chosen.write_text(
        f"- {{from: guide.js, to: human/guide.js, sha256: {hashlib.sha256(CODE).hexdigest()}}}\n"
    )
    monkeypatch.setattr(front, "LIST", chosen)
    return tmp_path / "packages"


class TestAFile:
    def test_is_placed_once(self, packages: Path, tmp_path: Path) -> None:
        folder = tmp_path / "front"
        assert (front.missing(folder), front.place(packages, folder)) == (["human/guide.js"], 1)
        assert (front.missing(folder), front.place(packages, folder)) == ([], 0)
        assert (folder / "human" / "guide.js").read_bytes() == CODE

    def test_that_was_altered_is_placed_anew(self, packages: Path, tmp_path: Path) -> None:
        front.place(packages, tmp_path)
        (tmp_path / "human" / "guide.js").write_bytes(b"evil")
        assert (front.missing(tmp_path), front.place(packages, tmp_path)) == (["human/guide.js"], 1)

    def test_of_another_version_is_not_taken(self, packages: Path, tmp_path: Path) -> None:
        (packages / "guide.js").write_bytes(b"another version")
        with pytest.raises(front.FrontMissing, match="npm ci"):
            front.place(packages, tmp_path)

    async def test_goes_packed_to_a_browser_that_takes_it(self, packages: Path, tmp_path: Path) -> None:
        front.place(packages, tmp_path)
        app = web.Application()
        app.add_routes([web.static("/front", tmp_path)])
        async with TestClient(TestServer(app), auto_decompress=False) as browser:
            for accepted, is_packed in (("gzip", True), ("identity", False)):
                answer = await browser.get("/front/human/guide.js", headers={"Accept-Encoding": accepted})
                sent = await answer.read()
                assert (answer.headers.get("Content-Encoding") == "gzip") == is_packed
                assert (gzip.decompress(sent) if is_packed else sent) == CODE
                assert answer.content_type.endswith("javascript")
