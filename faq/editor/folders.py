"""A whole release as a folder of YAML files in an archive, as it lies in git, and back again."""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
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


def pack(content: Content) -> bytes:
    """The archive of a content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files_of(content):
            text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)
            archive.writestr(zipfile.ZipInfo(name, LAID_AT), text.encode())
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


def unpack(data: bytes) -> Content:
    """The content in an archive, checked through and through.

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
        return load_content(Path(folder))


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
