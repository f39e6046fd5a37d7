"""`python -m nlu`: understand, evaluate, experiment and check from a shell."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: its threads only spin on short messages

import typer
from rich.console import Console
from rich.progress import Progress

from nlu.checks import doubts, twins
from nlu.ear import Ear, EarSettings
from nlu.keeping import NotLearnt, learn
from nlu.measure import Case, CasesRefused, hear, read_cases
from nlu.report import Run, page, run_of, tables
from nlu.training import TrainingContent, read_content
from nlu.trials import (
    ENGINES,
    PIPELINES,
    a_fifth_left_out,
    content_of,
    cross_validated,
    first_of_each,
    not_learnt,
)
from nlu.understanding import Understanding

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
out, err = Console(), Console(stderr=True)

ROOT = Path(__file__).parents[1]
SHIPPED, EARS = ROOT / "faq" / "content", ROOT / "var" / "ears"
COMPARED = ["embedded", "embedded-no-encoder"]
Content = Annotated[
    Path, typer.Option("--content", exists=True, file_okay=False, help="The folder of topics/*.yml.")
]
Page = Annotated[Path | None, typer.Option("--html", dir_okay=False, help="Write the report as a page.")]
Engines = Annotated[
    list[str] | None,
    typer.Option(
        "--engine",
        "--engines",
        help=f"{', '.join([*ENGINES, *PIPELINES])}; with commas between them, or repeated.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@app.command()
def understand(
    content: Content = SHIPPED,
    ears: Annotated[
        Path, typer.Option(file_okay=False, help="Where ears are kept: content is learnt once.")
    ] = EARS,
) -> None:
    """Read {"text": …} lines, write what was understood, one line each, as the live bot would."""
    ear = _learnt(_taught(content), ears)
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(json.dumps(_answer(ear, line), ensure_ascii=False).encode() + b"\n")
            sys.stdout.buffer.flush()


@app.command()
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="Lines with text, topic (null: out of scope) and style."
        ),
    ] = None,
    engine: Engines = None,
    html: Page = None,
    as_json: AsJson = False,
    content: Content = SHIPPED,
    most: Annotated[
        int | None, typer.Option(min=1, help="Learn only so many questions of each topic.")
    ] = None,
) -> None:
    """Train on the content, hear the file, print the figures; several engines side by side.

    Without a file, content that was not learnt is heard: with --most what is beyond it, else a fifth.
    """
    _may_be_written(html)
    whole = _taught(content)
    if most:
        taught = first_of_each(whole, most)
        cases = _cases(file) if file else not_learnt(whole, taught)
    else:
        taught, cases = (whole, _cases(file)) if file else a_fifth_left_out(whole)
    if not cases:
        raise typer.BadParameter("with so many learnt, no question is left to be heard")
    _warn_of_strangers(cases, whole)
    runs = [_run_on(name, taught, cases) for name in _names(engine, ["embedded"])]
    _print(runs, as_json=as_json, html=html)


@app.command()
def experiment(
    engine: Annotated[list[str] | None, typer.Option(help=f"{', '.join(ENGINES)}; may be repeated.")] = None,
    train: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Labelled lines to learn instead of the content."),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Labelled lines to hear; else cross-validation."),
    ] = None,
    folds: Annotated[int, typer.Option(min=2)] = 5,
    html: Page = None,
    as_json: AsJson = False,
    content: Content = SHIPPED,
) -> None:
    """Compare engines and ablations by cross-validation, or on a train and a test file."""
    _may_be_written(html)
    taught = content_of(_cases(train)) if train else _taught(content)
    heard_at_the_end = _cases(test) if test else []
    runs = []
    with Progress(console=err, transient=True) as progress:
        for name in engine or COMPARED:
            began, settings = time.perf_counter(), _settings(name)
            task = progress.add_task(name, total=1 if test else folds)
            if test:
                ear = Ear.train(taught, settings)
                heard = hear(ear.understand, heard_at_the_end)
            else:
                heard = cross_validated(taught, settings, folds=folds, told=partial(progress.advance, task))
            progress.update(task, completed=1 if test else folds)
            runs.append(run_of(name, heard, time.perf_counter() - began))
    _print(runs, as_json=as_json, html=html)


@app.command()
def check(content: Content = SHIPPED) -> None:
    """Point at questions that seem to stand under the wrong topic, and at near doubles."""
    taught = _taught(content)
    with _patience("Hearing every question by an ear that never learnt it"):
        suspects = doubts(taught, EarSettings())
    for doubt in suspects:
        out.print(
            f"[bold]{doubt.topic}[/] heard as [bold]{doubt.heard_as}[/] ({doubt.confidence:.2f}): "
            f"{doubt.question}  [dim]like: {doubt.nearest}[/]"
        )
    for pair in twins(taught):
        mark = "[red]two topics[/]" if pair.disagree else "double"
        out.print(f"{mark} {' / '.join(pair.topics)} ({pair.likeness}): {pair.first} | {pair.second}")


def _taught(folder: Path) -> TrainingContent:
    try:
        return read_content(folder)
    except FileNotFoundError as missing:
        raise typer.BadParameter(str(missing)) from None


def _cases(file: Path) -> list[Case]:
    try:
        return read_cases(file)
    except CasesRefused as refused:
        raise typer.BadParameter(str(refused)) from None


def _may_be_written(page: Path | None) -> None:
    """Known before the training, not after it."""
    if page and not page.absolute().parent.is_dir():
        raise typer.BadParameter(f"{page.parent} is no folder")


def _warn_of_strangers(cases: Sequence[Case], content: TrainingContent) -> None:
    strangers = {case.topic for case in cases if case.topic} - {topic.id for topic in content.topics}
    if strangers:
        told = ", ".join(sorted(strangers))
        err.print(f"Topics that the content does not have, and so never heard: {told}", markup=False)


def _answer(ear: Ear, line: bytes) -> dict[str, object]:
    """The reply to one line; a bad line gets an error and the next is read."""
    try:
        text = json.loads(line)["text"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"error": 'not a line like {"text": "…"}'}
    return _as_json(ear.understand(text))


def _as_json(understood: Understanding) -> dict[str, object]:
    """The best guess, whether the bot would answer with it, and the next best."""
    ranked = [{"topic": guess.topic, "confidence": guess.confidence} for guess in understood.guesses]
    best = ranked[0] if ranked else {"topic": None, "confidence": 0.0}
    return {**best, "answered": understood.zone == "answer", "alternatives": ranked[1:]}


def _run_on(name: str, taught: TrainingContent, cases: Sequence[Case]) -> Run:
    """Train one engine, let it hear every case, count."""
    began = time.perf_counter()
    ear = _trained(taught, ENGINES.get(name, EarSettings()))
    trained_s = time.perf_counter() - began
    if name in PIPELINES:
        return _run_by_rasa(name, taught, cases, ear)
    ear.understand(cases[0].text)
    return run_of(name, hear(ear.understand, cases), trained_s)


def _run_by_rasa(name: str, taught: TrainingContent, cases: Sequence[Case], ear: Ear) -> Run:
    from nlu.rasa.compare import run_by_rasa  # its HTTP client would weigh on every other command
    from nlu.rasa.local import NoRasaHere

    try:
        with _patience(f"Rasa ({name}) trains, starts and listens"):
            return run_by_rasa(name, taught, cases, ear)
    except NoRasaHere as missing:
        raise typer.BadParameter(str(missing)) from missing


def _names(given: Sequence[str] | None, otherwise: Sequence[str]) -> list[str]:
    names = [name.strip() for part in given or otherwise for name in part.split(",")]
    for name in names:
        if name not in PIPELINES:
            _settings(name)
    return names


def _settings(name: str) -> EarSettings:
    if name not in ENGINES:
        raise typer.BadParameter(f"no engine {name!r} here: one of {', '.join(ENGINES)}")
    return ENGINES[name]


def _learnt(content: TrainingContent, ears: Path) -> Ear:
    """The ear that a server answers from; one that is not kept where nothing can be."""
    with _patience("Learning"):
        try:
            return learn(content, EarSettings(), ears)
        except (OSError, NotLearnt) as refused:
            err.print(f"The ear is not kept: {refused}", markup=False)
    return _trained(content, EarSettings())


def _trained(content: TrainingContent, settings: EarSettings) -> Ear:
    with _patience("Training"):
        return Ear.train(content, settings)


@contextmanager
def _patience(words: str) -> Iterator[None]:
    """A moving bar on standard error while something takes its time."""
    with Progress(console=err, transient=True) as progress:
        progress.add_task(words, total=None)
        yield


def _print(runs: list[Run], *, as_json: bool, html: Path | None) -> None:
    if html:
        html.write_text(page(runs), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps([run.as_json() for run in runs], ensure_ascii=False, indent=1) + "\n")
        return
    for table in tables(runs):
        out.print(table)


if __name__ == "__main__":
    app()
