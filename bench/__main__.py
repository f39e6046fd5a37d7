"""python -m bench: all benches in a row, a table for each, and every figure in var/bench.json.

A room adds its bench to BENCHES. Names on the command line choose some of them.
"""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import desk, editor, hearing, phases, rooms, saturated, turns
from bench.figures import Bench, Figure, Result, write
from bench.serving import ROOT

BENCHES: tuple[Bench, ...] = (
    turns.BENCH,
    phases.BENCH,
    hearing.BENCH,
    desk.BENCH,
    editor.BENCH,
    rooms.FACE_CHECK,
    saturated.BENCH,
    rooms.SCREENSHOTS,
)

FILE = ROOT / "var" / "bench.json"


def main(names: Sequence[str]) -> None:
    """Run the benches with these names, or all."""
    console = Console()
    chosen = [bench for bench in BENCHES if not names or bench.name in names]
    if not chosen:
        raise SystemExit(f"no such bench; there are: {', '.join(bench.name for bench in BENCHES)}")
    figures: list[Figure] = []
    for bench in chosen:
        result = _run(bench, console)
        for part in (*result.tables, *result.words):
            console.print(part)
        figures += result.figures
    write(figures, FILE)
    console.print(f"{len(figures)} figures in {FILE.relative_to(ROOT)}")


def _run(bench: Bench, console: Console) -> Result:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(bench.name, total=bench.steps)
        return bench.run(lambda: progress.advance(task))


if __name__ == "__main__":
    main(sys.argv[1:])
