"""A folder of content files becomes one `Content`, or a list of every place that must be mended first."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from faq.calendar_models import Hours
from faq.careful_yaml import Document, Way, mapping_of, read_yaml
from faq.content_models import Category, Content, Guide, Id, Line, Menu, Replies, Screens, Strict
from faq.findings import ContentRefused, Finding
from faq.misfits import misfits
from faq.references import references

SHIPPED = Path(__file__).with_name("content")
"""The content that comes with the product and becomes release 1."""

M = TypeVar("M", bound=BaseModel)


class _OutOfScope(Strict):
    groups: dict[Id, tuple[Line, ...]] = Field(default_factory=dict)


class Folder:
    """One reading of a content folder: the content if it fits its models, and all that must be mended."""

    def __init__(self, folder: Path) -> None:
        self.findings: list[Finding] = []
        self._documents: dict[str, Document] = {}
        self._folder = folder
        self.content = self._content()
        if self.content is not None:
            self.findings += self.placed(references(self.content))

    def placed(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings with the line of their path in the files of this folder."""
        for finding in findings:
            document = self._documents.get(finding.file)
            line = document.line_of(_way(finding.path)) if document else 0
            yield dataclasses.replace(finding, line=line)

    def _content(self) -> Content | None:
        categories = tuple(self._all(Category, "topics"))
        guides = tuple(self._all(Guide, "guides"))
        replies, menu = self._one(Replies, "replies.yml"), self._one(Menu, "menu.yml")
        hours, elsewhere = self._one(Hours, "hours.yml"), self._one(_OutOfScope, "out_of_scope.yml")
        screens = self._one(Screens, "screens.yml")
        if not categories and not self.findings:
            self.findings.append(Finding("no_topics", "topics/"))
        if self.findings or not (replies and menu and hours and elsewhere and screens):
            return None
        return Content(
            categories=categories,
            guides=guides,
            replies=replies,
            menu=menu,
            hours=hours,
            out_of_scope=elsewhere.groups,
            screens=screens,
        )

    def _all(self, model: type[M], folder: str) -> Iterator[M]:
        for file in sorted((self._folder / folder).glob("*.yml")):
            extra = {"slug": file.stem} if model is Category else {}
            fitted = self._fit(model, file, extra)
            if fitted is None:
                continue
            if isinstance(fitted, Guide) and fitted.id != file.stem:
                name = f"{folder}/{file.name}"
                values = {"id": fitted.id, "name": file.stem}
                self.findings += self.placed(
                    [Finding("guide_file_name", name, fitted.id, "id", values=values)]
                )
            yield fitted

    def _one(self, model: type[M], name: str) -> M | None:
        file = self._folder / name
        if file.exists():
            return self._fit(model, file, {})
        self.findings.append(Finding("file_missing", name, values={"name": name}))
        return None

    def _fit(self, model: type[M], file: Path, extra: dict[str, str]) -> M | None:
        document = self._read(file)
        data = {**mapping_of(document), **extra}
        self.findings += document.findings
        if document.findings:
            return None
        try:
            return model.model_validate_json(json.dumps(data, default=_as_text))
        except ValidationError as error:
            self.findings += misfits(error, document, model)
            return None

    def _read(self, file: Path) -> Document:
        name = file.relative_to(self._folder).as_posix()
        try:
            document = read_yaml(file.read_text(encoding="utf-8-sig"), name)
        except (OSError, UnicodeDecodeError) as error:
            document = Document(name, {}, findings=[Finding("unreadable", name, values={"reason": error})])
        self._documents[name] = document
        return document


def load_content(folder: Path) -> Content:
    """The content of `folder`, checked through and through.

    Raises:
        ContentRefused: it holds errors; all of them are named.
    """
    read = Folder(folder)
    if read.content is None or any(finding.level == "error" for finding in read.findings):
        raise ContentRefused(read.findings)
    return read.content


def _way(path: str) -> Way:
    parts = path.replace("[", ".").replace("]", "").split(".")
    return tuple(int(part) if part.isdigit() else part for part in parts if part)


def _as_text(value: Any) -> str:
    """Dates are the only values of YAML that JSON does not have."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a content file holds a {type(value).__name__}")
