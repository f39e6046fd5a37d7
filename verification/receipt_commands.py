"""The commands about receipts: whether one is genuine, and the key by which others can tell."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from verification import receipt_words, receipts
from verification.opening import Opened, out, run, stop

app = typer.Typer(help="回执。", no_args_is_help=True)


@app.command("check")
def check_receipt(
    receipt: Annotated[str, typer.Argument(help="回执文件（PDF）、回执编号，或者扫码得到的网址。")],
    public_key: Annotated[str, typer.Option(help="验证公钥；给了就不用连数据库。")] = "",
) -> None:
    """核对回执是否真实。"""
    token, code = _token_in(receipt), receipt.rstrip("/").rpartition("/")[2]
    try:
        if public_key:
            found = receipts.read(token or "", _public_key(public_key))
        else:
            found = run(lambda opened: _stored(opened, token, code))
    except receipts.NotGenuine:
        stop("不是真实的回执。")
    out.print("[green]回执真实[/]")
    for label, value in receipt_words.lines(found):
        out.print(f"{label}：{value}")


@app.command("key")
def receipt_key() -> None:
    """显示验证公钥。"""

    async def work(opened: Opened) -> str:
        return opened.signer.public_key

    out.print(run(work))


def _token_in(receipt: str) -> str | None:
    with suppress(OSError):  # a token is too long for the name of a file
        return receipts.token_in(Path(receipt).read_bytes())
    return receipts.token_in(receipt.encode())


def _public_key(typed: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(typed))
    except ValueError:
        stop("公钥不对：应当是 receipt key 显示的 64 位字符。")


async def _stored(opened: Opened, token: str | None, code: str) -> receipts.Receipt:
    if token is None:
        read = lambda tx: receipts.stored_token(tx, code, opened.house, who="operator")  # noqa: E731
        token = await opened.house.write(read)
    return opened.signer.read(token or "")
