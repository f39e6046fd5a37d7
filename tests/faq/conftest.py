"""A small content folder that tests may break, each its own copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faq.content_models import Content
from faq.findings import Finding
from faq.library import Library
from faq.loading import Folder, load_content

SMALL = Path(__file__).with_name("content")

Editing = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "content"))


@pytest.fixture
def edit(folder: Path) -> Editing:
    """Replaces words in a file of the folder: edit("menu.yml", "human", "humam")."""

    def replace(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def found(folder: Path) -> Callable[[], list[Finding]]:
    """What reading the folder finds now."""
    return lambda: Folder(folder).findings


@pytest.fixture
def content() -> Content:
    return load_content(SMALL)


@pytest.fixture
def library(content: Content) -> Library:
    return Library(content, 7)
