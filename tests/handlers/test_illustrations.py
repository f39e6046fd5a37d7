"""The picture of an answer: the words ride home, the picture follows by a push. WeChat is the stand-in."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from PIL import Image as Drawing
from sqlalchemy import insert, update

from bot import migrations
from bot.channels import wechat_pictures
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_sender import WeChatSender
from bot.delivery import Delivery
from bot.simulator.app import create
from bot.simulator.settings import SimulatorSettings
from faq.content_models import Content
from faq.editor import pictures
from faq.editor.drafts import Author
from faq.library import Library
from handlers import records, wire
from handlers.illustrations import Illustrations, illustration
from handlers.messages import Illustration, Image
from handlers.reception import Live
from tests.conftest import free_port
from tests.handlers.conftest import House

OPENID = "oCitizen0001"
WORDS = "认证要钱吗"
EDITOR = Author(1, "小王")


def with_pictures(content: Content) -> Content:
    """The shipped content, with a picture in one answer and on one first step."""
    plain: dict[str, Any] = content.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    topics = [topic for category in plain["categories"] for topic in category["topics"]]
    next(topic for topic in topics if topic["id"] == "fee")["answers"][0]["picture"] = "收费说明"
    guide = next(guide for guide in plain["guides"] if guide["id"] == "enter")
    guide["steps"][0]["picture"] = "收费说明"
    return Content.model_validate_json(json.dumps(plain))


@pytest.fixture
def live(live: Live) -> Live:
    return Live(Library(with_pictures(live.library.content), 2), live.ear, live.hearing)


@dataclass
class Phone:
    """A house whose pushes go to the stand-in; `brought` counts the pictures that were carried there."""

    house: House
    url: str
    http: ClientSession
    brought: int = 0
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_go_on.set()
        self.api = WeChatApi(
            app_id="wx5a3c9e1f7b2d4860", app_secret="stage-secret", session=self.http,
            base_url=f"{self.url}/simulator/api", clock=self.house.clock,
        )  # fmt: skip
        self.illustrations = Illustrations(self.house.store, self._bring, self.house.clock, patience_s=2)
        self.delivery = Delivery(
            self.house.store,
            WeChatSender(self.api, self.illustrations).send,
            clock=self.house.clock,
            observe=lambda fate: None,
        )

    async def _bring(self, jpeg: bytes) -> Image | Literal["refused", "later"]:
        self.brought += 1
        await self.may_go_on.wait()
        return await wechat_pictures.bring(self.api, jpeg)

    async def asks(self, words: str = WORDS, openid: str = OPENID, option: str | None = None) -> str:
        """The citizen writes at WeChat and to us; what came home in the response."""
        await self._tells("citizens", openid=openid, following=True)
        await self._tells("act", openid=openid, do="text", text=words)
        home = await self.house.citizen(openid).says(words, option=option)
        await self.house.reception.close()  # the ride is written down as carried
        return home

    async def delivers(self) -> None:
        while await self.delivery.deliver_due():
            pass

    async def kinds(self, openid: str = OPENID) -> list[str]:
        """What came by push into the citizen's chat."""
        asked = f"{self.url}/simulator/control/chat"
        async with self.http.get(asked, params={"openid": openid}) as answer:
            return [one["kind"] for one in (await answer.json())["bubbles"] if one["who"] == "account"]

    async def _tells(self, path: str, **sent: object) -> None:
        async with self.http.post(f"{self.url}/simulator/control/{path}", json=sent) as answer:
            assert answer.status == 200, await answer.text()

    async def picture_row(self) -> dict[str, object]:
        (row,) = [row for row in await self.house.rows("said") if "Illustration" in str(row["body"])]
        return row


@pytest.fixture
async def phone(build_house: Callable[[str], House], sqlite_url: str) -> AsyncIterator[Phone]:
    port = free_port()
    house, url = build_house(sqlite_url), f"http://127.0.0.1:{port}"
    settings = SimulatorSettings(
        webhook_url=f"{url}/nobody", app_id="wx5a3c9e1f7b2d4860", app_secret="stage-secret",
        token="stagetoken", encoding_aes_key="q1Os1ZMe0nG28KUEx9lg3HjK7V5QyXvi212fzsgDqgz",
        public_url=url, mode="plain",
    )  # fmt: skip

    async def nobody(_request: web.Request) -> web.Response:
        return web.Response(text="success")

    app = web.Application()
    app.add_routes([web.post("/nobody", nobody)])
    app.add_subapp("/simulator", create(settings, house.clock))
    server = TestServer(app, port=port)
    await server.start_server()
    await migrations.upgrade(house.store)
    await house.store.write(lambda tx: keep(tx, house))
    async with ClientSession() as http:
        phone = Phone(house, url, http)
        yield phone
        phone.may_go_on.set()
        await phone.illustrations.close()
    await house.reception.close()
    await house.store.close()
    await server.close()


def keep(tx: Any, house: House) -> None:
    made = io.BytesIO()
    Drawing.new("RGB", (90, 60), "green").save(made, "PNG")
    pictures.add(tx, "收费说明", pictures.drawn_anew(made.getvalue()), by=EDITOR, at=house.clock())


class TestAnAnswerWithAPicture:
    async def test_sends_the_words_home_and_the_picture_after_them(self, phone: Phone) -> None:
        assert "操作指南没有写收费" in await phone.asks()
        await phone.delivers()
        assert (await phone.kinds())[-1] == "image"

    async def test_counts_in_the_quota_as_every_push(self, phone: Phone) -> None:
        await phone.asks()
        await phone.delivers()
        assert (await phone.house.row("citizen"))["window_used"] == 1

    async def test_is_sent_once_when_wechat_asks_again(self, phone: Phone) -> None:
        citizen = phone.house.citizen()
        await phone.asks()
        first = await citizen.says(WORDS, key="msg:again")
        assert await citizen.says(WORDS, key="msg:again") == first
        saved = [row for row in await phone.house.rows("said") if "Illustration" in str(row["body"])]
        assert len(saved) == 2  # one for each question, none for the retry

    async def test_shows_the_picture_on_a_step_of_a_guide(self, phone: Phone) -> None:
        await phone.asks("怎么进小程序", option="guide:enter")
        await phone.delivers()
        assert "image" in await phone.kinds()


class TestThePictureAtWeChat:
    async def test_is_brought_once_for_many_citizens(self, phone: Phone) -> None:
        await phone.asks()
        await phone.asks(openid="oCitizen0002")
        await phone.delivers()
        await phone.asks(openid="oCitizen0003")
        await phone.delivers()
        assert [(await phone.kinds(f"oCitizen000{n}"))[-1] for n in (1, 2, 3)] == ["image"] * 3
        assert phone.brought == 1

    async def test_is_brought_again_when_three_days_are_over(self, phone: Phone) -> None:
        await phone.asks()
        await phone.delivers()
        phone.house.clock.passes(days=3)
        await phone.asks()
        await phone.delivers()
        assert phone.brought == 2
        assert (await phone.kinds()).count("image") == 2

    async def test_is_brought_again_when_wechat_has_lost_it(self, phone: Phone) -> None:
        row = {"name": "收费说明", "media_id": "nowhere", "brought_at": phone.house.clock()}
        await phone.house.store.write(lambda tx: tx.execute(insert(illustration).values(row)))
        await phone.asks()
        await phone.delivers()
        phone.house.clock.passes(seconds=2)
        await phone.delivers()
        assert (await phone.kinds())[-1] == "image"

    async def test_is_another_one_when_the_name_was_given_anew(self, phone: Phone) -> None:
        await phone.asks()
        await phone.delivers()
        phone.house.clock.passes(minutes=1)
        await phone.house.store.write(lambda tx: (pictures.remove(tx, "收费说明", {}), keep(tx, phone.house)))
        await phone.asks()
        await phone.delivers()
        assert phone.brought == 2


class TestAPictureThatCannotFollow:
    async def test_leaves_the_words_when_the_quota_is_used_up(self, phone: Phone) -> None:
        assert await phone.asks()
        used = update(records.citizen).values(window_used=5, burst_at=None)
        await phone.house.store.write(lambda tx: tx.execute(used))
        await phone.delivers()
        row = await phone.picture_row()
        assert (row["state"], row["fault"], phone.brought) == ("refused", "quota_used", 0)
        await phone.asks()  # the next message opens the window again
        await phone.delivers()
        assert (await phone.kinds())[-1] == "image"

    async def test_leaves_the_words_when_nobody_uploaded_it(self, phone: Phone) -> None:
        await phone.house.store.write(lambda tx: pictures.remove(tx, "收费说明", {}))
        assert await phone.asks()
        await phone.delivers()
        row = await phone.picture_row()
        assert (row["state"], row["fault"]) == ("refused", "picture_gone")

    async def test_does_not_hold_others_up_while_it_is_on_its_way(self, phone: Phone) -> None:
        clock, bring = phone.house.clock, phone._bring
        phone.illustrations = Illustrations(phone.house.store, bring, clock, patience_s=0.2)
        phone.delivery._send = WeChatSender(phone.api, phone.illustrations).send
        phone.may_go_on.clear()
        await phone.asks()
        await phone.delivery.deliver_due()
        assert (await phone.picture_row())["state"] == "due"
        phone.may_go_on.set()
        await phone.illustrations.close()
        phone.illustrations._patience_s = 10
        phone.house.clock.passes(seconds=2)
        await phone.delivers()
        assert (await phone.kinds())[-1] == "image"
        assert phone.brought == 1


class TestAMessageWithAPicture:
    def test_is_kept_by_the_name_of_the_picture(self) -> None:
        assert wire.unpack(wire.pack(Illustration("收费说明"))) == Illustration("收费说明")
