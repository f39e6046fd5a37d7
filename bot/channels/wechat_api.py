"""Our client of WeChat's server API, one method per thing that the house wants of WeChat.

Not wechatpy's client: that one blocks the loop, asks for tokens without end while WeChat keeps saying
40001, and lets every caller fetch a token of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import aiohttp

from bot.channels.wechat_outcomes import (
    ApiRefused,
    ApiUnknown,
    ApiUnreached,
    MediaRefused,
    Outcome,
    Sent,
    SnapshotVisitor,
)
from bot.channels.wechat_token import Lease, Leased
from bot.channels.wechat_wire import PATIENCE, Answer, Media, WeChatWire, lease, text_in

OFFICIAL = "https://api.weixin.qq.com"
MEDIA_CAP_BYTES = 10 * 1024 * 1024
_NO_MENU = 46003


@dataclass(frozen=True, slots=True)
class SceneCode:
    """A parametric QR code: `url` can be drawn as a code of our own; `lasts` is None for ever."""

    ticket: str
    url: str
    lasts: timedelta | None


class WeChatApi:
    """One per process: it holds the access token and the page ticket.

    `session` is the caller's and stays open. Every call raises the family in wechat_outcomes, except
    `send`, which returns how it ended.
    """

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        session: aiohttp.ClientSession,
        base_url: str = OFFICIAL,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: timedelta = PATIENCE,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._wire = WeChatWire(
            app_id=app_id,
            app_secret=app_secret,
            session=session,
            base_url=base_url,
            clock=clock,
            patience=patience,
        )
        self._ticket = Leased(self._fetch_ticket, clock)

    # ---- messages ----

    async def send(self, message: Mapping[str, Any]) -> Outcome:
        """One customer-service message, as wechat_words.pushed writes it."""
        try:
            await self._wire.post("/cgi-bin/message/custom/send", message)
        except (ApiRefused, ApiUnreached, ApiUnknown) as ended:
            return ended
        return Sent()

    # ---- menu, codes ----

    async def menu(self) -> Answer | None:
        """The menu as it is now, or None."""
        try:
            return await self._wire.get("/cgi-bin/menu/get")
        except ApiRefused as refusal:
            if refusal.errcode == _NO_MENU:
                return None
            raise

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the menu. Phones show it within five minutes of entering the chat."""
        await self._wire.post("/cgi-bin/menu/create", menu)

    async def create_code(self, scene: str, lasts: timedelta | None = None) -> SceneCode:
        """A code that comes back as Scanned or Followed with this scene: 1 to 64 characters.

        With `lasts` (at most 30 days) it is temporary; without, one of the account's 100,000 permanent ones.
        """
        asked: Answer = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        if lasts is not None:
            asked |= {"action_name": "QR_STR_SCENE", "expire_seconds": int(lasts.total_seconds())}
        made = await self._wire.post("/cgi-bin/qrcode/create", asked)
        return SceneCode(text_in(made, "ticket"), text_in(made, "url"), lasts)

    # ---- files ----

    async def upload(
        self, kind: Literal["image", "voice", "video", "thumb"], data: bytes, name: str, content_type: str
    ) -> str:
        """Upload a temporary file (three days); its media id.

        Raises:
            MediaRefused: more than 10 MB, WeChat's own limit.
        """
        if len(data) > MEDIA_CAP_BYTES:
            raise MediaRefused("larger than 10 MB")

        def form() -> aiohttp.FormData:
            fields = aiohttp.FormData()
            fields.add_field("media", data, filename=name, content_type=content_type)
            return fields

        made = await self._wire.post_form("/cgi-bin/media/upload", {"type": kind}, form)
        return text_in(made, "media_id")

    async def download(self, media_id: str, cap_bytes: int = MEDIA_CAP_BYTES) -> Media:
        """What a citizen sent, within three days; read no further than `cap_bytes`.

        Raises:
            MediaRefused: larger than the cap, or not a picture, a sound or a film.
        """
        return await self._wire.download("/cgi-bin/media/get", {"media_id": media_id}, cap_bytes)

    # ---- pages ----

    async def page_ticket(self) -> str:
        """The jsapi ticket for wechat_page.sign_page, fetched once for all pages."""
        return await self._ticket.value()

    async def openid_of(self, code: str) -> str:
        """Who opened the page: the openid for a code of snsapi_base. A code works once, for five minutes.

        Raises:
            SnapshotVisitor: the page is a snapshot and the openid belongs to nobody.
        """
        asked = {
            "appid": self._app_id,
            "secret": self._app_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        told = await self._wire.exchange("GET", "/sns/oauth2/access_token", asked)
        if told.get("is_snapshotuser") in (1, "1", True):
            raise SnapshotVisitor
        return text_in(told, "openid")

    # ---- WeChat's own agent system ----

    async def agents_online(self) -> list[Answer]:
        """Agents who are there now; a session with an absent one is seen by nobody."""
        told = await self._wire.get("/cgi-bin/customservice/getonlinekflist")
        online = told.get("kf_online_list")
        return online if isinstance(online, list) else []

    async def open_session(self, openid: str, account: str) -> None:
        """Put a citizen through to an agent; their messages no longer reach us until it is closed."""
        await self._wire.post("/customservice/kfsession/create", {"openid": openid, "kf_account": account})

    # ---- looking after the account ----

    async def check_callback(self) -> Answer:
        """WeChat's own test of whether it can reach our address (DNS and ping)."""
        return await self._wire.post(
            "/cgi-bin/callback/check", {"action": "all", "check_operator": "DEFAULT"}
        )

    async def _fetch_ticket(self, _force: bool) -> Lease:
        return lease(await self._wire.get("/cgi-bin/ticket/getticket", {"type": "jsapi"}), "ticket")
