"""python -m verification: the room's own commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from verification import commands, evaluation, models
from verification.engines.deepface_door import MissingModel
from verification.engines.face import FaceEngine
from verification.engines.settings import MATCH_AT, FaceSettings

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = REPOSITORY / "var" / "models"

app = typer.Typer(
    help="身份验证：登记、待办、回执、模型、评测。", no_args_is_help=True, pretty_exceptions_enable=False
)
model_commands = typer.Typer(help="人脸引擎所用模型文件：获取与核对。", no_args_is_help=True)
app.add_typer(model_commands, name="models")
app.add_typer(commands.app)

aside = Console(stderr=True)

Folder = Annotated[Path, typer.Option("--folder", help="模型文件所在的文件夹。")]


@model_commands.command("fetch")
def fetch_models(
    folder: Folder = MODELS,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            envvar="VERIFICATION_MODELS_FROM",
            exists=True,
            file_okay=False,
            help="另有模型文件或安装包的文件夹。",
        ),
    ] = None,
) -> None:
    """获取缺少的模型文件，核对 sha256 后放入文件夹；已齐全时不联网。"""
    sources = [*([source] if source else []), *models.folders_beside(REPOSITORY)]
    with Progress(console=aside, transient=True) as progress:
        task = progress.add_task("模型文件", total=len(models.known()[1]))

        def next_file(file: models.ModelFile) -> None:
            progress.update(task, advance=1, description=file.name)

        try:
            states = models.fetch(folder, sources, next_file)
        except (models.ModelsUnavailable, OSError) as unavailable:
            progress.stop()
            aside.print(f"[red]模型获取失败[/]：{unavailable}")
            raise typer.Exit(1) from None
    _show(states)


@model_commands.command("check")
def check_models(folder: Folder = MODELS) -> None:
    """核对模型文件是否齐全、是否与清单一致。"""
    states = models.check(folder)
    _show(states)
    if any(not state.is_well and not state.file.optional for state in states):
        raise typer.Exit(1)


@app.command("evaluate")
def evaluate(
    pictures: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="照片所在的文件夹。")],
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON。")] = False,
    folder: Folder = MODELS,
    match_at: Annotated[float, typer.Option(min=0, max=1, help="判为同一人的最大距离。")] = MATCH_AT,
) -> None:
    """用一个文件夹的照片评测：误识率、拒识率（含置信区间）、活体检测差错、耗时与内存。"""
    try:
        trials = evaluation.trials_in(pictures)
        engine = FaceEngine(FaceSettings(models=folder))
    except (evaluation.NothingToMeasure, evaluation.BadList, MissingModel) as refusal:
        aside.print(f"[red]无法评测[/]：{refusal}")
        raise typer.Exit(2) from None
    total = len(trials.pictures()) + len(trials.attacks) + len(trials.live)
    with Progress(console=aside, transient=True) as progress:
        task = progress.add_task("评测", total=total)
        found = evaluation.evaluate(engine, trials, match_at, lambda _: progress.advance(task))
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _show_errors(found)


def _show_errors(found: evaluation.Evaluation) -> None:
    table = Table("指标", "数值", "95 % 区间", "差错/次数", box=None)
    rates = [("误识率 FMR", found.false_match), ("拒识率 FNMR", found.false_non_match)]
    rates.append(("未检出人脸", found.undetected))
    if found.pad:
        rates += [("活体漏判 APCER", found.pad.attack), ("活体误判 BPCER", found.pad.live)]
    for name, rate in rates:
        value = "–" if rate.value is None else f"{rate.value:.2%}"
        interval = "–" if rate.interval is None else f"{rate.interval[0]:.2%} – {rate.interval[1]:.2%}"
        table.add_row(name, value, interval, f"{rate.errors}/{rate.trials}")
    out = Console(width=100)
    out.print(table)
    if not found.pad:
        out.print(f"[yellow]活体检测已关闭[/]：{found.pad_why_not}")
    out.print(f"同一人界线 {found.match_at:.2f}；单张 p50 {found.p50_ms} 毫秒，p95 {found.p95_ms} 毫秒")
    out.print(f"内存 {found.rss_mb} MB")


def _show(states: list[models.ModelState]) -> None:
    words = {"present": "[green]齐全[/]", "missing": "[red]缺少[/]", "damaged": "[red]不符[/]"}
    table = Table("文件", "用途", "状态", "办法", box=None)
    for state in states:
        word = words[state.state]
        if state.file.optional and not state.is_well:
            word = word.replace("red", "yellow") + "（可选，相应检查已关闭）"
        table.add_row(state.file.name, state.file.purpose, word, state.remedy)
    Console(width=160).print(table)


if __name__ == "__main__":
    app()
