"""The shipped wordings, an ear, and a reader of pictures."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from faq.library import Library
from faq.loading import load_content
from nlu.ear import Ear, EarSettings
from nlu.picture_reader import PictureReader
from nlu.reading import Reader, missing
from nlu.screenshot_pages import FONTS, fonts_are_there
from nlu.trials import first_of_each

CONTENT = Path(__file__).parents[3] / "faq" / "content"


@pytest.fixture(scope="session")
def library() -> Library:
    return Library(load_content(CONTENT), 1)


@pytest.fixture(scope="session")
def ear(library: Library) -> Ear:
    return Ear.train(first_of_each(library.training(), 40), EarSettings(encoder=False))


@pytest.fixture(scope="session")
def letters() -> None:
    """Pages can be drawn and read here."""
    if not fonts_are_there():
        pytest.skip(f"no Chinese font to draw pages with: install fonts-noto-cjk ({FONTS} is missing)")
    if missing():
        pytest.skip(f"pictures cannot be read: {', '.join(missing())} not installed")


@pytest.fixture(scope="session")
def eyes(letters: None) -> Reader:
    """The models of the reading process, here in ours."""
    return Reader(threads=2)


@pytest.fixture
async def reader(letters: None) -> AsyncIterator[PictureReader]:
    built = PictureReader()
    yield built
    await built.close()
