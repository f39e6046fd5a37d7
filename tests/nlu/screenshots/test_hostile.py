"""Whatever a stranger sends as a picture: it is no picture to us, costs little, and the next one is read."""

import struct
import time
import zlib

import pytest
from PIL import Image, PngImagePlugin

from nlu.picture_reader import PictureReader
from nlu.reading import NotAPicture, decoded
from nlu.screenshot_pages import PAGES, as_bytes, pictured
from nlu.screenshots import Sight


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header promises more pixels than anybody should decode, and whose data is a bomb."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(20_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def small(kind: str) -> bytes:
    return as_bytes(Image.new("RGB", (300, 300), "white"), kind)


def png_with_a_novel() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("novel", "word " * 3_000_000, zip=True)
    return as_bytes(Image.new("RGB", (300, 300)), "PNG", pnginfo=text)


HOSTILE = {
    "nothing at all": b"",
    "a bomb": png_that_claims(50_000, 50_000),
    "a strip": png_that_claims(60_000, 60),
    "a bomb in its text": png_with_a_novel(),
    "cut short": small("JPEG")[:400],
    "cut short after the header": small("PNG")[:60],
    "a sticker": small("GIF"),
    "another kind": small("BMP"),
    "a page": b"<!doctype html><html><script>alert(1)</script></html>",
    "a drawing with entities": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://x"/></svg>',
    "a document": b"%PDF-1.7 1 0 obj <<>> endobj",
    "a JPEG by its first bytes only": b"\xff\xd8\xff\xe0" + bytes(5000),
    "a dot": as_bytes(Image.new("RGB", (1, 1)), "PNG"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
}


class TestAHostilePicture:
    @pytest.mark.parametrize("what", HOSTILE)
    def test_is_no_picture(self, what: str) -> None:
        began = time.perf_counter()
        with pytest.raises(NotAPicture):
            decoded(HOSTILE[what])
        assert time.perf_counter() - began < 5

    async def test_does_not_keep_the_next_one_from_being_read(self, reader: PictureReader) -> None:
        good = pictured(PAGES[0], "recompressed")
        await reader.read(good)
        process = reader.pid
        for picture in HOSTILE.values():
            assert await reader.read(picture) == Sight("nothing")
        assert reader.pid == process
        assert "人像比对未通过" in (await reader.read(good)).text


class TestTheLargestPictureThatIsTaken:
    def test_is_decoded(self) -> None:
        assert decoded(as_bytes(Image.new("RGB", (5000, 4800)), "JPEG")).size
