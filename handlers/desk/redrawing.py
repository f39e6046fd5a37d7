"""Pictures drawn anew before anybody sees them: upright, of bounded size, and nothing but pixels.

A new JPEG is made from the pixels, so neither the place of a photograph nor a second file inside the first
comes through. The header is read before a pixel is: a small file that unfolds into gigabytes is refused.
"""

import asyncio
import base64
import io
import warnings
from collections.abc import Awaitable, Callable

from PIL import Image, ImageOps, UnidentifiedImageError

from handlers.desk.refusals import NotKept
from handlers.screenshots import Fetched

MOST_BYTES = 10 * 1024 * 1024
"""What WeChat takes and gives as a picture."""

MOST_PIXELS = 25_000_000
LONG_SIDE = 1600
QUALITY = 88
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


async def redrawn(data: bytes) -> bytes | None:
    """The picture as a new JPEG, of an animation its first frame; None when it is none, or too large."""
    return await asyncio.to_thread(_redrawn, data)


async def shown(fetch: Callable[[str], Awaitable[Fetched]], media_id: str) -> str:
    """A picture from WeChat, drawn anew, as an address that holds it whole.

    Raises:
        NotKept: it is no longer there, is no picture, or WeChat does not answer.
    """
    fetched = await fetch(media_id)
    if not isinstance(fetched, bytes):
        raise NotKept(f"picture_{fetched}")
    picture = await redrawn(fetched)
    if picture is None:
        raise NotKept("picture_refused")
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def _redrawn(data: bytes) -> bytes | None:
    if len(data) > MOST_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit speaks
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                return _as_jpeg(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None


def _as_jpeg(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")  # what is transparent would come out black
    flat = Image.alpha_composite(ground, upright).convert("RGB")
    flat.thumbnail((LONG_SIDE, LONG_SIDE))
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
