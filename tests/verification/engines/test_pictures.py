"""What becomes of the bytes a stranger sends."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from verification.engines.admission import STANDARD, PictureLimits
from verification.engines.pictures import read_picture


def picture(size: tuple[int, int] = (80, 40), form: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    left_half_red = Image.new("RGB", size, "blue")
    left_half_red.paste("red", (0, 0, size[0] // 2, size[1]))
    left_half_red.save(out, form, **options)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A file of a few bytes whose header promises a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


class TestAnOrdinaryPicture:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_is_read(self, form):
        read = read_picture(picture(form=form), STANDARD)
        assert not isinstance(read, str)
        assert read.shape == (40, 80, 3)

    def test_stands_upright_as_its_exif_says(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # taken with the phone on its side
        read = read_picture(picture(exif=exif), STANDARD)
        assert not isinstance(read, str)
        assert read.shape == (80, 40, 3)
        top, bottom = read[:40].mean(axis=(0, 1)), read[40:].mean(axis=(0, 1))
        assert np.argmax(top) == 2, "the red half, left before, is on top now (BGR)"
        assert np.argmax(bottom) == 0

    def test_is_reduced_to_the_side_that_is_needed(self):
        read = read_picture(picture((3000, 1500)), STANDARD)
        assert not isinstance(read, str)
        assert read.shape == (640, 1280, 3)

    def test_is_never_enlarged(self):
        read = read_picture(picture((20, 10)), STANDARD)
        assert not isinstance(read, str)
        assert read.shape == (10, 20, 3)


class TestAHostilePicture:
    def test_is_refused_by_its_weight(self):
        assert read_picture(b"\xff\xd8" + b"\0" * STANDARD.most_bytes, STANDARD) == "too_heavy"

    @pytest.mark.parametrize("size", [(5001, 4000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
    def test_is_refused_by_the_pixels_it_promises_before_one_is_decoded(self, size):
        assert read_picture(png_that_claims(*size), STANDARD) == "too_heavy"

    @pytest.mark.parametrize("size", [(4032, 3024), (4096, 3072), (4624, 3468), (5000, 4000)])
    def test_as_any_phone_takes_it_is_still_taken(self, size):
        assert not isinstance(read_picture(picture(size), STANDARD), str)

    @pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
    def test_in_a_form_no_camera_page_sends_is_not_opened(self, form):
        assert read_picture(picture(form=form), STANDARD) == "unreadable"

    def test_that_ends_early_is_unreadable_or_read_but_never_an_accident(self):
        whole = picture((200, 200))
        for length in range(0, len(whole), 97):
            read = read_picture(whole[:length], STANDARD)
            assert read == "unreadable" if isinstance(read, str) else read.shape == (200, 200, 3)

    @given(st.binary(max_size=400))
    def test_of_arbitrary_bytes_is_unreadable(self, data):
        assert read_picture(data, PictureLimits()) == "unreadable"
