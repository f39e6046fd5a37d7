"""What a model refused, said as findings: the file and line, the entry, and what would be right."""

import typing
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from faq.calendar_models import Day, Range
from faq.careful_yaml import Document, Way, words_of
from faq.content_models import Address, Id, Slug
from faq.findings import Finding, close_to

_CODES: Mapping[str, str] = {
    "missing": "missing_key",
    "extra_forbidden": "unknown_key",
    "string_type": "not_text",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_long",
    "too_short": "too_short",
    "literal_error": "not_one_of",
    "date_type": "not_a_date",
    "date_parsing": "not_a_date",
    "date_from_datetime_parsing": "not_a_date",
    "date_from_datetime_inexact": "not_a_date",
    "tuple_type": "not_a_list",
    "model_type": "not_a_group",
    "model_attributes_type": "not_a_group",
    "dict_type": "not_a_group",
    "guide_needs_id": "guide_needs_id",
    "no_default_answer": "no_default_answer",
    "default_twice": "default_twice",
    "dates_reversed": "dates_reversed",
    "step_needs_one_way": "step_needs_one_way",
    "hours_unordered": "hours_unordered",
    "menu_action": "menu_action",
}
"""Pydantic's kinds of error and our own, by the code that says them to an editor."""


_BY_PATTERN: Mapping[str, str] = {
    typing.get_args(kind)[1].pattern: code
    for kind, code in (
        (Id, "bad_id"),
        (Slug, "bad_slug"),
        (Address, "bad_address"),
        (Range, "bad_range"),
        (Day, "not_a_date"),
    )
}
"""What a pattern of the models means to somebody who reads none."""


def misfits(error: ValidationError, document: Document, model: type[BaseModel]) -> Iterator[Finding]:
    """One finding for each place of the document that the model refused."""
    for detail in error.errors(include_url=False, include_input=False):
        way = tuple(part for part in detail["loc"] if part != "[key]")
        pattern = detail.get("ctx", {}).get("pattern")
        code = _BY_PATTERN[pattern] if pattern else _CODES.get(detail["type"], "wrong_value")
        yield Finding(
            code,
            document.file,
            entry_at(document.data, way),
            words_of(way),
            document.line_of(way),
            values=_values(detail, way, model),
        )


def entry_at(data: Any, way: Way) -> str:
    """The id of the innermost thing around `way` that has one."""
    entry = ""
    for part in ("", *way):
        if part != "":
            data = _inside(data, part)
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            entry = data["id"]
    return entry


def _values(detail: ErrorDetails, way: Way, model: type[BaseModel]) -> dict[str, object]:
    ctx = detail.get("ctx", {})
    key = str(way[-1]) if way else ""
    known = _keys_at(model, way[:-1])
    return {
        "key": key,
        "known": ctx.get("expected") or "、".join(known),
        "close": close_to(key, known),
        "limit": ctx.get("max_length", ctx.get("min_length", "")),
        "reason": detail["msg"],
    }


def _keys_at(model: type[BaseModel], way: Way) -> list[str]:
    """The keys that may be written at `way`, found by walking the types of the model."""
    kind: Any = model
    for part in way:
        kind = _kind_inside(kind, part)
    found = _model_in(kind)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _kind_inside(kind: Any, part: str | int) -> Any:
    model = _model_in(kind)
    if model and isinstance(part, str):
        by_alias = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        return by_alias.get(part)
    arguments = [argument for argument in typing.get_args(_bare(kind)) if argument is not Ellipsis]
    return arguments[-1] if arguments else None


def _model_in(kind: Any) -> type[BaseModel] | None:
    kind = _bare(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _bare(kind: Any) -> Any:
    """A type without Annotated[...] and `| None` around it."""
    while True:
        if typing.get_origin(kind) is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif typing.get_origin(kind) in (UnionType, typing.Union):
            kind = next(argument for argument in typing.get_args(kind) if argument is not type(None))
        else:
            return kind


def _inside(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    is_place = isinstance(data, list) and isinstance(part, int) and part < len(data)
    return data[part] if is_place else None
