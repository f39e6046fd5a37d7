"""The webhook alone, with a conversation that says one sentence: what HTTP and the envelope cost.

Usage: PORT=… python -m bench.door
"""

import os

from aiohttp import web

from bench.pushes import Account
from bot.channels.wechat_door import WeChatDoor
from handlers.messages import Heard, Option, Text
from handlers.reception import Reply

ANSWER = Text(
    "打开支付宝，在首页顶部搜索“登记注册身份验证”，点进小程序就可以了。" * 4,
    tuple(Option(f"topic:{number}", "怎么进入小程序？") for number in range(4)),
)


async def hear(_heard: Heard) -> Reply:
    """Always the same answer, as long as a real one."""
    return Reply(ANSWER, lambda: None)


async def ready(_request: web.Request) -> web.Response:
    """It is, as soon as it answers."""
    return web.Response(text="ready")


def main() -> None:
    """Serve until told to stop."""
    account = Account()
    door = WeChatDoor(
        app_id=account.app_id,
        token=account.token,
        encoding_aes_keys=[account.aes_key],
        mode="safe",
        hear=hear,
    )
    application = web.Application()
    application.add_routes([web.post("/wechat", door.post), web.get("/readyz", ready)])
    web.run_app(application, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
