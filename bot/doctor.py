"""The doctor looks at all that the house stands on: is each thing well, and what is to be done?

Nothing is changed; the only thing written is an empty transaction. Its words are for operators, in Chinese.
"""

import asyncio
import shutil
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import false, update
from sqlalchemy.exc import DatabaseError

from bot import migrations
from bot.keys import WeakSecret, check_secret
from bot.records import staff
from bot.settings import Settings, secret_keys_before
from bot.store import Store
from faq import records as faq_records
from faq.calendar_models import Hours
from faq.findings import ContentRefused, Finding
from faq.hours import OpeningHours
from faq.loading import Folder, load_content
from nlu.engines.encoder import load_encoder
from verification import models

State = Literal["ok", "warn", "fail"]

DISK_FULL_MB, DISK_LOW_MB = 200, 2_000
PATIENCE_S = 8.0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `todo` is empty when nothing has to be done."""

    about: str
    state: State
    words: str
    todo: str = ""


Check = Callable[[Settings], Awaitable[Sequence[Line]]]


async def look(settings: Settings, checks: Sequence[tuple[str, Check]]) -> list[Line]:
    """All lines; a check that breaks or takes too long is a line itself."""
    lines: list[Line] = []
    for about, check in checks:
        try:
            async with asyncio.timeout(PATIENCE_S):
                lines += await check(settings)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the other checks go on
            lines.append(
                Line(about, "fail", f"检查没有完成：{type(fault).__name__}", "查看日志，修复后再运行一次")
            )
    return lines


async def of_settings(settings: Settings) -> list[Line]:
    """The settings were readable, or we would not be here; are they for real citizens?"""
    bot = settings.bot
    if bot.production:
        return [Line("设置", "ok", "config.yml 可用，正式模式")]
    todo = "对外服务前设置 PRODUCTION=true（会拒绝一切演示用的值），并关闭 SIMULATOR"
    return [Line("设置", "warn", "config.yml 可用，演示模式", todo)]


async def of_secret(settings: Settings) -> list[Line]:
    """SECRET_KEY protects what is sealed in the database."""
    secret = settings.bot.secret_key.get_secret_value()
    try:
        check_secret(secret)
    except WeakSecret:
        state: State = "fail" if settings.bot.production else "warn"
        words = "SECRET_KEY 太弱" if secret else "没有设置 SECRET_KEY，现在用的是 var/ 里的演示密钥"
        todo = '至少 32 个随机字符，这样生成：python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        return [Line("密钥", state, words, todo)]
    words = "SECRET_KEY 足够强；请另存一份，丢失后密封的内容无法再打开"
    former = len(secret_keys_before(settings))
    return [Line("密钥", "ok", f"{words}；另给了 {former} 个旧的" if former else words)]


async def of_database(settings: Settings) -> list[Line]:
    """Reachable, of the newest schema, writable, with room to grow."""
    store = Store(settings.bot.database_url)
    file = Path(store.url.database or "") if store.is_sqlite else None
    try:
        if file is not None and not file.exists():
            return [Line("数据库", "warn", f"{file} 还不存在", "第一次启动（make run）会建好")]
        lines = [await _schema(store), await _writable(store)]
        release = await store.read(faq_records.live_number) if lines[0].state == "ok" else None
        lines.append(_release(release))
        return lines if file is None else [*lines, _disk(file)]
    except (OSError, ConnectionError) as away:
        todo = "检查 DATABASE_URL，确认数据库在运行、允许从本机连接"
        return [Line("数据库", "fail", f"连不上（{type(away).__name__}）", todo)]
    except DatabaseError as broken:
        todo = "核对 DATABASE_URL 指的是不是本服务的数据库；文件坏了就用备份恢复（docs/operating.md）"
        return [Line("数据库", "fail", f"打不开（{type(broken.orig).__name__}）", todo)]
    finally:
        await store.close()


async def _schema(store: Store) -> Line:
    now, newest = await store.read(migrations.stands_at), migrations.newest()
    if now == newest:
        return Line("数据库结构", "ok", f"最新（{now}）")
    return Line(
        "数据库结构", "warn", f"现在是 {now or '空的'}，最新是 {newest}", "先备份，再启动服务：启动时自动升级"
    )


async def _writable(store: Store) -> Line:
    try:
        await store.write(lambda tx: tx.execute(update(staff).where(false()).values(name="")))
    except Exception as refused:  # noqa: BLE001 - a driver's own error, each named differently
        words = f"写不进去（{type(getattr(refused, 'orig', refused)).__name__}）"
        return Line("数据库写入", "fail", words, "检查文件和文件夹的权限、磁盘是否已满、是否被别的程序锁住")
    return Line("数据库写入", "ok", "可以写入")


def _release(number: int | None) -> Line:
    if number is None:
        return Line("上线的内容", "warn", "还没有上线的版本", "启动服务时会用随产品的内容生成第 1 版")
    return Line("上线的内容", "ok", f"第 {number} 版")


def _disk(file: Path) -> Line:
    free_mb = shutil.disk_usage(file.parent).free // 10**6
    if free_mb < DISK_FULL_MB:
        return Line(
            "磁盘",
            "fail",
            f"只剩 {free_mb} MB",
            "马上清理或扩容：写不进去的消息不会被确认，市民会看到“暂时无法提供服务”",
        )
    if free_mb < DISK_LOW_MB:
        return Line("磁盘", "warn", f"只剩 {free_mb} MB", "近期清理或扩容")
    return Line("磁盘", "ok", f"还有 {free_mb // 1000} GB")


async def of_content(settings: Settings) -> list[Line]:
    """The content that a first start would load."""
    findings: list[Finding] = (await asyncio.to_thread(Folder, settings.faq.content)).findings
    errors = [each for each in findings if each.level == "error"]
    if errors:
        return [
            Line(
                "内容", "fail", f"{len(errors)} 处错误，例如：{errors[0]}", "运行 python -m faq check 看全部"
            )
        ]
    if findings:
        return [Line("内容", "warn", f"{len(findings)} 处提醒", "运行 python -m faq check 看全部")]
    return [Line("内容", "ok", f"{settings.faq.content} 没有问题")]


async def of_calendar(settings: Settings) -> list[Line]:
    """How long the holidays are known: of what is live, or of what a first start would load."""
    try:
        hours = OpeningHours(await _live_hours(settings))
    except (OSError, DatabaseError, ContentRefused):
        return []  # the line about the database, or about the content, says so
    now, until = datetime.now(UTC), hours.known_until
    left, todo = hours.days_known(now), "公布下一年的放假安排后，在客服台看板的“上班日历”里补上放假和调休"
    if left < 0:
        return [Line("上班日历", "fail", f"节假日只写到 {until}，已经过期：遇到节假日会答错", todo)]
    words = f"节假日确定到 {until}，还有 {left} 天"
    return [Line("上班日历", "warn", words, todo) if hours.runs_out(now) else Line("上班日历", "ok", words)]


async def _live_hours(settings: Settings) -> Hours:
    store = Store(settings.bot.database_url)
    file = Path(store.url.database or "") if store.is_sqlite else None
    try:
        is_new = file is not None and not file.exists()
        release = None if is_new else await store.read(faq_records.live_release)
    finally:
        await store.close()
    content = release.content if release else await asyncio.to_thread(load_content, settings.faq.content)
    return content.hours


async def of_ear(settings: Settings) -> list[Line]:
    """Whether the sentence encoder is there; without it the ear is coarser."""
    if settings.nlu.encoder == "off":
        return [Line("理解", "warn", "句向量已关闭，理解会粗一些", "config.yml：nlu.encoder 设为 on")]
    if await asyncio.to_thread(load_encoder) is None:
        return [Line("理解", "warn", "缺少句向量模型，理解会粗一些", "运行 make setup")]
    return [Line("理解", "ok", "句向量模型在")]


async def of_models(settings: Settings) -> list[Line]:
    """The files that check a face, by their sha256."""
    states = await asyncio.to_thread(models.check, settings.verification.models)
    bad = [each for each in states if not each.is_well and not each.file.optional]
    if bad:
        names = "、".join(each.file.name for each in bad)
        return [Line("人脸模型", "fail", f"缺少或损坏：{names}", f"运行 {bad[0].remedy}")]
    return [Line("人脸模型", "ok", f"{len(states)} 个文件都对得上")]


async def of_port(settings: Settings) -> list[Line]:
    """Free, or held by the house itself."""
    host, port = settings.bot.host, settings.bot.port
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((("127.0.0.1" if host == "0.0.0.0" else host), port)) == 0  # noqa: S104
    if taken:
        return [Line("端口", "ok", f"{port} 有程序在听（若不是本服务，换一个 PORT）")]
    return [Line("端口", "ok", f"{port} 空着，服务没有运行")]
