"""Uploaded pictures made clean: upright, of bounded size, and without what cameras write beside them.

A new JPEG is made from the pixels, so neither the place of the photograph nor anything hidden in the file
is kept.
"""

import asyncio
import io

from PIL import Image

from verification.engines.pictures import PictureLimits, read_picture

LIMITS = PictureLimits(long_side=1600)
QUALITY = 90


async def cleaned(picture: bytes) -> bytes | str:
    """The picture as a new JPEG, or the key of what is wrong with it."""
    return await asyncio.to_thread(_cleaned, picture)


def _cleaned(picture: bytes) -> bytes | str:
    pixels = read_picture(picture, LIMITS)
    if isinstance(pixels, str):
        return pixels
    made = io.BytesIO()
    Image.fromarray(pixels[:, :, ::-1]).save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
