"""Puts what the pages need of the npm packages where the server finds it, each file checked by sha256.

Beside each lies a packed one, which the server sends to browsers that take it: half as much for a phone.
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

LIST = Path(__file__).with_name("front.yml")
HOW = "npm ci && python -m verification front place"


class FrontMissing(Exception):
    """A front-end file is absent or not the one that was chosen."""


@dataclass(frozen=True, slots=True)
class FrontFile:
    """One file of a package, and its place below /verify/front/."""

    source: str
    target: str
    sha256: str

    def is_in(self, folder: Path, name: str) -> bool:
        file = folder / name
        return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == self.sha256


def files() -> list[FrontFile]:
    """The list of front.yml."""
    return [
        FrontFile(one["from"], one["to"], one["sha256"]) for one in yaml.safe_load(LIST.read_text("utf-8"))
    ]


def place(packages: Path, folder: Path) -> int:
    """Copy what is not in place yet from `packages` (node_modules); how many files.

    Raises:
        FrontMissing: a package lacks the file, or has another version of it.
    """
    wanted = [
        file for file in files() if not (file.is_in(folder, file.target) and _packed(folder, file).exists())
    ]
    for file in wanted:
        if not file.is_in(packages, file.source):
            raise FrontMissing(f"{file.source} is not the file of front.yml in {packages}; run: {HOW}")
        (folder / file.target).parent.mkdir(parents=True, exist_ok=True)
        content = (packages / file.source).read_bytes()
        (folder / file.target).write_bytes(content)
        _packed(folder, file).write_bytes(gzip.compress(content, mtime=0))
    return len(wanted)


def missing(folder: Path) -> list[str]:
    """What is not in place; empty when the pages are complete."""
    return [file.target for file in files() if not file.is_in(folder, file.target)]


def _packed(folder: Path, file: FrontFile) -> Path:
    return folder / f"{file.target}.gz"
