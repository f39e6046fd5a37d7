"""What the conversation hears of a push."""

from dataclasses import astuple
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat_crypto import Malformed
from bot.channels.wechat_push import heard
from handlers.messages import (
    Followed,
    Heard,
    Left,
    MenuTapped,
    Notice,
    Picture,
    Place,
    Recording,
    Scanned,
    SharedLink,
    Words,
)
from tests.channels.conftest import NOON, push_fields


def act(**fields):
    return heard(push_fields(**fields), NOON).act


def event(name, **fields):
    pushed = push_fields(MsgType="event", Event=name, **fields)
    del pushed["MsgId"]
    return heard(pushed, NOON)


class TestAMessage:
    def test_keeps_the_words_exactly(self):
        assert act(content=" 刷脸\n不过 ") == Words(" 刷脸\n不过 ")

    def test_that_was_tapped_names_the_option(self):
        assert act(content="下一步", bizmsgmenuid="next") == Words("下一步", via="tapped", option="next")

    def test_that_was_spoken_is_heard_as_words_if_wechat_understood(self):
        assert act(MsgType="voice", MediaId="m", Recognition="怎么认证。") == Words("怎么认证。", via="voice")

    @pytest.mark.parametrize("recognised", [{}, {"Recognition": ""}, {"Recognition": " "}])
    def test_that_was_spoken_is_a_recording_if_not(self, recognised):
        assert act(MsgType="voice", MediaId="m", **recognised) == Recording("voice", "m")

    def test_may_be_a_picture_a_film_a_place_or_a_link(self):
        assert act(MsgType="image", MediaId="m", PicUrl="u") == Picture("m", "u")
        assert act(MsgType="video", MediaId="m") == Recording("video", "m")
        assert act(MsgType="shortvideo", MediaId="m") == Recording("shortvideo", "m")
        assert act(MsgType="link", Title="t", Url="u") == SharedLink("t", "u")
        place = act(MsgType="location", Location_X="30.19", Location_Y="109.3", Label="恩施")
        assert place == Place(30.19, 109.3, "恩施")

    @pytest.mark.parametrize("x", ["", "nan", "inf", "91", "north", None, "1" * 5000])
    def test_with_an_impossible_place_is_only_noted(self, x):
        assert act(MsgType="location", Location_X=x, Location_Y="1") == Notice("location")

    def test_of_an_unknown_kind_is_only_noted(self):
        assert act(MsgType="device_text") == Notice("device_text")

    def test_has_a_time_with_a_zone(self):
        assert heard(push_fields(CreateTime="1348831860"), NOON).at == datetime.fromtimestamp(1348831860, UTC)

    @pytest.mark.parametrize("created", ["", "soon", "9" * 30, "-1e9", None, [], 10**30])
    def test_with_an_impossible_time_happened_now(self, created):
        assert heard(push_fields(CreateTime=created), NOON).at == NOON


class TestAnEvent:
    def test_of_following_tells_the_scanned_scene_without_its_prefix(self):
        assert event("subscribe").act == Followed()
        assert event("subscribe", EventKey="qrscene_step-3").act == Followed("step-3")
        assert event("subscribe", EventKey="last_trade_no_4008").act == Followed()

    @pytest.mark.parametrize("name", ["SCAN", "scan", " SCAN "])
    def test_is_known_in_any_case(self, name):
        assert event(name, EventKey="step-3").act == Scanned("step-3")

    def test_of_the_menu_tells_the_button(self):
        assert event("CLICK", EventKey="HUMAN").act == MenuTapped("HUMAN")

    def test_of_leaving_is_heard(self):
        assert event("unsubscribe").act == Left()

    def test_of_scanning_within_the_chat_tells_what_was_scanned(self):
        scanned = event("scancode_waitmsg", EventKey="6", ScanCodeInfo={"ScanResult": "https://h/q/1"})
        assert scanned.act == Notice("scancode_waitmsg", "https://h/q/1")

    @pytest.mark.parametrize("info", ["text", [], None, {"ScanResult": {}}])
    def test_of_scanning_survives_a_strange_result(self, info):
        assert event("scancode_push", ScanCodeInfo=info).act == Notice("scancode_push")

    def test_does_not_tell_where_a_citizen_is(self):
        noticed = event("LOCATION", Latitude="23.137466", Longitude="113.352425")
        assert noticed.act == Notice("location")

    def test_about_somebodys_privacy_is_heard_from_that_citizen(self):
        revoked = event("user_authorization_revoke", OpenID="o-citizen", RevokeInfo="201")
        assert (revoked.openid, revoked.act) == ("o-citizen", Notice("user_authorization_revoke", "201"))

    def test_of_an_unknown_name_is_noted(self):
        assert event("something_new", EventKey="k").act == Notice("something_new", "k")


class TestTheKeyOfAPush:
    def test_is_the_message_id(self):
        told = heard(push_fields(), NOON)
        assert told.key.startswith("msg:6260957665266699303:")
        assert told.openid not in told.key
        assert heard(push_fields(MsgId=6260957665266699303), NOON).key == told.key

    def test_is_never_that_of_somebody_else(self):
        one, other = push_fields(FromUserName="o-one"), push_fields(FromUserName="o-other")
        assert one["MsgId"] == other["MsgId"]
        assert heard(one, NOON).key != heard(other, NOON).key

    def test_is_not_the_id_of_a_message_that_is_reported_on(self):
        report = event("TEMPLATESENDJOBFINISH", MsgID="200163836", Status="success")
        assert report.key.startswith("evt:")
        assert report.act == Notice("templatesendjobfinish", "success")

    def test_tells_two_buttons_of_one_second_apart(self):
        assert event("CLICK", EventKey="A").key != event("CLICK", EventKey="B").key

    def test_is_the_same_for_a_retry(self):
        assert event("CLICK", EventKey="A").key == event("CLICK", EventKey="A").key

    def test_stays_short_enough_for_a_column_and_still_tells_apart(self):
        long = "https://example.org/" + "a" * 5000
        one, other = event("VIEW", EventKey=long + "1").key, event("VIEW", EventKey=long + "2").key
        assert one != other
        assert len(one) <= 255


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KINDS = ["text", "image", "voice", "video", "location", "link", "event", "other"]
EVENTS = ["subscribe", "SCAN", "CLICK", "VIEW", "scancode_push", "LOCATION", "user_info_modified", "?"]
NAMES = """Content MediaId Recognition Location_X Location_Y Label Title EventKey ScanCodeInfo OpenID
    MsgId CreateTime bizmsgmenuid PicUrl Url Status"""


class TestAPushWithAnythingInItsFields:
    @given(
        st.sampled_from(KINDS),
        st.sampled_from(EVENTS),
        st.dictionaries(st.sampled_from(NAMES.split()), ANYTHING, max_size=8),
    )
    def test_is_heard_as_something_that_a_database_can_store(self, kind, name, fields):
        told = heard(push_fields(**{"MsgType": kind, "Event": name} | fields), NOON)
        assert isinstance(told, Heard)
        assert told.at.tzinfo is UTC
        texts = [value for value in (told.openid, *astuple(told.act)) if isinstance(value, str)]
        assert "\0" not in "".join(texts).encode("utf-8").decode()
        assert len(told.key) <= 255

    def test_loses_what_no_database_stores(self):
        assert act(content="刷\0脸\ud800") == Words("刷脸?")

    @pytest.mark.parametrize("sender", [None, "", "  ", {}, [], "o" * 65, True])
    def test_from_nobody_is_refused(self, sender):
        with pytest.raises(Malformed):
            heard(push_fields(FromUserName=sender), NOON)

    @pytest.mark.parametrize("kind", [None, "", " ", {}, []])
    def test_of_no_kind_is_refused(self, kind):
        with pytest.raises(Malformed):
            heard(push_fields(MsgType=kind), NOON)
