"""The pages of whoever manages staff and of whoever reads the audit trail."""

import json
from dataclasses import replace

import pytest

from bot import staff
from bot.audit import entries
from bot.audit_pages import facts
from bot.rights import Role
from tests.house.people import hired


class TestAnOperator:
    @pytest.fixture
    async def page(self, browser, operator, xiaoli):
        await browser.signs_in("运维")
        await browser.opens("/staff/people")
        return browser

    async def test_adds_somebody_whose_first_password_is_shown_once(self, page, other_browser):
        await page.sends("/staff/people", {"name": "小王", "role": "agent"})
        password = page.text.split("<code>")[1].split("</code>")[0]
        assert (await other_browser.signs_in("小王", password)).url.path == "/staff/me"
        await page.opens("/staff/people")
        assert password not in page.text

    @pytest.mark.parametrize(
        ("name", "words"), [("小李", "已经有人"), ("13800138000", "不能是电话"), ("<script>", "2 到 20")]
    )
    async def test_hears_why_a_name_is_refused(self, page, name, words):
        assert (await page.sends("/staff/people", {"name": name, "role": "agent"})).status == 422
        assert words in page.text
        assert (await page.sends("/staff/people", {"name": "小王", "role": "agent"})).status == 200

    async def test_signs_somebody_out_by_disabling_them(self, page, other_browser, xiaoli):
        await other_browser.signs_in("小李")
        await page.sends(f"/staff/people/{xiaoli.id}/disable", {})
        assert (await other_browser.opens("/room/acts")).url.path == "/staff/sign-in"
        await page.sends(f"/staff/people/{xiaoli.id}/enable", {})
        assert (await other_browser.signs_in("小李")).status == 200

    async def test_changes_a_role(self, page, store, xiaoli):
        await page.sends(f"/staff/people/{xiaoli.id}/role", {"role": "senior"})
        assert (await store.read(lambda tx: staff.by_id(tx, xiaoli.id))).role is Role.SENIOR
        assert (await page.sends(f"/staff/people/{xiaoli.id}/role", {"role": "emperor"})).status == 400

    async def test_cannot_disable_the_last_one_who_manages(self, page, operator):
        assert (await page.sends(f"/staff/people/{operator.id}/disable", {})).status == 422
        assert "至少要留一位" in page.text

    async def test_helps_out_whoever_forgot_a_password(self, page, other_browser, xiaoli):
        for _ in range(6):
            await other_browser.signs_in("小李", "forgotten")
        await page.sends(f"/staff/people/{xiaoli.id}/password", {})
        password = page.text.split("<code>")[1].split("</code>")[0]
        assert (await other_browser.signs_in("小李", password)).url.path == "/staff/me"

    async def test_helps_out_whoever_forgot_a_password_at_their_own_desk(self, page, other_browser, xiaoli):
        await other_browser.signs_in("小李")
        await other_browser.sends("/staff/sign-out", {})
        for _ in range(6):
            await other_browser.signs_in("小李", "forgotten")
        await page.sends(f"/staff/people/{xiaoli.id}/password", {})
        password = page.text.split("<code>")[1].split("</code>")[0]
        assert (await other_browser.signs_in("小李", password)).url.path == "/staff/me"

    async def test_helps_out_whoever_lost_a_phone(self, page, store, other_browser, xiaoli):
        await store.write(lambda tx: staff.keep_totp(tx, xiaoli.id, b"lost", 0))
        await page.sends(f"/staff/people/{xiaoli.id}/code", {})
        assert (await other_browser.signs_in("小李")).url.path == "/staff/me"

    async def test_must_confirm_the_password_after_ten_minutes(self, page, store, clock, xiaoli):
        clock.passes(minutes=11)
        answer = await page.sends(f"/staff/people/{xiaoli.id}/disable", {})
        assert answer.url.path == "/staff/confirm"
        assert (await store.read(lambda tx: staff.by_id(tx, xiaoli.id))).disabled_at is None

    async def test_leaves_every_change_in_the_trail_under_their_name(self, page, store, xiaoli):
        await page.sends(f"/staff/people/{xiaoli.id}/role", {"role": "senior"})
        await page.sends(f"/staff/people/{xiaoli.id}/disable", {})
        last_two = (await store.read(entries))[:2]
        assert [(each.actor, each.action, each.object) for each in last_two] == [
            ("运维", "staff.disable", f"staff:{xiaoli.id}"),
            ("运维", "staff.role", f"staff:{xiaoli.id}"),
        ]
        assert json.loads(last_two[1].detail) == {"before": "agent", "after": "senior"}


class TestAnAuditor:
    @pytest.fixture
    async def page(self, browser, store, clock):
        await store.write(hired(Role.AUDITOR, "审计员", clock))
        await browser.signs_in("审计员")
        await browser.opens("/staff/audit")
        return browser

    async def test_reads_who_did_what(self, page):
        assert "staff.sign_in" in page.text
        assert "登录" in page.text.split("<tbody>")[1]

    async def test_reads_the_details_in_words_and_what_was_altered_as_it_stands(self, page, store):
        await page.opens("/staff/audit?about=staff.sign_in")
        await page.opens("/staff/audit")
        assert "只看 staff.sign_in" in page.text
        newest = (await store.read(entries))[0]
        for altered in ("no json", "[1]", "7"):
            assert facts(replace(newest, detail=altered)) == [("", altered)]

    async def test_leaves_no_number_in_the_trail_by_looking_for_one(self, page, store):
        await page.opens("/staff/audit?about=110101199003070134")
        assert "110101199003070134" not in (await store.read(entries))[0].detail

    async def test_is_noted_for_reading(self, page, store):
        assert (await store.read(entries))[0].action == "audit.read"

    async def test_learns_that_the_trail_is_whole(self, page):
        await page.sends("/staff/audit/verify", {})
        assert "全部完整" in page.text

    @pytest.mark.parametrize(
        "query", ["before=x", "before=-1", "before=99999999999999", "about=%01", "about=<b>"]
    )
    async def test_may_ask_nonsense(self, page, query):
        assert (await page.opens(f"/staff/audit?{query}")).status == 200
        assert "<b>" not in page.text
