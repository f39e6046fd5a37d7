"""config.yml as plain values, or refused in plain words."""

from pathlib import Path
from typing import Any

import yaml


class SettingsRefused(ValueError):
    """The settings cannot be used; the message names each path and the way out."""


class _OneOfEach(yaml.SafeLoader):
    """YAML in which a key stands once: plain YAML takes the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                where = node.value[place][0].start_mark
                raise yaml.MarkedYAMLError(problem=f"{key!r} stands here twice", problem_mark=where)
        return super().construct_mapping(node, deep)


def read(file: Path) -> dict[str, Any]:
    """The sections of the file.

    Raises:
        SettingsRefused: it is not there, is no YAML, or holds no sections.
    """
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), _OneOfEach) or {}  # noqa: S506 - a safe loader
    except FileNotFoundError:
        raise SettingsRefused(f"{file}: not found; copy config.yml from the repository") from None
    except OSError as closed:
        raise SettingsRefused(f"{file}: cannot be read: {closed.strerror}") from None
    except UnicodeDecodeError as broken:
        raise SettingsRefused(f"{file}: no UTF-8 at byte {broken.start}; save the file as UTF-8") from None
    except yaml.YAMLError as broken:
        hint = "\nIndent with spaces, never with a tab." if "'\\t'" in str(broken) else ""
        raise SettingsRefused(f"{file}: not readable as YAML: {broken}{hint}") from None
    if not isinstance(raw, dict):
        raise SettingsRefused(f"{file}: the file must be a mapping with the sections bot, handlers, …")
    return raw
