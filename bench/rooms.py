"""The benches that the lower rooms bring: the face check beside plain deepface, and reading screenshots."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from rich.table import Table

from bench.figures import Bench, Figure, Result
from bench.serving import ROOT
from faq.library import Library
from faq.loading import SHIPPED, load_content
from nlu import keeping, screenshot_bench
from nlu.ear import EarSettings
from verification import bench as face_bench

FACES = ROOT.parent / "shared" / "faces"
PICTURES = int(os.environ.get("BENCH_SCREENSHOTS") or 60)
"""Sixty show whether memory stays flat after the first thirty; 200 take some minutes."""


def _faces(step: Callable[[], None]) -> Result:
    try:
        figures = face_bench.measure(FACES, ROOT / "var" / "models")
    except face_bench.NotMeasured as missing:
        return Result((), words=(f"The face check was not measured: {missing}",))
    step()
    return _shown("face check", figures)


def _screenshots(step: Callable[[], None]) -> Result:
    library = Library(load_content(SHIPPED))
    ear = keeping.learn(library.training(), EarSettings(), ROOT / "var" / "ears")
    return _shown("screenshots", screenshot_bench.bench(library.screens, ear.understand, step, PICTURES))


def _shown(title: str, figures: Mapping[str, Mapping[str, Any]]) -> Result:
    table = Table("figure", "value", "unit", title=title)
    found = [Figure(name, float(one["value"]), str(one["unit"])) for name, one in figures.items()]
    for figure in found:
        table.add_row(figure.name, f"{figure.value:g}", figure.unit)
    return Result(found, (table,))


FACE_CHECK = Bench("faces", 1, _faces)
SCREENSHOTS = Bench("screenshots", PICTURES, _screenshots)
