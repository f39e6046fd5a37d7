"""What aiohttp alone can do: read the body, answer `success`. Usage: PORT=… python -m bench.bare"""

import os

from aiohttp import web


async def success(request: web.Request) -> web.Response:
    """The least that any webhook has to do."""
    await request.read()
    return web.Response(text="success")


def main() -> None:
    """Serve until told to stop."""
    application = web.Application()
    application.add_routes([web.post("/wechat", success), web.get("/readyz", success)])
    web.run_app(application, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
