"""What pages inside WeChat need: the JS-SDK signature and the address that asks who is there.

Ours close themselves by the bridge that every page has there, which asks for no signature; and they leave
WeChat's menu alone, because in it older people make the letters larger.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import quote

from wechatpy.utils import WeChatSigner


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What `wx.config` takes besides the list of functions."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


def sign_page(app_id: str, ticket: str, url: str, timestamp: int, nonce: str = "") -> PageSignature:
    """Sign the address of a page as the browser shows it; what follows # does not count.

    WeChat's rule: SHA-1 over the four sorted `name=value` pairs; wechatpy's signer does exactly that.
    """
    nonce = nonce or secrets.token_urlsafe(12)
    signer = WeChatSigner(delimiter=b"&")
    page = url.partition("#")[0]
    signer.add_data(f"jsapi_ticket={ticket}", f"noncestr={nonce}", f"timestamp={timestamp}", f"url={page}")
    return PageSignature(app_id, timestamp, nonce, str(signer.signature))


def authorise_url(app_id: str, redirect: str, state: str, base: str = "https://open.weixin.qq.com") -> str:
    """Where to send a citizen so that WeChat sends them back to `redirect` with a code and `state`.

    snsapi_base: silent, tells the openid and nothing else. WeChat wants the parameters in this order
    and the fragment at the end. `state`: up to 128 letters and digits.
    """
    return (
        f"{base.rstrip('/')}/connect/oauth2/authorize?appid={quote(app_id, safe='')}"
        f"&redirect_uri={quote(redirect, safe='')}&response_type=code&scope=snsapi_base"
        f"&state={quote(state, safe='')}#wechat_redirect"
    )
