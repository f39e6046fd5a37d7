"""Pictures at WeChat: fetched by media id, never from an address that a push names; and brought there."""

from typing import Literal

from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import ApiError, ApiRefused, MediaRefused
from handlers.messages import Image
from handlers.screenshots import Fetched

CAP_BYTES = 10 * 1024 * 1024
"""What WeChat lets anybody send as a picture."""


async def fetch(api: WeChatApi, media_id: str) -> Fetched:
    """The picture's bytes, or in one word why there are none: refused, gone (after three days), later."""
    try:
        media = await api.download(media_id, CAP_BYTES)
    except MediaRefused:
        return "refused"
    except ApiRefused as refusal:
        return "gone" if refusal.final else "later"
    except ApiError:
        return "later"
    return media.data if media.content_type.startswith("image/") else "refused"


async def upload(api: WeChatApi, picture: bytes) -> str | None:
    """Bring a JPEG to WeChat for three days: its media id; None when WeChat did not take it."""
    brought = await bring(api, picture)
    return brought.media_id if isinstance(brought, Image) else None


async def bring(api: WeChatApi, picture: bytes) -> Image | Literal["refused", "later"]:
    """The same, with the reason: WeChat will not have it, or did not answer."""
    try:
        return Image(await api.upload("image", picture, "picture.jpg", "image/jpeg"))
    except ApiRefused as refusal:
        return "refused" if refusal.final else "later"
    except MediaRefused:
        return "refused"
    except ApiError:
        return "later"
