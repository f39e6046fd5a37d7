"""Before anything is proven: entry, consent, notices, agreement; what is refused and how it is mended."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.verification.journey.harness import (
    PASSPORT,
    Citizen,
    World,
    a_citizen,
    a_jpeg,
    opened,
)
from verification import matters, reviews
from verification.answers import Rules
from verification.building import Choice
from verification.people import Identity
from verification.records import evidence


class TestTheEntry:
    @pytest.mark.parametrize(
        ("typed", "field", "words"),
        [
            ({"number": "110105194912310021"}, "number", "校验没有通过"),
            ({"number": "110105491231002"}, "number", "15 位"),
            ({"number": "11010519491331002X"}, "number", "出生日期"),
            ({"number": ""}, "number", "还没有填写证件号码"),
            ({"name": ""}, "name", "还没有填写姓名"),
            ({"name": "Zhang"}, "name", "汉字"),
            ({"kind": "driving_licence"}, "kind", "证件类型"),
            ({"kind": "hkmt"}, "number", "H（香港）"),
            ({"kind": "taiwan"}, "number", "证件号码"),
            ({"kind": "gat_residence"}, "number", "居住证"),
        ],
    )
    async def test_says_on_the_field_and_in_the_summary_what_to_mend(
        self, citizen: Citizen, typed: dict[str, str], field: str, words: str
    ) -> None:
        await citizen.opens()
        await citizen.fills_in(**typed)
        said = next(sentence for sentence in citizen.wrong if words in sentence)
        assert f'id="{field}-wrong">{said}' in citizen.html
        assert f'href="#{field}"' in citizen.html
        await citizen.fills_in()
        assert citizen.step == "consent"

    async def test_keeps_what_was_typed(self, citizen: Citizen) -> None:
        await citizen.opens()
        await citizen.fills_in(number="123")
        assert 'value="张小明"' in citizen.html
        assert 'value="123"' in citizen.html

    async def test_does_not_tell_which_half_of_a_pair_is_wrong(self, world: World, citizen: Citizen) -> None:
        await citizen.opens()
        await citizen.fills_in(name="李小明")
        wrong_name = citizen.wrong
        await citizen.fills_in(Identity("hkmt", "H12345678", "查无此人"))
        assert citizen.wrong == wrong_name
        assert "姓名和证件号码对不上" in wrong_name[0]
        await citizen.fills_in()
        assert citizen.step == "consent"

    async def test_is_limited_for_one_document_number(self, world: World, citizen: Citizen) -> None:
        await citizen.opens()
        for _ in range(20):
            await citizen.fills_in(name="李小明")
        await citizen.fills_in(name="李小明")
        assert "次数太多" in citizen.wrong[0]
        async with a_citizen(world, "o-other") as other:
            await other.opens()
            await other.fills_in()
            assert "次数太多" in other.wrong[0]
            await other.fills_in(PASSPORT)
            assert other.step == "consent"
        world.clock.passes(minutes=20)
        await citizen.fills_in(name="")
        world.clock.passes(minutes=20)
        await citizen.fills_in(name="")
        world.clock.passes(minutes=21)
        await citizen.fills_in()
        assert citizen.step == "consent"

    @pytest.mark.parametrize(
        "who",
        [
            Identity("overseas_passport", "E12345678", "王海生"),
            Identity("hkmt", "H12345678", "陈大文"),
            Identity("taiwan", "12345678", "林志远"),
            Identity("foreign_permanent", "USA110105850101", "JOHN SMITH"),
            PASSPORT,
        ],
    )
    async def test_takes_every_document_of_the_guide(self, citizen: Citizen, who: Identity) -> None:
        await citizen.walks_to("portrait", who)
        assert "拍下证件" in citizen.html


class TestTheConsent:
    async def test_needs_the_tick(self, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        await citizen.presses("agree")
        assert "打勾" in citizen.wrong[0]
        await citizen.presses("agree", agree="yes")
        assert citizen.step == "notices"

    async def test_refused_opens_another_way(self, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        await citizen.presses("decline")
        assert citizen.step == "other_way"
        await citizen.presses("review")
        assert citizen.step == "review"

    async def test_names_who_processes_the_face_and_how_to_reach_them(self, tmp_path: Path) -> None:
        rules = Rules(controller="杭州市市场监督管理局", contact="电话 0571-12345678")
        async with opened(tmp_path, choice=Choice(rules=rules)) as world, a_citizen(world) as citizen:
            await citizen.walks_to("consent")
            assert "杭州市市场监督管理局，电话 0571-12345678。" in citizen.html

    async def test_can_be_taken_back(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        await citizen.goes_to("/verify/rights")
        assert "2026-11-23 09:00" in citizen.html
        await citizen.sends({"form_key": citizen.form_key})
        assert "现在没有生效的授权" in citizen.html
        await citizen.goes_to("/verify/")
        assert citizen.step == "entry"
        assert "张小明" not in citizen.html
        await citizen.fills_in()
        assert citizen.step == "consent"

    async def test_taken_back_ends_what_was_begun_with_it(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face_confirm")
        picture = re.search(r"/verify/picture/\w+", citizen.html)
        stale = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "mine"}
        await citizen.goes_to("/verify/rights")
        await citizen.sends({"form_key": citizen.form_key})
        citizen.path = "/verify/step/face_confirm"
        await citizen.sends(stale)
        assert citizen.step == "entry"
        kept = select(func.count()).where(evidence.c.sealed.is_not(None), evidence.c.kind == "selfie")
        assert await world.read(lambda tx: tx.execute(kept).scalar()) == 0
        assert picture
        await citizen.goes_to(picture[0])
        assert citizen.status == 404
        await citizen.walks_to("todos")

    async def test_taken_back_ends_a_review_too(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        await citizen.presses("send", [("document", a_jpeg()), ("selfie", a_jpeg(90))], agree="yes")
        assert await world.read(reviews.open_reviews)
        await citizen.goes_to("/verify/rights")
        await citizen.sends({"form_key": citizen.form_key})
        assert not await world.read(reviews.open_reviews)
        await citizen.goes_to("/verify/")
        assert citizen.step == "entry"

    async def test_taken_back_leaves_what_was_signed(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("done")
        receipt = re.search(r"/verify/receipt/\w+", citizen.html)
        assert receipt
        await citizen.goes_to("/verify/rights")
        await citizen.sends({"form_key": citizen.form_key})
        await citizen.goes_to(receipt[0])
        assert "这份回执是真实的" in citizen.html
        assert (await world.read(lambda tx: matters.by_ref(tx, one.ref))).state == "confirmed"


class TestNoticesAndAgreement:
    async def test_notices_need_the_tick(self, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        await citizen.presses("next")
        assert "打一下勾" in citizen.wrong[0] or "打勾" in citizen.wrong[0]
        await citizen.presses("next", read="yes")
        assert citizen.step == "agreement"

    async def test_not_now_goes_back_to_the_entry(self, citizen: Citizen) -> None:
        await citizen.walks_to("agreement")
        await citizen.presses("not_now")
        assert citizen.step == "entry"
        await citizen.walks_to("agreement")
