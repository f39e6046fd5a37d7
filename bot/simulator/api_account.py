"""Menu, QR codes, files, the JS-SDK ticket and what may be known of a citizen."""

import io
from datetime import timedelta
from typing import Any

import qrcode
from aiohttp import BodyPartReader, web

from bot.simulator.account import Account
from bot.simulator.api import OK, Answer, Call, Route
from bot.simulator.media import LARGEST, LIMITS
from bot.simulator.menu import as_menu, as_selfmenu, check_menu
from bot.simulator.rules import Refusal, part

LONGEST_S = 2_592_000
DEFAULT_S = 60
LIMITED_CODES = 100_000


async def create_menu(account: Account, call: Call) -> Answer:
    """menu/create: replaces the whole menu when every limit is kept."""
    check_menu(call.body.get("button"))
    account.menu = call.body["button"]
    account.touch()
    return OK


async def get_menu(account: Account, _call: Call) -> Answer:
    """menu/get, 46003 when there is none."""
    if not account.menu:
        raise Refusal(46003)
    return as_menu(account.menu)


async def get_selfmenu(account: Account, _call: Call) -> Answer:
    """get_current_selfmenu_info: the same menu in another shape."""
    return as_selfmenu(account.menu)


async def delete_menu(account: Account, _call: Call) -> Answer:
    """menu/delete."""
    account.menu = []
    account.touch()
    return OK


# ---- codes ----


async def create_code(account: Account, call: Call) -> Answer:
    """qrcode/create: a parametric code, for at most 30 days or for ever."""
    action = call.body.get("action_name")
    scene = part(part(call.body, "action_info"), "scene")
    limited = action in ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")
    match action:
        case "QR_SCENE" | "QR_LIMIT_SCENE":
            value = _scene_id(scene.get("scene_id"), LIMITED_CODES if limited else 2**32 - 1)
        case "QR_STR_SCENE" | "QR_LIMIT_STR_SCENE":
            value = _scene_str(scene.get("scene_str"))
        case _:
            raise Refusal(40053)
    life = call.body.get("expire_seconds", DEFAULT_S)
    if not limited and not (type(life) is int and 1 <= life <= LONGEST_S):
        raise Refusal(40035)
    code = account.add_code(value, limited=limited, life=timedelta(seconds=life if not limited else 0))
    answer: dict[str, Any] = {"ticket": code.ticket, "url": code.url}
    return answer if limited else {**answer, "expire_seconds": life}


def _scene_id(value: object, most: int) -> str:
    if type(value) is not int or not 1 <= value <= most:
        raise Refusal(40053)
    return str(value)


def _scene_str(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise Refusal(40053)
    return value


async def show_code(account: Account, call: Call) -> Answer:
    """showqrcode: the picture of a code, 404 for an unknown or dead ticket."""
    code = account.codes.get(call.query.get("ticket", ""))
    if code is None or code not in account.live_codes():
        return web.Response(status=404)
    out = io.BytesIO()
    qrcode.make(code.url, box_size=8).save(out)
    return web.Response(body=out.getvalue(), content_type="image/png")


# ---- files ----


async def upload(account: Account, call: Call) -> Answer:
    """media/upload: a temporary file in the form field `media`."""
    kind = call.query.get("type", "")
    if kind not in LIMITS:
        raise Refusal(40004)
    if not call.request.content_type.startswith("multipart/"):
        raise Refusal(41005)
    medium = account.media.keep(kind, await _media_field(call.request), account.now())
    answer: dict[str, Any] = {"type": kind, "created_at": int(account.now().timestamp())}
    return {**answer, ("thumb_media_id" if kind == "thumb" else "media_id"): medium.media_id}


async def _media_field(request: web.Request) -> bytes:
    data = bytearray()
    try:
        async for field in await request.multipart():
            if not isinstance(field, BodyPartReader) or field.name != "media":
                continue
            while len(data) <= LARGEST and (chunk := await field.read_chunk(64 * 1024)):
                data += chunk
            break
    except ValueError:
        raise Refusal(41005) from None
    return bytes(data)


async def download(account: Account, call: Call) -> Answer:
    """media/get: the file itself."""
    medium = account.media.find(call.query.get("media_id", ""), account.now())
    name = f'attachment; filename="{medium.media_id[:16]}.{medium.content_type.rpartition("/")[2]}"'
    headers = {"Content-Disposition": name}
    return web.Response(body=medium.data, content_type=medium.content_type, headers=headers)


# ---- tickets and people ----


async def ticket(account: Account, call: Call) -> Answer:
    """ticket/getticket for the JS-SDK."""
    if call.query.get("type") != "jsapi":
        raise Refusal(40035)
    value, life = account.jsapi_ticket()
    return {**OK, "ticket": value, "expires_in": life}


async def user_info(account: Account, call: Call) -> Answer:
    """user/info: since 2021-12-27 neither a name nor a face."""
    citizen = account.citizen(call.query.get("openid", ""))
    if not citizen.following or citizen.followed_at is None:
        return {"subscribe": 0, "openid": citizen.openid}
    return {
        "subscribe": 1,
        "openid": citizen.openid,
        "nickname": "",
        "headimgurl": "",
        "language": "zh_CN",
        "subscribe_time": int(citizen.followed_at.timestamp()),
        "subscribe_scene": "ADD_SCENE_QR_CODE" if citizen.followed_by else "ADD_SCENE_SEARCH",
        "qr_scene_str": citizen.followed_by,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
    }


ACCOUNT_ROUTES: dict[str, tuple[str, Route]] = {
    "/cgi-bin/menu/create": ("POST", create_menu),
    "/cgi-bin/menu/get": ("GET", get_menu),
    "/cgi-bin/menu/delete": ("GET", delete_menu),
    "/cgi-bin/get_current_selfmenu_info": ("GET", get_selfmenu),
    "/cgi-bin/menu/get_current_selfmenu_info": ("GET", get_selfmenu),
    "/cgi-bin/qrcode/create": ("POST", create_code),
    "/cgi-bin/showqrcode": ("GET", show_code),
    "/cgi-bin/media/upload": ("POST", upload),
    "/cgi-bin/media/get": ("GET", download),
    "/cgi-bin/ticket/getticket": ("GET", ticket),
    "/cgi-bin/user/info": ("GET", user_info),
}
