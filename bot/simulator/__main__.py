"""`python -m bot.simulator --webhook http://127.0.0.1:8080/wechat`: the stand-in alone, for any bot."""

import argparse
import os
from datetime import UTC, datetime

from aiohttp import web

from bot.simulator.app import create
from bot.simulator.settings import SimulatorSettings

# Of no account anywhere; a webhook that runs with other values gets them through the environment.
DEMO_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def main() -> None:
    """Serve the stand-in on the loopback interface."""
    parser = argparse.ArgumentParser(prog="python -m bot.simulator", description=__doc__)
    parser.add_argument("--webhook", default="http://127.0.0.1:8080/wechat", help="where pushes go")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--mode", choices=("plain", "compatible", "safe"), default="safe")
    parser.add_argument("--format", choices=("xml", "json"), default="xml", dest="push_format")
    chosen = parser.parse_args()
    here = f"http://127.0.0.1:{chosen.port}"
    settings = SimulatorSettings(
        webhook_url=chosen.webhook,
        app_id=os.environ.get("WECHAT_APP_ID", "wx0000000000000000"),
        app_secret=os.environ.get("WECHAT_APP_SECRET", "demo"),
        token=os.environ.get("WECHAT_TOKEN", "demo"),
        encoding_aes_key=os.environ.get("WECHAT_ENCODING_AES_KEY", DEMO_KEY),
        public_url=os.environ.get("PUBLIC_URL", here),
        mode=chosen.mode,
        push_format=chosen.push_format,
    )
    root = web.Application()
    root.add_subapp(settings.mounted_at, create(settings, lambda: datetime.now(UTC)))
    print(f"{here}{settings.mounted_at}/  ->  {settings.webhook_url}")
    web.run_app(root, host="127.0.0.1", port=chosen.port, print=None)


if __name__ == "__main__":
    main()
