"""A whole release as a folder of YAML files and pictures in an archive, as it lies in git, and back again."""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from faq.content_models import Content
from faq.editor.sheets import FileRefused, unpacked
from faq.loading import load_content

LAID_AT = (1980, 1, 1, 0, 0, 0)
"""One time for every file, so that the same content gives the same archive."""

PLACES = ("topics/", "guides/", "")
"""Where files of content may lie."""

PICTURES = "pictures/"
MOST_CARRIED = 8 * 1024 * 1024
"""Bytes of pictures in one archive, so that it can be brought to another server; a note names the rest."""

LEFT_BEHIND = f"{PICTURES}没有带上的图片.txt"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an archive holds: the content, and its pictures as they lay there, by name."""

    content: Content
    pictures: Mapping[str, bytes] = field(repr=False)


def pack(content: Content, pictures: Mapping[str, bytes]) -> bytes:
    """The archive of a content with its pictures."""
    out, left = io.BytesIO(), MOST_CARRIED
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files_of(content):
            text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)
            archive.writestr(zipfile.ZipInfo(name, LAID_AT), text.encode())
        behind = []
        for name, jpeg in sorted(pictures.items()):
            left -= len(jpeg)
            if left < 0:
                behind.append(name)
            else:
                archive.writestr(zipfile.ZipInfo(f"{PICTURES}{name}.jpg", LAID_AT), jpeg)
        if behind:
            archive.writestr(zipfile.ZipInfo(LEFT_BEHIND, LAID_AT), "\n".join(behind).encode())
    return out.getvalue()


def files_of(content: Content) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every file of the folder with its values."""
    plain = content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for category in plain["categories"]:
        yield f"topics/{category['slug']}.yml", {key: category[key] for key in ("category", "topics")}
    for guide in plain["guides"]:
        yield f"guides/{guide['id']}.yml", guide
    for name in ("replies", "menu", "hours"):
        yield f"{name}.yml", plain[name]
    yield "screens.yml", plain.get("screens", {})
    yield "out_of_scope.yml", {"groups": plain.get("out_of_scope", {})}


def unpack(data: bytes) -> Unpacked:
    """The content in an archive, checked through and through, and its pictures, which nobody has looked at.

    Raises:
        FileRefused: no archive, a bomb, or without content.
        ContentRefused: it holds errors; all of them are named.
    """
    with unpacked(data) as archive, tempfile.TemporaryDirectory() as folder:
        names = [name for name in archive.namelist() if name.endswith(".yml")]
        root = _root_of(names)
        for name in names:
            inside = PurePosixPath(name).relative_to(root).as_posix() if name.startswith(root) else ""
            place = next((place for place in PLACES if _lies_in(inside, place)), None)
            if place is None:
                continue
            file = Path(folder, place, PurePosixPath(inside).name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(archive.read(name))
        brought = {
            PurePosixPath(name).stem: archive.read(name)
            for name in archive.namelist()
            if name.startswith(f"{root}{PICTURES}") and name.endswith(".jpg")
        }
        return Unpacked(load_content(Path(folder)), brought)


def _root_of(names: list[str]) -> str:
    """The folder that holds menu.yml: archives of a whole repository are taken as well."""
    for name in names:
        if PurePosixPath(name).name == "menu.yml":
            return name.removesuffix("menu.yml")
    raise FileRefused("no_content")


def _lies_in(inside: str, place: str) -> bool:
    rest = inside.removeprefix(place)
    return bool(rest) and inside.startswith(place) and "/" not in rest


_OTHER_BREAKS = re.compile("[\x85\u2028\u2029\r]")


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they are read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and text == text.strip() and "\t" not in text else None
    if _OTHER_BREAKS.search(text):  # only quoted do they come back as they are
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
