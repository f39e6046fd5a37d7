"""The doctor's look at the engines: which of them understands citizens, how Rasa is, and whether both agree.

What only the serving process knows (the breaker, how often both agreed) is read from its /metrics.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.doctor import Line
from bot.engine_figures import BREAKER, COMPARED, STATES, EngineFigures
from bot.hearing import rasa_of
from bot.metrics import Metrics
from bot.settings import Settings
from bot.settings_sections import Nlu
from bot.store import Store
from faq import records as releases
from faq.library import Library
from nlu.engines.breaker import State
from nlu.engines.rasa import RasaEngine

Figures = Mapping[tuple[str, str], float]
"""Of the serving process, by name and label."""

ASKED = "（服务启动以来）"
BREAKERS: Mapping[State, str] = {
    "closed": "闭合：照常询问 Rasa",
    "half_open": "半开：正在用一句“你好”试探 Rasa",
    "open": "断开：Rasa 连续失败，暂不询问，内置引擎在回答",
}


async def of_engines(settings: Settings) -> list[Line]:
    """Which engine answers, and, where Rasa is wanted, how it is."""
    wanted = settings.nlu
    if wanted.engine == "embedded" and (wanted.shadow == "off" or not wanted.rasa_url):
        return [Line("引擎", "ok", "内置引擎在回答，没有用 Rasa")]
    rasa = rasa_of(wanted, EngineFigures(Metrics()))
    if rasa is None:
        return [
            Line(
                "引擎", "warn", "设置要用 Rasa，却没有它的地址：内置引擎在回答", "设置 RASA_URL 和 RASA_TOKEN"
            )
        ]
    try:
        line, told = await asyncio.gather(_rasa(settings, rasa), _told(settings))
    finally:
        await rasa.close()
    return [line, *_running(told, wanted)]


async def _rasa(settings: Settings, rasa: RasaEngine) -> Line:
    health = await rasa.health()
    if not health.ready:
        todo = f"{health.trouble}；启动：make rasa，并核对 RASA_URL、RASA_TOKEN"
        return Line("引擎", "warn", "Rasa 不能回答，内置引擎在回答", todo)
    number, should = await _live_model(settings, rasa)
    if number is None:
        return Line(
            "引擎", "warn", f"Rasa 在运行（模型 {health.model}）", "启动服务时会生成第 1 版内容并教给它"
        )
    if health.model != should:
        words = f"Rasa 还没有学会第 {number} 版（模型 {health.model}），内置引擎在回答"
        todo = (
            ""
            if health.training
            else "服务运行时会自动训练，约需几分钟；一直这样就查看日志里的 rasa_not_taught"
        )
        return Line("引擎", "warn", words, todo or "正在训练，稍候再看")
    if settings.nlu.engine == "rasa":
        return Line("引擎", "ok", f"Rasa 在回答（模型 {health.model}，即第 {number} 版）")
    return Line("引擎", "ok", f"内置引擎在回答，Rasa 在旁边听（模型 {health.model}，即第 {number} 版）")


async def _live_model(settings: Settings, rasa: RasaEngine) -> tuple[int | None, str]:
    """The number of the live release, and the name of the model that knows it."""
    store = Store(settings.bot.database_url)
    try:
        release = await store.read(releases.live_release) if _is_there(store) else None
    finally:
        await store.close()
    if release is None:
        return None, ""
    lessons = Library(release.content, release.number).training()
    return release.number, await asyncio.to_thread(rasa.name_for, lessons)


def _is_there(store: Store) -> bool:
    """Looking must not make the file that the first start makes."""
    return not store.is_sqlite or Path(store.url.database or "").exists()


async def _told(settings: Settings) -> Figures | None:
    """What the serving process counts; None when it does not run, or something else listens there."""
    host = "127.0.0.1" if settings.bot.host == "0.0.0.0" else settings.bot.host  # noqa: S104
    limit = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(f"http://{host}:{settings.bot.port}/metrics") as answer,
        ):
            families = list(text_string_to_metric_families(await answer.text()))
    except (TimeoutError, aiohttp.ClientError, ValueError):
        return None
    return {
        (sample.name, label): sample.value
        for family in families
        for sample in family.samples
        for label in sample.labels.values()
    }


def _running(told: Figures | None, wanted: Nlu) -> list[Line]:
    state = next((one for one in STATES if told and told.get((BREAKER, one))), None)
    if told is None or state is None:
        return [Line("Rasa 断路器", "ok", "服务没有运行，没有断路器可看")]
    if state == "closed":
        lines = [Line("Rasa 断路器", "ok", BREAKERS[state])]
    else:
        lines = [Line("Rasa 断路器", "warn", BREAKERS[state], "查看 Rasa 的日志和负载；它恢复后会自动合上")]
    if wanted.shadow == "on":
        agree, disagree = (told.get((f"{COMPARED}_total", one), 0.0) for one in ("agree", "disagree"))
        both = agree + disagree
        words = f"{both:.0f} 句里一致 {100 * agree / both:.0f}%{ASKED}" if both else f"还没有比较过{ASKED}"
        lines.append(Line("两个引擎", "ok", words))
    return lines
