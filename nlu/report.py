"""The figures of a run for people: a table in the terminal, JSON, and a page with bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rich.table import Table

from nlu.measure import Heard, by_style, confusions, figures, resident_mb

NAMES = {
    "accuracy": "top-1, %",
    "top3": "top-3, %",
    "macro_f1": "macro F1, %",
    "answered_and_right": "answered and right, %",
    "precision_answered": "right among answered, %",
    "solved_or_one_tap": "solved directly or by one tap, %",
    "asked": "asked back, %",
    "fallback": "fallback, %",
    "oos_answered": "out of scope answered, %",
    "oos_asked": "out of scope asked back, %",
    "answered_and_right_at_5": "answered and right at 5 % false answers, %",
    "oos_auroc": "in against out of scope, AUROC %",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "train_s": "training, s",
    "memory_mb": "resident, MB",
}
_BAR_PX = 420


@dataclass(frozen=True, slots=True)
class Run:
    """One engine on one set of cases."""

    engine: str
    figures: Mapping[str, float]
    styles: Mapping[str, tuple[int, float]]
    confusions: Sequence[tuple[str, str, int]]

    def as_json(self) -> dict[str, object]:
        """For `--json` and for benches."""
        return {
            "engine": self.engine,
            **self.figures,
            "styles": {style: {"cases": n, "accuracy": share} for style, (n, share) in self.styles.items()},
            "confusions": [list(row) for row in self.confusions],
        }


def run_of(engine: str, heard: Sequence[Heard], train_s: float, memory_mb: float | None = None) -> Run:
    """The figures of one engine; memory is that of this process now, unless it is given."""
    memory_mb = resident_mb() if memory_mb is None else memory_mb
    found = {**figures(heard), "train_s": round(train_s, 2), "memory_mb": memory_mb}
    return Run(engine, found, by_style(heard), confusions(heard))


def tables(runs: Sequence[Run]) -> list[Table]:
    """Figures, styles and confusions, engines side by side."""
    whole = _table("Figures", ["", *(run.engine for run in runs)])
    for name, words in NAMES.items():
        if any(name in run.figures for run in runs):
            whole.add_row(words, *(_figure(run.figures.get(name)) for run in runs))
    styles = _table("Top-1 by style, %", ["", "cases", *(run.engine for run in runs)])
    for style, (cases, _) in runs[0].styles.items():
        styles.add_row(style or "-", str(cases), *(_figure(run.styles[style][1]) for run in runs))
    wrong = _table(f"Taken for another topic ({runs[0].engine})", ["topic", "taken for", "times"])
    for topic, taken, times in runs[0].confusions:
        wrong.add_row(topic, taken, str(times))
    return [whole, styles, wrong]


def page(runs: Sequence[Run]) -> str:
    """A page of its own: a bar per engine for every figure in per cent, and the confusions."""
    parts = [f"<h1>nlu evaluate: {escape(', '.join(run.engine for run in runs))}</h1>"]
    for name, words in NAMES.items():
        bars = [(run.engine, run.figures[name]) for run in runs if name in run.figures]
        if bars:
            parts.append(f"<h2>{escape(words)}</h2>{_bars(bars, percent=words.endswith('%'))}")
    for run in runs:
        bars = [(f"{style or '-'} ({cases})", share) for style, (cases, share) in run.styles.items()]
        parts.append(f"<h2>{escape(run.engine)}: top-1 by style, %</h2>{_bars(bars, percent=True)}")
        rows = "".join(
            f"<tr><td>{escape(topic)}<td>{escape(taken)}<td>{times}" for topic, taken, times in run.confusions
        )
        parts.append(f"<h2>{escape(run.engine)}: taken for another topic</h2><table>{rows}</table>")
    style = "body{font:15px/1.5 sans-serif;margin:2em;max-width:60em}h2{font-size:1em;margin:1.4em 0 .3em}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}</style>{"".join(parts)}</html>'
    )


def _bars(bars: Sequence[tuple[str, float]], *, percent: bool) -> str:
    most = 100.0 if percent else max(value for _, value in bars) or 1.0
    rows = "".join(
        f'<text x="0" y="{22 * n + 15}">{escape(name)}</text>'
        f'<rect x="190" y="{22 * n + 3}" width="{_BAR_PX * value / most:.1f}" height="15" fill="#1a6f52"/>'
        f'<text x="{196 + _BAR_PX * value / most:.1f}" y="{22 * n + 15}">{value:g}</text>'
        for n, (name, value) in enumerate(bars)
    )
    return f'<svg width="{260 + _BAR_PX}" height="{22 * len(bars) + 4}" font-size="13">{rows}</svg>'


def _table(title: str, heads: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place == 0 else "right")
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
