"""Imports run down only: bot -> handlers -> faq | verification -> nlu. Serving holds no idle library."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "bot": {"bot", "handlers", "faq", "verification", "nlu"},
    "handlers": {"handlers", "faq", "verification", "nlu"},
    "faq": {"faq", "nlu"},
    "verification": {"verification"},
    "nlu": {"nlu"},
}

ONLY_IN = {
    "wechatpy": ("bot/channels/wechat", "bot/simulator/"),
    "deepface": ("verification/engines/", "verification/bench"),
    "rapidocr": ("nlu/",),
    "yaml": ("bot/settings_file.py", "faq/", "nlu/training.py", "verification/"),
    "opencc": ("nlu/", "faq/"),
}
"""Each foreign thing is known in one place."""

NOT_HELD = {
    "cv2": "the face processes see with it",
    "onnxruntime": "the face processes and the reader of screenshots compute with it",
    "deepface": "the face processes compare with it",
    "rapidocr": "the reader of screenshots reads with it",
    "openpyxl": "only workbooks that are carried in or out need it",
    "reportlab": "only receipts as PDF need it",
    "alembic": "only a change of the schema needs it",
}
"""Libraries that serving does not import, because its children or a rare action use them, and which."""


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def files_of(room: str) -> list[Path]:
    return [file for file in (ROOT / room).rglob("*.py") if "rasa" not in file.relative_to(ROOT).parts]


class TestImports:
    @pytest.mark.parametrize("room", MAY_IMPORT)
    def test_run_down_only(self, room: str) -> None:
        reaching_up = [
            f"{file.relative_to(ROOT)} imports {name}"
            for file in files_of(room)
            for name in imported(file) & MAY_IMPORT.keys()
            if name not in MAY_IMPORT[room]
        ]
        assert not reaching_up

    @pytest.mark.parametrize("room", MAY_IMPORT)
    def test_know_foreign_things_in_one_place(self, room: str) -> None:
        strays = [
            f"{path} imports {name}"
            for file in files_of(room)
            for path in [str(file.relative_to(ROOT))]
            for name in imported(file) & ONLY_IN.keys()
            if not path.startswith(ONLY_IN[name])
        ]
        assert not strays


class TestServing:
    def test_does_not_hold_what_only_its_children_or_rare_actions_need(self) -> None:
        said = "import sys, bot.command_line; print(*{name.partition('.')[0] for name in sys.modules})"
        held = subprocess.check_output([sys.executable, "-c", said], cwd=ROOT, text=True).split()
        assert not {name: why for name, why in NOT_HELD.items() if name in held}
