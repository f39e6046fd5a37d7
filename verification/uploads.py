"""Uploaded pictures made clean: upright, of bounded size, and without what cameras write beside them.

A new JPEG is made from the pixels, so neither the place of the photograph nor anything hidden in the file
is kept.
"""

import asyncio
import io

from PIL import Image, ImageOps

from verification.engines.admission import FORMATS, PictureLimits, declared_size

LIMITS = PictureLimits(long_side=1600)
QUALITY = 90


async def cleaned(picture: bytes) -> bytes | str:
    """The picture as a new JPEG, or the key of what is wrong with it."""
    return await asyncio.to_thread(_cleaned, picture)


def _cleaned(picture: bytes) -> bytes | str:
    size = declared_size(picture, LIMITS)
    if isinstance(size, str):
        return size
    try:
        with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
            return _as_jpeg(opened)
    except (OSError, ValueError, SyntaxError):
        return "unreadable"


def _as_jpeg(opened: Image.Image) -> bytes:
    shown: Image.Image = opened.convert("RGBA") if opened.mode == "P" else opened  # to be reduced smoothly
    # A photograph is decoded at half its size where that is enough: a quarter of the memory.
    shown.thumbnail((LIMITS.long_side, LIMITS.long_side), reducing_gap=1.0)
    upright = ImageOps.exif_transpose(shown).convert("RGBA")
    # A picture of its own: comments travel with the old one. What is transparent would come out black.
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright)
    made = io.BytesIO()
    clean.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
