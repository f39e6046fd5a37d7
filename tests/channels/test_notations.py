"""XML and JSON as they come and go."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import wechat_xml
from bot.channels.wechat_crypto import Malformed


class TestReadingXml:
    def test_keeps_the_white_space_that_a_citizen_typed(self):
        assert wechat_xml.read("<xml><Content><![CDATA[ 一\n 二 ]]></Content></xml>".encode()) == {
            "Content": " 一\n 二 "
        }

    def test_makes_an_empty_text_of_an_empty_element(self):
        assert wechat_xml.read(b"<xml><A/><B></B><C><![CDATA[]]></C></xml>") == {"A": "", "B": "", "C": ""}

    def test_makes_a_list_of_a_tag_that_repeats(self):
        body = b"<xml><P>1</P><P>2</P><P>3</P></xml>"
        assert wechat_xml.read(body) == {"P": ["1", "2", "3"]}

    def test_ignores_text_between_the_elements(self):
        assert wechat_xml.read(b"\xef\xbb\xbf<xml> x <A>1</A> y <B><C>2</C> z </B></xml>") == {
            "A": "1",
            "B": {"C": "2"},
        }

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"success",
            b"<xml>",
            b"<xml></xml><xml></xml>",
            b"<html></html>",
            b"<xml><A>\x00</A></xml>",
            b"<xml><A>\xff\xfe</A></xml>",
            '<?xml version="1.0" encoding="gbk"?><xml><A>中</A></xml>'.encode("gbk"),
            b"<!DOCTYPE xml><xml><A>1</A></xml>",
            b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
            b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
            b"<xml><A>&a;</A></xml>",
            b"<xml>" + b"<a>" * 20 + b"</a>" * 20 + b"</xml>",
            b"<xml>" + b"<a/>" * 600 + b"</xml>",
        ],
    )
    def test_refuses_what_no_push_is(self, body):
        with pytest.raises(Malformed):
            wechat_xml.read(body)

    @given(st.binary(max_size=300))
    def test_of_any_bytes_gives_fields_or_is_refused(self, body):
        for start in (b"", b"<xml>", b"{", b"<xml><A>"):
            with contextlib.suppress(Malformed):
                assert isinstance(wechat_xml.read(start + body), dict)


class TestReadingJson:
    def test_gives_the_same_kind_of_fields(self):
        assert wechat_xml.read('{"MsgId": 1234567890123456, "Content": "你好"}'.encode()) == {
            "MsgId": 1234567890123456,
            "Content": "你好",
        }

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b'{"a":}',
            b'{"a":' * 30_000,
            b'{"a": ' + b"9" * 5000 + b"}",
            b'{"a": "\xff"}',
            b" {]",
            b'{"a":' * 20 + b"1" + b"}" * 20,
            b'{"a":' + b"[" * 20 + b"]" * 20 + b"}",
            b'{"a":[' + b"1," * 600 + b"1]}",
            ("{" + ",".join(f'"k{n}":1' for n in range(600)) + "}").encode(),
        ],
    )
    def test_refuses_what_no_push_is(self, body):
        with pytest.raises(Malformed):
            wechat_xml.read(body)


class TestWriting:
    @given(st.text())
    def test_stays_well_formed_whatever_the_text(self, text):
        read = wechat_xml.read(wechat_xml.write_xml({"Content": text, "After": "x"}).encode())
        assert read["After"] == "x"

    @pytest.mark.parametrize(
        "text", ["]]>", "a]]]]>>b", "<![CDATA[x]]>", "</Content>", "&lt;", "👨‍👩‍👧 ok", " \t\n"]
    )
    def test_loses_nothing_that_xml_can_carry(self, text):
        assert wechat_xml.read(wechat_xml.write_xml({"Content": text}).encode()) == {"Content": text}

    def test_leaves_out_what_xml_cannot_carry(self):
        written = wechat_xml.write_xml({"Content": "a\x00\x08\x1f\ufffe\ud800b"})
        assert wechat_xml.read(written.encode()) == {"Content": "ab"}

    def test_a_zero_is_a_zero(self):
        assert wechat_xml.write_xml({"N": 0}) == "<xml><N>0</N></xml>"

    def test_json_is_raw_utf_8(self):
        written = wechat_xml.write_json({"Content": "你好\ud800"})
        assert "你好" in written
        assert json.loads(written) == {"Content": "你好?"}
