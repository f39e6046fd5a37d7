"""python -m faq: check a content folder, and draw its guides."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from faq.checks import check as content_checks
from faq.findings import Finding
from faq.guides import draw as drawn
from faq.hours import BEIJING
from faq.loading import SHIPPED, Folder, load_content

ROOT = Path(__file__).parents[1]
REQUIRED = ROOT.parent / "shared" / "topics.yml"
"""The topics that the service must know, when the list lies beside the repository."""

DRAWING = ROOT / "docs" / "guides.md"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The answers: check the content, draw it.")
console = Console(width=None if sys.stdout.isatty() else 160)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="The content folder.")] = SHIPPED,
    strict: Annotated[bool, typer.Option(help="Count warnings as errors.")] = False,
) -> None:
    """Check a content folder; the exit code is 1 when something must be mended."""
    findings = everything_about(folder)
    if findings:
        console.print(_table(findings))
    errors = sum(finding.level == "error" for finding in findings)
    warnings = len(findings) - errors
    console.print(f"错误 {errors} 处，提醒 {warnings} 处")
    raise typer.Exit(1 if errors or (strict and warnings) else 0)


@app.command()
def draw(
    folder: Annotated[Path, typer.Argument(help="The content folder.")] = SHIPPED,
    to: Annotated[Path, typer.Option(help="The page to write.")] = DRAWING,
    check: Annotated[bool, typer.Option("--check", help="Only see whether the page is current.")] = False,
) -> None:
    """Draw every guide as a Mermaid flowchart into one page."""
    page = _page(folder)
    is_current = to.exists() and to.read_text(encoding="utf-8") == page
    if check and not is_current:
        console.print(f"{to.name} 已经过时：请运行 python -m faq draw")
        raise typer.Exit(1)
    if not check:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(page, encoding="utf-8")


def everything_about(folder: Path) -> list[Finding]:
    """What loading and the checks find, errors first."""
    read = Folder(folder)
    findings = read.findings
    if read.content is not None:
        today = datetime.now(BEIJING).date()
        required = yaml.safe_load(REQUIRED.read_text(encoding="utf-8")) if REQUIRED.exists() else {}
        findings += read.placed(content_checks(read.content, today=today, required=required))
    return sorted(findings, key=lambda finding: (finding.level, finding.file, finding.line))


def _table(findings: Sequence[Finding]) -> Table:
    table = Table("", "文件", "条目", "位置", "怎么改")
    for finding in findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        mark = "[red]错误[/]" if finding.level == "error" else "[yellow]提醒[/]"
        table.add_row(mark, *map(escape, (place, finding.entry, finding.path, finding.words)))
    return table


def _page(folder: Path) -> str:
    parts = ["# 指引的路线图\n\n由 `python -m faq draw` 从 `faq/content/guides` 画出，请不要手改。\n"]
    parts += [
        f"\n## {guide.title}\n\n{guide.summary}\n\n```mermaid\n{drawn(guide)}\n```\n"
        for guide in load_content(folder).guides
    ]
    return "".join(parts)


if __name__ == "__main__":
    app()
