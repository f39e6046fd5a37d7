"""What is kept of a picture that a citizen uploads."""

import io

import pytest
from PIL import Image

from verification.uploads import LIMITS, cleaned

ON_ITS_SIDE = 6


def drawn(size: tuple[int, int] = (80, 40), form: str = "JPEG", mode: str = "RGB", **beside: object) -> bytes:
    """A picture whose left half is red."""
    made = io.BytesIO()
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    picture.convert(mode).save(made, form, **beside)
    return made.getvalue()


def opened(picture: bytes | str) -> Image.Image:
    assert isinstance(picture, bytes), picture
    return Image.open(io.BytesIO(picture))


def exif() -> Image.Exif:
    written = Image.Exif()
    written[0x0112] = ON_ITS_SIDE
    written[0x010E] = "taken at home"
    return written


class TestAnUploadedPicture:
    @pytest.mark.parametrize(
        ("form", "mode"),
        [
            *(("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK")),
            *(("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "1"), ("WEBP", "RGB")),
        ],
    )
    async def test_becomes_a_jpeg_of_the_same_size(self, form, mode):
        kept = opened(await cleaned(drawn(form=form, mode=mode)))
        assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (80, 40))

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    async def test_stands_upright_and_says_no_more_where_it_was_taken(self, form):
        kept = await cleaned(drawn(form=form, exif=exif()))
        assert opened(kept).size == (40, 80)
        red, _, blue = opened(kept).getpixel((20, 10))
        assert red > 200 > blue, "the red half, left before, is on top now"
        assert b"taken at home" not in kept
        assert not opened(kept).getexif()

    async def test_leaves_what_was_written_beside_it_and_behind_it(self):
        kept = await cleaned(drawn(comment=b"a remark") + b"a second file")
        assert isinstance(kept, bytes)
        assert b"a remark" not in kept
        assert b"a second file" not in kept

    @pytest.mark.parametrize("size", [(5000, 4000), (4000, 3000), (1700, 850)])
    async def test_is_reduced_to_the_side_that_is_needed(self, size):
        kept = opened(await cleaned(drawn(size)))
        assert kept.size == (1600, round(1600 * size[1] / size[0]))

    async def test_is_white_where_it_was_transparent(self):
        made = io.BytesIO()
        Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(made, "PNG")
        assert opened(await cleaned(made.getvalue())).getpixel((20, 20)) == (255, 255, 255)


class TestAPictureThatCannotBeTaken:
    async def test_is_too_heavy_by_the_pixels_it_promises(self):
        assert await cleaned(drawn((5001, 4000), "PNG")) == "too_heavy"

    async def test_is_too_heavy_by_its_bytes(self):
        assert await cleaned(drawn() + b"\0" * LIMITS.most_bytes) == "too_heavy"
        assert isinstance(await cleaned(drawn()), bytes)

    @pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
    async def test_is_unreadable_in_a_form_that_no_phone_sends(self, form):
        assert await cleaned(drawn(form=form)) == "unreadable"

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    async def test_is_unreadable_when_it_ends_early(self, form):
        whole = drawn((200, 200), form)
        for length in range(0, len(whole) - 20, 37):
            assert await cleaned(whole[:length]) == "unreadable"
