"""Pictures drawn anew before anybody sees them: upright, of bounded size, and nothing but pixels.

A new JPEG is made from the pixels, so neither the place of a photograph nor a second file inside the first
comes through. The header is read before a pixel is: a small file that unfolds into gigabytes is refused.
"""

import asyncio
import io
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 10 * 1024 * 1024
"""What WeChat takes and gives as a picture."""

MOST_PIXELS = 25_000_000
LONG_SIDE = 1600
QUALITY = 88
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that was drawn anew: a JPEG and its size in pixels."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int


async def redrawn(data: bytes) -> bytes | None:
    """The picture as a new JPEG, of an animation its first frame; None when it is none, or too large."""
    drawn = await asyncio.to_thread(redraw, data)
    return drawn.jpeg if drawn else None


def redraw(data: bytes, formats: tuple[str, ...] = FORMATS) -> Drawn | None:
    """The same off the loop, with its size; `formats` are those that may come in."""
    if len(data) > MOST_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit speaks
            with Image.open(io.BytesIO(data), formats=formats) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                return _as_jpeg(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None


def _as_jpeg(picture: Image.Image) -> Drawn:
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")  # what is transparent would come out black
    flat = Image.alpha_composite(ground, upright).convert("RGB")
    flat.thumbnail((LONG_SIDE, LONG_SIDE))
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=QUALITY)
    return Drawn(made.getvalue(), flat.width, flat.height)
