"""A picture from WeChat as a page may show it: drawn anew, and held whole in its address."""

import base64
from collections.abc import Awaitable, Callable

from faq.redrawing import redrawn
from handlers.desk.refusals import NotKept
from handlers.screenshots import Fetched


async def shown(fetch: Callable[[str], Awaitable[Fetched]], media_id: str) -> str:
    """A picture from WeChat, drawn anew, as an address that holds it whole.

    Raises:
        NotKept: it is no longer there, is no picture, or WeChat does not answer.
    """
    fetched = await fetch(media_id)
    if not isinstance(fetched, bytes):
        raise NotKept(f"picture_{fetched}")
    picture = await redrawn(fetched)
    if picture is None:
        raise NotKept("picture_refused")
    return as_address(picture)


def as_address(jpeg: bytes) -> str:
    """A JPEG as an address that holds it whole."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
