"""Pictures in the thread: a citizen's, fetched from WeChat for whoever may see it; and an agent's own.

WeChat is the stand-in, behind our own client: it counts, and it refuses.
"""

import base64
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.audit import entries
from bot.channels.wechat_api import WeChatApi
from bot.rights import Role
from bot.simulator.app import create
from bot.simulator.settings import SimulatorSettings
from faq.editor import pictures as content_pictures
from faq.editor.drafts import Author
from faq.redrawing import LONG_SIDE, redrawn
from handlers import originals, wire
from handlers.messages import Illustration
from handlers.records import insert_said
from tests.conftest import free_port
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.stage import Agent, Builds, Citizen, Clock, Stage

OPENID = "oCitizen0001"


def drawn(size: tuple[int, int] = (60, 40), kind: str = "PNG", **saved: Any) -> bytes:
    """A picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, (20, 120, 60)).save(made, kind, **saved)
    return made.getvalue()


@dataclass
class WeChat:
    """The stand-in, asked over its own controls."""

    server: TestServer
    http: ClientSession

    async def asks(self, path: str, **sent: object) -> dict[str, Any]:
        url = self.server.make_url(f"/simulator/control/{path}")
        async with self.http.post(url, json=sent) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def got(self) -> list[dict[str, Any]]:
        """What stands in the citizen's chat from the account."""
        url = self.server.make_url("/simulator/control/chat").with_query(openid=OPENID)
        async with self.http.get(url) as answer:
            return [one for one in (await answer.json())["bubbles"] if one["who"] == "account"]

    async def left(self) -> int:
        url = self.server.make_url("/simulator/control/quota").with_query(openid=OPENID)
        async with self.http.get(url) as answer:
            return int((await answer.json())["left"])

    async def takes(self, picture: bytes) -> str:
        """The citizen's phone uploads a picture; its media id."""
        url = self.server.make_url("/simulator/control/media").with_query(kind="image")
        async with self.http.post(url, data=picture) as answer:
            return str((await answer.json())["media_id"])


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_MORNING)


@pytest.fixture
async def wechat(clock: Clock) -> AsyncIterator[WeChat]:
    port = free_port()
    settings = SimulatorSettings(
        webhook_url=f"http://127.0.0.1:{port}/nobody", app_id="wx5a3c9e1f7b2d4860", app_secret="stage-secret",
        token="stagetoken", encoding_aes_key="q1Os1ZMe0nG28KUEx9lg3HjK7V5QyXvi212fzsgDqgz",
        public_url=f"http://127.0.0.1:{port}", mode="plain",
    )  # fmt: skip
    app = web.Application()

    async def nobody(_request: web.Request) -> web.Response:
        return web.Response(text="success")

    app.add_routes([web.post("/nobody", nobody)])
    app.add_subapp("/simulator", create(settings, clock))
    server = TestServer(app, port=port)
    await server.start_server()
    async with ClientSession() as http:
        yield WeChat(server, http)
    await server.close()


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str, wechat: WeChat, clock: Clock) -> AsyncIterator[Stage]:
    async with ClientSession() as http:
        base = str(wechat.server.make_url("/simulator/api"))
        api = WeChatApi(
            app_id="wx5a3c9e1f7b2d4860", app_secret="stage-secret", session=http, base_url=base, clock=clock
        )
        yield await opened(sqlite_url, clock, api=api)


async def a_citizen_at_the_desk(
    stage: Stage, wechat: WeChat, role: Role = Role.AGENT, name: str = "小李"
) -> tuple[Agent, Citizen]:
    """Somebody holds the citizen, whose window at WeChat is open with five messages."""
    await wechat.asks("citizens", openid=OPENID, following=True)
    await wechat.asks("act", openid=OPENID, do="text", text="转人工")
    holder, citizen = await stage.agent(name, role), stage.citizen(OPENID)
    await citizen.calls_for_a_human()
    await holder.claims(citizen)
    await stage.delivers()
    return holder, citizen


def opened_in(text: str) -> Image.Image:
    """The picture on a page."""
    found = re.search(r'src="data:image/jpeg;base64,([^"]+)"', text)
    assert found, text[:300]
    return Image.open(io.BytesIO(base64.b64decode(found[1])))


async def message_of(stage: Stage, table: str = "heard") -> str:
    """The newest picture, as the thread names it."""
    if table == "heard":
        return next(f"h{row['key']}" for row in await stage.rows("heard") if row["kind"] == "Picture")
    return next(f"s{row['id']}" for row in await stage.rows("said") if "Image" in str(row["body"]))


class TestAPictureFromTheDesk:
    async def test_reaches_the_citizen_and_costs_one_message(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        before, here = await wechat.left(), len(await wechat.got())
        assert (await agent.uploads(citizen, drawn())).status == 200, agent.text
        stage.clock.passes(seconds=11)
        await stage.delivers()
        *_, newest = await wechat.got()
        assert (newest["kind"], newest["via"]) == ("image", "push")
        assert len(await wechat.got()) == here + 1
        assert await wechat.left() == before - 1
        (said,) = [row for row in await stage.rows("said") if "Image" in str(row["body"])]
        assert said["state"] == "sent"
        (person,) = await stage.rows("citizen")
        assert 5 - int(str(person["window_used"])) == await wechat.left()

    async def test_is_drawn_anew_before_wechat_gets_it(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        exif = Image.Exif()
        exif[0x010E] = "三里屯 SECRET-PLACE"
        await agent.uploads(citizen, drawn((3000, 2000), "JPEG", exif=exif))
        stage.clock.passes(seconds=11)
        await stage.delivers()
        path = (await wechat.got())[-1]["body"]["path"]
        async with wechat.http.get(wechat.server.make_url(f"/simulator{path}")) as answer:
            data = await answer.read()
        assert b"SECRET-PLACE" not in data
        picture = Image.open(io.BytesIO(data))
        assert (picture.format, max(picture.size)) == ("JPEG", LONG_SIDE)
        assert not picture.getexif()

    async def test_of_an_answer_is_seen_by_the_agent_as_the_citizen_saw_it(
        self, stage: Stage, wechat: WeChat
    ) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        case, at = await citizen.case(), stage.clock()
        said = {"openid": OPENID, "author": "bot", "state": "sent", "at": at, "not_before": at}
        body = wire.pack(Illustration("首页"))
        await stage.store.write(lambda tx: insert_said(tx, **said, body=body) and None)
        await agent.opens(f"/desk/case/{case.id}/thread")
        assert "［图片］ 首页" in agent.text
        message = next(f"s{row['id']}" for row in await stage.rows("said") if "首页" in str(row["body"]))
        assert (await agent.does("picture", case, message=message)).status == 410
        by = Author(1, "小王")
        await stage.store.write(
            lambda tx: content_pictures.add(tx, "首页", content_pictures.drawn_anew(drawn()), by=by, at=at)
        )
        assert (await agent.does("picture", case, message=message)).status == 200
        assert opened_in(agent.text).size == (60, 40)

    async def test_can_be_taken_back_and_leaves_the_draft_alone(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        case, here = await citizen.case(), len(await wechat.got())
        await agent.does("draft", case, words="图上红圈")
        await agent.uploads(citizen, drawn())
        number = re.search(r'"message": (\d+)', agent.text)
        assert number
        assert (await agent.does("undo", case, message=number[1])).status == 200
        assert json.loads(agent.text) == {"words": ""}
        await agent.opens(f"/desk/case/{case.id}/thread")
        assert "图上红圈</textarea>" in agent.text
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert len(await wechat.got()) == here

    async def test_is_refused_before_it_is_uploaded_when_nothing_is_left(
        self, stage: Stage, wechat: WeChat
    ) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        stage.clock.passes(hours=49)
        await agent.signs_in()
        await agent.opens("/desk")
        answer = await agent.uploads(citizen, drawn())
        assert answer.status == 409
        assert "48 小时" in agent.text
        assert await self._uploads(wechat) == 0
        await citizen.says("还在吗")
        await wechat.asks("act", openid=OPENID, do="text", text="还在吗")
        assert (await agent.uploads(citizen, drawn())).status == 200

    async def test_is_refused_when_the_citizen_wrote_meanwhile(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        seen = (await citizen.case()).heard_seq
        await citizen.says("等等")
        assert (await agent.uploads(citizen, drawn(), seen=seen)).status == 409
        assert await self._uploads(wechat) == 0
        assert (await agent.uploads(citizen, drawn())).status == 200

    @pytest.mark.parametrize(
        "data", [b"", b"not a picture", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"<svg xmlns='x'/>"]
    )
    async def test_that_is_none_is_refused(self, stage: Stage, wechat: WeChat, data: bytes) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        assert (await agent.uploads(citizen, data)).status == 422
        assert await self._uploads(wechat) == 0
        assert (await agent.uploads(citizen, drawn())).status == 200

    async def test_that_wechat_does_not_take_is_not_promised(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        await wechat.asks("fail", api="/cgi-bin/media/upload", what=45009)
        assert (await agent.uploads(citizen, drawn())).status == 409
        assert "没有收下" in agent.text
        assert [row for row in await stage.rows("said") if "Image" in str(row["body"])] == []
        assert (await agent.uploads(citizen, drawn())).status == 200

    async def test_is_sent_by_the_holder_alone(self, stage: Stage, wechat: WeChat) -> None:
        _, citizen = await a_citizen_at_the_desk(stage, wechat)
        other = await stage.agent("小王")
        assert (await other.uploads(citizen, drawn())).status == 403
        assert await self._uploads(wechat) == 0

    async def test_that_wechat_forgot_before_it_left_is_said_to_be_refused(
        self, stage: Stage, wechat: WeChat
    ) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        await wechat.asks("act", openid=OPENID, do="text", text="在")
        await agent.uploads(citizen, drawn())
        stage.clock.passes(seconds=11)
        await wechat.asks("fail", api="/cgi-bin/message/custom/send", what=40007)
        await stage.delivers()
        (said,) = [row for row in await stage.rows("said") if "Image" in str(row["body"])]
        assert (said["state"], said["fault"]) == ("refused", "40007")

    async def test_can_be_looked_at_in_the_thread(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        await agent.uploads(citizen, drawn())
        case, message = await citizen.case(), await message_of(stage, "said")
        await agent.opens(f"/desk/case/{case.id}/log")
        assert f'data-look="{message}"' in agent.text
        assert (await agent.does("picture", case, message=message)).status == 200
        assert opened_in(agent.text).size == (60, 40)

    async def _uploads(self, wechat: WeChat) -> int:
        async with wechat.http.get(wechat.server.make_url("/simulator/control/calls")) as answer:
            text = await answer.text()
        return text.count("/cgi-bin/media/upload")


class TestACitizensPicture:
    async def test_that_is_a_page_without_numbers_opens_for_the_holder(
        self, stage: Stage, wechat: WeChat
    ) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        await citizen.sends_picture(await wechat.takes(drawn((80, 50))))
        case, message = await citizen.case(), await message_of(stage)
        await stage.store.write(lambda tx: originals.mark_clear(tx, message.removeprefix("h")))
        await agent.opens(f"/desk/case/{case.id}/log")
        assert f'data-look="{message}"' in agent.text
        assert (await agent.does("picture", case, message=message)).status == 200
        assert opened_in(agent.text).size == (80, 50)
        (entry,) = await stage.store.read(lambda tx: entries(tx, about="picture.open"))
        assert entry.actor == "小李"

    async def test_that_may_show_a_person_is_not_opened_by_an_agent(
        self, stage: Stage, wechat: WeChat
    ) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        await citizen.sends_picture(await wechat.takes(drawn()))
        case, message = await citizen.case(), await message_of(stage)
        await agent.opens(f"/desk/case/{case.id}/log")
        assert "要由能查看的同事打开" in agent.text
        assert (await agent.does("picture", case, message=message)).status == 403
        assert (await agent.does("reveal", case, message=message, reason="核对")).status == 403
        assert "base64" not in agent.text

    async def test_is_revealed_with_a_reason_under_a_watermark(self, stage: Stage, wechat: WeChat) -> None:
        senior, citizen = await a_citizen_at_the_desk(stage, wechat, Role.SENIOR, "陈姐")
        await citizen.sends_picture(await wechat.takes(drawn((80, 50))))
        case, message = await citizen.case(), await message_of(stage)
        assert (await senior.does("reveal", case, message=message, reason="")).status == 422
        assert (await senior.does("reveal", case, message=message, reason="看报错")).status == 200
        assert opened_in(senior.text).size == (80, 50)
        assert senior.text.count("陈姐 11-23 10:00:00") >= 20
        (entry,) = await stage.store.read(lambda tx: entries(tx, about="person.reveal"))
        assert '"what":"picture"' in entry.detail

    async def test_is_opened_by_nobody_who_does_not_hold(self, stage: Stage, wechat: WeChat) -> None:
        _, citizen = await a_citizen_at_the_desk(stage, wechat)
        await citizen.sends_picture(await wechat.takes(drawn()))
        case, message = await citizen.case(), await message_of(stage)
        await stage.store.write(lambda tx: originals.mark_clear(tx, message.removeprefix("h")))
        other = await stage.agent("小王")
        assert (await other.does("picture", case, message=message)).status == 403
        chief = await stage.agent("王主管", Role.SUPERVISOR)
        assert (await chief.does("picture", case, message=message)).status == 200

    async def test_is_said_to_be_gone_after_three_days(self, stage: Stage, wechat: WeChat) -> None:
        senior, citizen = await a_citizen_at_the_desk(stage, wechat, Role.SENIOR, "陈姐")
        await citizen.sends_picture(await wechat.takes(drawn()))
        case, message = await citizen.case(), await message_of(stage)
        stage.clock.passes(days=3, minutes=1)
        await senior.signs_in()
        await senior.opens("/desk")
        assert (await senior.does("reveal", case, message=message, reason="看报错")).status == 410
        assert "三天" in senior.text
        late, week = stage.clock(), timedelta(days=7)
        await stage.store.write(lambda tx: originals.forget(tx, late, week))
        await senior.opens(f"/desk/case/{case.id}/log")
        assert "没有留存" in senior.text

    async def test_is_asked_for_again_when_wechat_does_not_answer(self, stage: Stage, wechat: WeChat) -> None:
        senior, citizen = await a_citizen_at_the_desk(stage, wechat, Role.SENIOR, "陈姐")
        await citizen.sends_picture(await wechat.takes(drawn()))
        case, message = await citizen.case(), await message_of(stage)
        await wechat.asks("fail", api="/cgi-bin/media/get", what="http_500")
        assert (await senior.does("reveal", case, message=message, reason="看报错")).status == 410
        assert "连不上微信" in senior.text
        assert (await senior.does("reveal", case, message=message, reason="看报错")).status == 200


class TestACannedReplyWithAPicture:
    REPLY = {"title": "红圈", "words": "请点图上红圈", "folder": ""}  # noqa: RUF012 - never changed

    async def test_keeps_its_picture_until_another_is_chosen(self, stage: Stage, wechat: WeChat) -> None:
        agent, _ = await a_citizen_at_the_desk(stage, wechat)
        await agent.sends_file("canned", drawn((90, 60)), **self.REPLY)
        (reply,), (first,) = await stage.rows("canned"), await stage.rows("canned_picture")
        await agent.does("canned", **self.REPLY | {"words": "请点红圈里的字"}, id=reply["id"])
        assert await stage.rows("canned_picture") == [first]
        assert (await agent.sends_file("canned", drawn((60, 90)), **self.REPLY, id=reply["id"])).status == 200
        (second,) = await stage.rows("canned_picture")
        assert (second["id"], second["jpeg"] == first["jpeg"]) == (reply["id"], False)

    async def test_is_found_shown_and_sent_as_a_message_of_its_own(
        self, stage: Stage, wechat: WeChat
    ) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        assert (await agent.sends_file("canned", drawn((90, 60)), **self.REPLY)).status == 200
        (reply,) = await stage.rows("canned")
        await agent.opens("/desk/answers?q=红圈")
        assert f'data-picture="{reply["id"]}"' in agent.text
        await agent.opens("/desk/replies")
        assert f"/desk/canned/{reply['id']}/picture" in agent.text
        url = stage.server.make_url(f"/desk/canned/{reply['id']}/picture")
        async with agent.session.get(url) as answer:
            assert Image.open(io.BytesIO(await answer.read())).size == (90, 60)
        case, before = await citizen.case(), await wechat.left()
        sent = await agent.does("send-picture", case, canned=reply["id"], seen=case.heard_seq)
        assert sent.status == 200, agent.text
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert (await wechat.got())[-1]["kind"] == "image"
        assert await wechat.left() == before - 1

    async def test_of_a_colleagues_own_is_neither_seen_nor_sent(self, stage: Stage, wechat: WeChat) -> None:
        agent, citizen = await a_citizen_at_the_desk(stage, wechat)
        other = await stage.agent("小王")
        await other.sends_file("canned", drawn(), **self.REPLY)
        (reply,) = await stage.rows("canned")
        assert (await agent.opens(f"/desk/canned/{reply['id']}/picture")).status == 404
        case = await citizen.case()
        refused = await agent.does("send-picture", case, canned=reply["id"], seen=case.heard_seq)
        assert refused.status == 422
        assert (await agent.uploads(citizen, drawn())).status == 200

    async def test_goes_with_its_picture_when_it_is_thrown_away(self, stage: Stage, wechat: WeChat) -> None:
        agent = await stage.agent("小李")
        await agent.sends_file("canned", drawn(), **self.REPLY)
        (reply,) = await stage.rows("canned")
        await agent.does("canned/remove", id=reply["id"])
        assert await stage.rows("canned") == await stage.rows("canned_picture") == []

    async def test_is_not_kept_with_a_file_that_is_no_picture(self, stage: Stage, wechat: WeChat) -> None:
        agent = await stage.agent("小李")
        assert (await agent.sends_file("canned", b"not a picture", **self.REPLY)).status == 422
        assert await stage.rows("canned") == []
        assert (await agent.does("canned", **self.REPLY)).status == 200
        await agent.opens("/desk/answers?q=红圈")
        assert "data-picture" not in agent.text


class TestAPictureDrawnAnew:
    async def test_stands_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        made = await redrawn(drawn((40, 20), "JPEG", exif=exif))
        assert made is not None
        assert Image.open(io.BytesIO(made)).size == (20, 40)

    async def test_is_white_where_it_was_transparent(self) -> None:
        made = io.BytesIO()
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(made, "PNG")
        flat = await redrawn(made.getvalue())
        assert flat is not None
        assert Image.open(io.BytesIO(flat)).getpixel((4, 4)) == (255, 255, 255)

    async def test_is_not_unfolded_when_it_is_a_bomb(self) -> None:
        assert await redrawn(drawn((20_000, 20_000))) is None

    async def test_of_more_than_ten_megabytes_is_refused(self) -> None:
        assert await redrawn(drawn() + b"\0" * (10 * 1024 * 1024)) is None

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
    async def test_may_come_in_four_kinds(self, kind: str) -> None:
        made = await redrawn(drawn(kind=kind))
        assert made is not None
        assert Image.open(io.BytesIO(made)).format == "JPEG"

    async def test_may_not_come_in_others(self) -> None:
        assert await redrawn(drawn(kind="TIFF")) is None
        assert await redrawn(drawn(kind="BMP")) is None
