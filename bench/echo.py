"""What aiohttp and wechatpy can do: open the envelope, parse, echo, render, seal. Nothing is kept.

Usage: PORT=… python -m bench.echo
"""

import os

from aiohttp import web
from wechatpy import create_reply, parse_message

from bench.pushes import Account

CRYPTO = Account().crypto


async def echo(request: web.Request) -> web.Response:
    """The webhook of wechatpy's own example, in safe mode."""
    query = request.query
    body = await request.text()
    xml = CRYPTO.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(xml)
    reply = create_reply(message.content, message).render()
    sealed = CRYPTO.encrypt_message(reply, query["nonce"], query["timestamp"])
    return web.Response(text=sealed, content_type="application/xml")


async def ready(_request: web.Request) -> web.Response:
    """It is, as soon as it answers."""
    return web.Response(text="ready")


def main() -> None:
    """Serve until told to stop."""
    application = web.Application()
    application.add_routes([web.post("/wechat", echo), web.get("/readyz", ready)])
    web.run_app(application, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
