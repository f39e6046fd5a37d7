"""python -m verification: the room's own commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from verification import models

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = REPOSITORY / "var" / "models"

app = typer.Typer(help="身份验证：模型、评测、样本。", no_args_is_help=True, pretty_exceptions_enable=False)
model_commands = typer.Typer(help="人脸引擎所用模型文件：获取与核对。", no_args_is_help=True)
app.add_typer(model_commands, name="models")

aside = Console(stderr=True)

Folder = Annotated[Path, typer.Option("--folder", help="模型文件所在的文件夹。")]


@model_commands.command("fetch")
def fetch_models(
    folder: Folder = MODELS,
    source: Annotated[
        Path | None,
        typer.Option("--from", envvar="VERIFICATION_MODELS_FROM", help="另有模型文件或安装包的文件夹。"),
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
        except models.ModelsUnavailable as unavailable:
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
