"""python -m bot doctor: is everything well that the house stands on?"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot import doctor as house_doctor
from bot import doctor_engines, doctor_faces, doctor_wechat
from bot.commands.opening import console, problems, run, settings_or_exit
from bot.doctor import Check, Line

CHECKS: tuple[tuple[str, Check], ...] = (
    ("设置", house_doctor.of_settings),
    ("密钥", house_doctor.of_secret),
    ("数据库", house_doctor.of_database),
    ("内容", house_doctor.of_content),
    ("上班日历", house_doctor.of_calendar),
    ("理解", house_doctor.of_ear),
    ("引擎", doctor_engines.of_engines),
    ("人脸模型", house_doctor.of_models),
    ("刷脸", doctor_faces.of_faces),
    ("端口", house_doctor.of_port),
    ("微信接口", doctor_wechat.of_wechat),
    ("时钟", doctor_wechat.of_clock),
)

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """Look at settings, database, content, models and WeChat; say what to do. Exits 1 when one fails."""
    settings = settings_or_exit()
    with problems.status("…", spinner="line"):
        lines = run(lambda: house_doctor.look(settings, CHECKS))
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=1))
    else:
        console.print(_table(lines))
    raise typer.Exit(any(line.state == "fail" for line in lines))


def _table(lines: Sequence[Line]) -> Table:
    table = Table(box=None)
    for title, whole in (("", True), ("", True), ("", False), ("要做的事", False)):
        table.add_column(title, no_wrap=whole, overflow="fold")
    for line in lines:
        colour = COLOURS[line.state]
        table.add_row(f"[{colour}]{line.state}[/]", line.about, escape(line.words), escape(line.todo))
    return table
