"""How the pictures are taken: by a browser that speaks Chinese, in few enough colours to stay small.

Chromium speaks Chinese where its words for it are installed (Debian: chromium-l10n).
"""

import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright

HERE = Path(__file__).parent
COLOURS = 200
MOST_BYTES = 200_000


def browser(playwright: Playwright) -> Browser:
    """A browser whose own words, on a file's button or in a date, are Chinese too."""
    return playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox"],
        env={**os.environ, "LANGUAGE": "zh_CN"},
    )


def keep(page: Page, name: str) -> None:
    """The visible part of the page, with the mouse out of the way."""
    page.mouse.move(0, 0)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    file = HERE / f"{name}.png"
    taken.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size < MOST_BYTES, file.name  # noqa: S101
