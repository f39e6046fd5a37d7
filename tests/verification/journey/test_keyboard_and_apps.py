"""Without fingers, by the keyboard alone; and inside the app from which the citizen came."""

import pytest

from tests.verification.journey.harness import PASSPORT, World
from tests.verification.journey.phone import Opener, a_phone, needs_chromium, site

__all__ = ["a_phone", "needs_chromium", "site"]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


class TestInsideAnotherApp:
    @pytest.mark.parametrize(
        ("bridge", "verb"), [("WeixinJSBridge", "closeWindow"), ("AlipayJSBridge", "exitApp")]
    )
    async def test_a_page_at_the_end_leads_back_to_it(
        self, site: World, a_phone: Opener, bridge: str, verb: str
    ) -> None:
        phone, old = await a_phone(site), await site.link()
        site.clock.passes(minutes=20)
        await phone.opens(old)
        close = phone.page.get_by_role("button", name="关闭页面")
        assert not await close.is_visible(), "a browser does not let a page close itself"
        await phone.page.evaluate(f"window.{bridge} = {{ call: (verb) => {{ window.called = verb }} }}")
        await phone.page.evaluate(f"document.dispatchEvent(new Event('{bridge}Ready'))")
        await close.click()
        assert await phone.page.evaluate("window.called") == verb


class TestWithTheKeyboardAlone:
    async def test_a_citizen_gets_from_the_entry_to_another_way(self, site: World, a_phone: Opener) -> None:
        await site.enrol(PASSPORT)
        phone = await a_phone(site)
        await phone.opens()
        await phone.page.focus("#name")
        await phone.page.keyboard.type(PASSPORT.name)
        await phone.tabs_to("#kind")
        await phone.page.keyboard.press("End")  # 外国护照 is the last one
        await phone.tabs_to("#number")
        await phone.page.keyboard.type(PASSPORT.number)
        await phone.strikes("查看待办事项")
        await phone.tabs_to("#agree")
        await phone.page.keyboard.press("Space")
        await phone.strikes("同意授权")
        await phone.tabs_to("#read")
        await phone.page.keyboard.press("Space")
        await phone.strikes("查看待办事项")
        await phone.strikes("同意协议并认证")
        await phone.strikes("换一种核验方式")
        assert await phone.heading() == "其他核验方式"
