"""The pages in a real Chromium: its fake camera plays a film made from a photograph, its eyes are axe's."""

from pathlib import Path

import pytest

from tests.verification.journey.harness import (
    CARD,
    PASSPORT,
    PERSON,
    PHONE,
    TestFace,
    World,
    a_jpeg,
)
from tests.verification.journey.phone import (
    Opener,
    Phone,
    a_phone,
    moving_face,
    needs_chromium,
    real_site,
    site,
    who,
)
from tests.verification.portraits import People, as_jpeg
from verification import reviews
from verification.engines.captures import Template
from verification.matters import by_ref
from verification.people import Identity

__all__ = ["a_phone", "moving_face", "needs_chromium", "real_site", "site", "who"]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.slow
class TestTheRealFace:
    async def test_of_the_right_person_goes_the_whole_way(
        self, real_site: World, moving_face: Path, a_phone: Opener
    ) -> None:
        one = await real_site.push()
        phone = await a_phone(real_site, seen=moving_face)
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        await phone.shows_the_face()
        assert await phone.heading() == "确认照片", await phone.page.inner_text("main")
        await phone.presses("是我本人，查看待办事项")
        await phone.page.get_by_role("button", name="业务确认").click()
        await phone.presses("确认")
        await phone.shows_the_face()
        assert await phone.heading() == "确认并签字", await phone.page.inner_text("main")
        await phone.signs()
        assert await phone.heading() == "办理完成"
        assert (await real_site.read(lambda tx: by_ref(tx, one.ref))).state == "confirmed"
        assert not phone.faults

    async def test_of_another_person_does_not_pass(
        self, real_site: World, who: People, moving_face: Path, a_phone: Opener
    ) -> None:
        template = await real_site.face.enrol(as_jpeg(who.stranger))
        assert isinstance(template, Template)
        await real_site.enrol(PASSPORT, template)
        phone = await a_phone(real_site, seen=moving_face)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        await phone.shows_the_face()
        assert "没有比对一致" in await phone.wrong()


class TestEveryPage:
    async def test_is_clean_to_axe_and_fits_at_200_percent(self, site: World, a_phone: Opener) -> None:
        await site.push()
        phone = await a_phone(site)
        phone.look = True
        await phone.opens()
        await phone.presses("查看待办事项")
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        for aside in ("support", "rights"):
            await phone.opens(f"{site.public_url}/verify/{aside}")
        await phone.opens(f"{site.public_url}/verify/")
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        await phone.page.set_input_files(
            "#document", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
        )
        await phone.page.get_by_text("换一张照片").wait_for()
        async with phone.page.expect_file_chooser():
            await phone.page.locator(".pick").last.click()
        await phone.presses("提交审核")
        assert "打勾" in await phone.wrong()
        assert not phone.faults

    async def test_after_the_face_is_clean_too(self, site: World, a_phone: Opener) -> None:
        await site.push("第一项")
        await site.push("第二项")
        phone = await a_phone(site, seen=None)
        phone.look = True
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        await self.upload(phone)
        (waiting,) = await site.read(reviews.open_reviews)
        decide = lambda tx: reviews.decide_review(  # noqa: E731
            tx, waiting.id, "accepted", by="小李", reason="照片清楚", house=site.house
        )
        await site.store.write(decide)
        await phone.presses("看看结果")
        for again in range(2):
            await phone.page.get_by_role("button", name="业务确认").first.click()
            await phone.page.wait_for_load_state()
            await phone.looks()
            if again:
                await phone.presses("业务信息有误")
                await phone.page.fill("#why", "这不是我办的业务")
                await phone.presses("提交")
            else:
                await phone.presses("确认")
                await phone.signs()
                await phone.presses("办理下一项")
        assert await phone.heading() == "办理完成"
        assert not phone.faults

    async def test_at_the_edges_of_the_way_is_clean_too(self, site: World, a_phone: Opener) -> None:
        phone, old = await a_phone(site), await site.link()
        site.clock.passes(minutes=20)
        await phone.opens(old)
        phone.faults.clear()  # the browser reports the 403 of a link that is over
        phone.look = True
        await phone.looks()
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        assert await phone.heading() == "拍摄证件"
        await phone.presses("换一种核验方式")
        await phone.presses("我去窗口办理")
        assert await phone.heading() == "已退出"
        await phone.opens(f"{site.public_url}/verify/receipt/{'0' * 32}")

    async def test_after_a_review_that_was_refused_is_clean_too(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        phone.look = True
        await self.upload(phone)
        (waiting,) = await site.read(reviews.open_reviews)
        decide = lambda tx: reviews.decide_review(  # noqa: E731
            tx, waiting.id, "rejected", by="小李", reason="照片看不清", house=site.house
        )
        await site.store.write(decide)
        await phone.presses("看看结果")
        assert await phone.heading() == "审核未通过"
        assert not phone.faults

    async def upload(self, phone: Phone) -> None:
        for name in ("document", "selfie"):
            picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
            await phone.page.set_input_files(f"#{name}", picture)
        await phone.page.check("#agree")
        await phone.presses("提交审核")
        assert await phone.heading() == "等待人工审核"


class TestWhatGoesWrong:
    async def test_a_wrong_number_is_told_and_the_eye_led_to_it(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in(Identity("resident_id", "110105194912310021", PERSON.name))
        assert "校验没有通过" in await phone.wrong()
        assert await phone.page.evaluate("document.activeElement.id") == "summary"
        await phone.page.keyboard.press("Tab")
        await phone.page.keyboard.press("Enter")
        assert await phone.page.evaluate("document.activeElement.id") == "number"
        await phone.fills_in()
        assert await phone.heading() == "授权"

    async def test_a_refused_consent_shows_another_way(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in()
        await phone.presses("不同意")
        assert await phone.heading() == "其他核验方式"

    async def test_an_expired_link_says_where_to_get_a_new_one(self, site: World, a_phone: Opener) -> None:
        phone, link = await a_phone(site), await site.link()
        site.clock.passes(minutes=20)
        await phone.opens(link)
        assert "重新点一次身份验证" in await phone.page.inner_text("main")
        await phone.opens()
        assert await phone.heading() == "填写身份信息"

    async def test_a_card_that_was_mistyped_need_not_be_typed_again(
        self, site: World, a_phone: Opener
    ) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.page.fill("#card", CARD)
        await phone.page.fill("#phone", PHONE[:-1])
        await phone.presses("获取验证码")
        assert "11 位" in await phone.wrong()
        assert await phone.page.input_value("#card") == CARD
        await phone.page.fill("#phone", PHONE)
        await phone.presses("获取验证码")
        assert await phone.heading() == "短信验证码"
        assert await phone.page.evaluate("sessionStorage.length") == 0
        await phone.presses("换一张卡")
        assert await phone.page.input_value("#card") == ""

    async def test_a_double_tap_sends_once(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.page.fill("#name", PERSON.name)
        await phone.page.fill("#number", PERSON.number)
        sent: list[str] = []
        phone.page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
        await phone.page.get_by_role("button", name="查看待办事项").dblclick()
        await phone.page.wait_for_url("**/step/consent")
        assert len(sent) == 1

    async def test_going_back_shows_where_one_stands(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site)
        await phone.opens()
        await phone.fills_in()
        await phone.page.go_back()
        await phone.page.wait_for_url("**/step/consent")
        assert await phone.heading() == "授权"

    async def test_a_form_that_did_not_get_through_can_be_sent_again(
        self, site: World, a_phone: Opener
    ) -> None:
        phone = await a_phone(site)
        await phone.page.clock.install()
        await phone.opens()
        await phone.page.route("**/step/entry", lambda route: route.abort("internetdisconnected"))
        await phone.page.evaluate("document.querySelector('form').target = 'elsewhere'")
        button = phone.page.locator("form button")
        await button.click()
        assert await button.get_attribute("aria-busy") == "true"
        assert await button.inner_text() == "正在核对，请稍等"
        await phone.page.clock.run_for(21_000)
        assert await button.get_attribute("aria-busy") is None
        assert await button.inner_text() == "查看待办事项"
        assert await phone.page.get_attribute("form", "data-sent") is None


class TestWithoutJavaScript:
    async def test_manual_review_can_be_asked_for(self, site: World, a_phone: Opener) -> None:
        phone = await a_phone(site, scripts=False)
        await phone.opens()
        await phone.fills_in()
        await phone.agrees()
        await phone.proves_the_card()
        assert not await phone.page.locator("#camera").is_visible()
        await phone.presses("换一种核验方式")
        await phone.presses("选人工审核")
        await TestEveryPage().upload(phone)
        (waiting,) = await site.read(reviews.open_reviews)
        assert waiting.cause == "chosen"

    async def test_a_picture_can_be_uploaded_for_the_face(self, site: World, a_phone: Opener) -> None:
        assert isinstance(site.face, TestFace)
        await site.enrol(PASSPORT)
        phone = await a_phone(site, scripts=False)
        await phone.opens()
        await phone.fills_in(PASSPORT)
        await phone.agrees()
        picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
        await phone.page.set_input_files("#selfie", picture)
        await phone.presses("上传照片")
        assert await phone.heading() == "等待人工审核"
