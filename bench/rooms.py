"""The benches that the lower rooms bring: the face check beside plain deepface, and reading screenshots."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rich.table import Table

from bench.figures import Bench, Figure, Result
from bench.serving import ROOT
from faq.library import Library
from faq.loading import SHIPPED, load_content
from nlu import keeping, screenshot_bench
from nlu.ear import EarSettings
from verification import bench as face_bench

TARGET_FASTER = 2.0
FACES = ROOT.parent / "shared" / "faces"
PICTURES = int(os.environ.get("BENCH_SCREENSHOTS") or 60)
"""Sixty show whether memory stays flat after the first thirty; 200 take some minutes."""


def _faces(step: Callable[[], None]) -> Result:
    try:
        figures = face_bench.measure(FACES, ROOT / "var" / "models")
    except face_bench.NotMeasured as missing:
        return Result((), words=(f"The face check was not measured: {missing}",))
    step()
    return replace(_shown("face check", figures), words=[_verdict(figures)])


def _verdict(figures: Mapping[str, Mapping[str, Any]]) -> str:
    value = {name: float(one["value"]) for name, one in figures.items()}
    faster = value["face_check_times_faster_than_deepface"]
    reached = "reached" if faster >= TARGET_FASTER else "MISSED"
    alone = value["face_two_pictures_times_faster_than_deepface"]
    ours, theirs = value["face_accuracy"], value["deepface_accuracy"]
    return (
        "A check as citizens have it (one picture, every step, against a stored template): "
        f"{faster:.2f} times as fast as DeepFace.verify (target {TARGET_FASTER:g}: {reached}). "
        f"Two pictures found and compared, nothing else: {alone:.2f} times. "
        f"Right in {ours:.0%} of the pairs, deepface in {theirs:.0%}."
    )


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
