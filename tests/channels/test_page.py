"""What our pages in WeChat are given."""

from urllib.parse import parse_qsl, urlsplit

from bot.channels.wechat_page import authorise_url, sign_page


class TestTheSignatureOfAPage:
    def test_does_not_cover_what_follows_the_hash(self):
        one = sign_page("wx0", "ticket", "https://h/v?a=1", 1, "n")
        assert sign_page("wx0", "ticket", "https://h/v?a=1#step", 1, "n") == one
        assert sign_page("wx0", "ticket", "https://h/v?a=2", 1, "n").signature != one.signature

    def test_has_a_nonce_of_its_own(self):
        assert sign_page("wx0", "t", "https://h/", 1).nonce != sign_page("wx0", "t", "https://h/", 1).nonce


class TestTheAddressThatAsksWhoIsThere:
    def test_asks_silently_in_wechats_order(self):
        address = urlsplit(authorise_url("wx0", "https://h/v?x=1&y=二", "s1"))
        assert address.fragment == "wechat_redirect"
        assert parse_qsl(address.query) == [
            ("appid", "wx0"),
            ("redirect_uri", "https://h/v?x=1&y=二"),
            ("response_type", "code"),
            ("scope", "snsapi_base"),
            ("state", "s1"),
        ]

    def test_can_point_at_a_stand_in(self):
        assert authorise_url("wx0", "https://h/", "s", "http://127.0.0.1:1/").startswith(
            "http://127.0.0.1:1/connect/oauth2/authorize?appid=wx0&"
        )
