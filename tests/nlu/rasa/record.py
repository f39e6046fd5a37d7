"""Records what a real Rasa server answers, for test_contract.py: `python -m tests.nlu.rasa.record`.

Needs var/rasa/venv. Run it again when Rasa's version changes, and read the difference.
"""

import json
import tempfile
from pathlib import Path

import aiohttp

from nlu.export import training_yaml
from nlu.rasa.local import LocalServer
from tests.nlu.rasa.lessons import CONFIG, some_content

RECORDED = Path(__file__).parent / "recorded.json"
TEXTS = ["为什么要绑银行卡", "今天股票涨了吗", "？？", "#"]


async def record() -> None:
    """Start a server, ask it all that the engine asks, and write the pairs down."""
    folder = Path(tempfile.mkdtemp(prefix="rasa"))
    server = LocalServer(folder)
    model = server.train(some_content(), CONFIG).model
    server.start(model)
    broken = training_yaml(some_content(), CONFIG).replace("Characters", "Unknown")
    right = {"token": server.token}
    try:
        async with aiohttp.ClientSession(server.url) as session:
            pairs = [
                await _pair(session, "POST", "/model/parse", right, json={"text": text}) for text in TEXTS
            ]
            pairs += [
                await _pair(session, "POST", "/model/parse", right, json={"text": ""}),
                await _pair(session, "POST", "/model/parse", {"token": "wrong"}, json={"text": "你好"}),
                await _pair(session, "GET", "/status", right),
                await _pair(session, "POST", "/model/train", right, data=broken.encode()),
                await _pair(session, "PUT", "/model", right, json={"model_file": str(model)}),
                await _pair(session, "PUT", "/model", right, json={"model_file": "/nowhere/no.tar.gz"}),
                await _pair(session, "DELETE", "/model", right),
                await _pair(session, "GET", "/status", right),
                await _pair(session, "POST", "/model/parse", right, json={"text": "你好"}),
            ]
    finally:
        server.kill()
    text = json.dumps(pairs, ensure_ascii=False, indent=1).replace(str(folder), "/app")
    RECORDED.write_text(text + "\n", encoding="utf-8")


async def _pair(
    session: aiohttp.ClientSession, method: str, path: str, params: dict[str, str], **more: object
) -> dict[str, object]:
    headers = {"Content-Type": "application/yaml"} if "data" in more else None
    async with session.request(method, path, params=params, headers=headers, **more) as answer:  # type: ignore[arg-type]
        body = await answer.text()
    asked = {
        "method": method,
        "path": path,
        "authorised": params["token"] != "wrong",
        "json": more.get("json"),
    }
    return {"asked": asked, "status": answer.status, "body": body[:20_000]}


if __name__ == "__main__":
    import asyncio

    asyncio.run(record())
