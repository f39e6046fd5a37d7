"""The doctor's look at WeChat: can it be reached, does it know us, do our clocks agree."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.app import build_api
from bot.channels.wechat_outcomes import ApiError, ApiRefused, ApiUnreached
from bot.doctor import Line, State
from bot.settings import Settings

CLOCK_OFF = timedelta(seconds=30)

WAYS_OUT: Mapping[int, str] = {
    40001: "AppSecret 不对：在微信开发者平台核对，或重置后更新 WECHAT_APP_SECRET",
    40125: "AppSecret 不对：在微信开发者平台核对，或重置后更新 WECHAT_APP_SECRET",
    40013: "AppID 不对：核对 WECHAT_APP_ID",
    40164: "本机的出口 IP 不在白名单：微信开发者平台 → API IP 白名单，加上本机（或 NAT 网关）的公网 IP，"
    "几分钟后生效；所有接口都受它限制，出口 IP 必须固定",
    40243: "AppSecret 被冻结：在微信开发者平台解冻，约 10 分钟后生效",
    45009: "今天的调用次数用完：等到第二天，或用 clear_quota（每月 10 次）",
    48001: "账号没有这个接口的权限：确认是已认证的服务号",
}


async def of_wechat(settings: Settings) -> list[Line]:
    """A token is fetched, then WeChat is asked whether it can reach us."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        api = build_api(settings, session)
        try:
            found = await api.check_callback()
        except ApiRefused as refused:
            todo = WAYS_OUT.get(refused.errcode, "对照微信的全局返回码处理")
            return [Line("微信接口", "fail", f"微信拒绝：{refused.errcode}", todo)]
        except ApiUnreached:
            return [_unreached(settings)]
        except ApiError as ended:
            return [Line("微信接口", "fail", f"没有得到可用的回答（{type(ended).__name__}）", "稍后再试")]
    return [Line("微信接口", "ok", f"{settings.api_base} 认得我们"), _callback(found)]


async def of_clock(settings: Settings) -> list[Line]:
    """WeChat's signatures carry the time: a clock that is off refuses every push."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        try:
            async with session.head(settings.api_base) as response:
                theirs = parsedate_to_datetime(response.headers["Date"])
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
            return [Line("时钟", "warn", "无法和微信对时", "确认本机开着 NTP（timedatectl）")]
    off = abs(datetime.now(UTC) - theirs)
    if off < CLOCK_OFF:
        return [Line("时钟", "ok", "和微信一致")]
    state: State = "fail" if off > settings.bot.wechat.freshness else "warn"
    return [
        Line(
            "时钟",
            state,
            f"相差 {off.total_seconds():.0f} 秒",
            "打开 NTP 对时：差得太多，微信的消息会被当作伪造",
        )
    ]


def _unreached(settings: Settings) -> Line:
    if settings.bot.simulator == "on" and not settings.bot.wechat.api_base:
        return Line("微信接口", "warn", "替身没有在运行", "先启动服务（make run），再运行一次")
    return Line("微信接口", "fail", f"连不上 {settings.api_base}", "检查网络、DNS 和防火墙的出口规则")


def _callback(found: Mapping[str, Any]) -> Line:
    lost = [str(each.get("ip", "")) for each in found.get("ping", []) if each.get("package_loss") != "0%"]
    if lost:
        return Line(
            "微信到本机", "warn", f"{len(lost)} 个节点丢包", "检查公网入口、负载均衡和防火墙的入口规则"
        )
    return Line("微信到本机", "ok", "微信没有报告丢包")
