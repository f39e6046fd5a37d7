"""The doctor on the face check: which optional models are missing, and how the running processes fare."""

import asyncio

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.doctor import Line
from bot.face_figures import ALIVE, IS_ON, REPLACED, WAITING, WANTED
from bot.settings import Settings
from verification import models

TIMEOUT = aiohttp.ClientTimeout(total=3)
OFF_WITHOUT = {"翻拍检测": "FASNet"}
"""Which check stays off without which optional models, by a part of their names."""


async def of_faces(settings: Settings) -> list[Line]:
    """The checks that are off, and the processes of the house if it is running."""
    return [*await asyncio.to_thread(_switched_off, settings), *await _running(settings)]


def _switched_off(settings: Settings) -> list[Line]:
    lines = []
    wrong = [state for state in models.check(settings.verification.models) if not state.is_well]
    for check, part in OFF_WITHOUT.items():
        missing = [state for state in wrong if state.file.optional and part in state.file.name]
        if missing:
            names = "、".join(state.file.name for state in missing)
            words = f"已关闭：缺少或损坏 {names}；回执上会写明没有做"
            lines.append(Line(check, "warn", words, f"运行 {missing[0].remedy}"))
        else:
            lines.append(Line(check, "ok", "模型在，每次刷脸都做"))
    return lines


async def _running(settings: Settings) -> list[Line]:
    """What /metrics of this house says; nothing when the house is not running."""
    try:
        figures = await _figures(f"http://127.0.0.1:{settings.bot.port}/metrics")
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return []
    if ALIVE not in figures:
        return []
    alive, wanted = int(figures[ALIVE]), int(figures[WANTED])
    waiting, replaced = int(figures[WAITING]), int(figures[f"{REPLACED}_total"])
    words = f"{alive}/{wanted} 个进程在，{waiting} 人在等，更换过 {replaced} 次"
    off = [name.removeprefix(IS_ON) for name, on in figures.items() if name.startswith(IS_ON) and not on]
    words += f"，未启用 {'、'.join(off)}" if off else ""
    if alive < wanted:
        todo = "刚启动时请稍等；一直不齐则看日志里的 face_engine_missing，刷脸之外的核验方式仍可用"
        return [Line("刷脸进程", "warn" if alive else "fail", words, todo)]
    return [Line("刷脸进程", "ok", words)]


async def _figures(url: str) -> dict[str, float]:
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session, session.get(url) as answer:
        text = await answer.text()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name + sample.labels.get("check", ""): sample.value for sample in samples}
