"""The citizen's way, page by page: what leads on, what is refused and how it is mended."""

import asyncio

import pytest
from sqlalchemy import func, select

from tests.verification.journey.harness import (
    CARD,
    PASSPORT,
    PERSON,
    PHONE,
    Citizen,
    World,
    a_citizen,
    a_jpeg,
)
from verification import reviews
from verification.attempts import case_card, last_attempt
from verification.cases import Overtaken, untold_verdicts
from verification.engines.face import FaceOutcome, PoorPicture, Reason
from verification.engines.workers import EngineBusy, EngineFailed
from verification.people import Identity
from verification.records import event


async def outcomes(world: World) -> list[str]:
    return [one.outcome for one in await world.read(untold_verdicts)]


class TestTheWholeWay:
    async def test_ends_with_a_confirmed_to_do_and_a_receipt(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("done")
        assert "业务已确认" in citizen.html
        assert await outcomes(world) == ["done"]
        from verification.matters import by_ref

        assert (await world.read(lambda tx: by_ref(tx, one.ref))).state == "confirmed"

    async def test_leads_to_the_next_to_do_while_there_is_one(self, world: World, citizen: Citizen) -> None:
        await world.push("第一项")
        await world.push("第二项")
        await citizen.walks_to("another")
        await citizen.presses("next")
        assert citizen.step == "todos"
        assert "第一项" in citizen.html
        assert "第二项" not in citizen.html

    async def test_may_end_without_any_to_do(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        assert "最近 7 天没有待办事项" in citizen.html
        await citizen.presses("finish")
        assert citizen.step == "verified"
        assert await outcomes(world) == ["verified"]

    async def test_asks_no_bank_card_of_other_documents(self, world: World, citizen: Citizen) -> None:
        await world.enrol(PASSPORT)
        await citizen.walks_to("face", PASSPORT)
        assert "bankcard" not in " ".join(url for url, _ in citizen.seen)

    async def test_shows_technical_support_on_every_page(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("done")
        assert all("/verify/support" in page for _, page in citizen.seen if page)

    async def test_says_on_every_page_that_it_is_a_demonstration(
        self, world: World, citizen: Citizen
    ) -> None:
        await world.push()
        await citizen.walks_to("done")
        assert all("演示环境" in page for _, page in citizen.seen if page)

    async def test_knows_an_authorised_person_the_next_time(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        await citizen.presses("finish")
        await citizen.opens()
        assert citizen.step == "entry"
        assert 'value="张小明"' in citizen.html
        await citizen.fills_in()
        assert citizen.step == "notices"


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

    async def test_can_be_taken_back(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        await citizen.goes_to("/verify/rights")
        assert "2026-11-23 09:00" in citizen.html
        await citizen.sends({"form_key": citizen.form_key})
        assert "现在没有生效的授权" in citizen.html
        await citizen.opens()
        await citizen.presses("back")
        await citizen.fills_in()
        assert citizen.step == "consent"


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


class TestTheBankCard:
    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"card": ""}, "请填写银行卡号"),
            ({"card": "123"}, "16 到 19 位"),
            ({"card": "6222020000000000001"}, "写错了"),
            ({"phone": ""}, "请填写办卡时"),
            ({"phone": "12345678901"}, "11 位"),
        ],
    )
    async def test_says_what_to_mend(self, citizen: Citizen, typed: dict[str, str], words: str) -> None:
        await citizen.walks_to("bankcard")
        await citizen.presses("next", **({"card": CARD, "phone": PHONE} | typed))
        assert words in citizen.wrong[0]
        await citizen.presses("next", card=" ".join(CARD), phone="138-0013-8000")
        assert citizen.step == "code"

    async def test_that_does_not_match_leads_to_another_way_after_five(self, citizen: Citizen) -> None:
        await citizen.walks_to("bankcard")
        for left in (4, 3, 2, 1):
            await citizen.presses("next", card=CARD, phone="13800130000")
            assert f"还可以试 {left} 次" in citizen.html
        await citizen.presses("next", card=CARD, phone="13800130000")
        assert citizen.step == "other_way"
        await citizen.presses("review")
        assert citizen.step == "review"

    async def test_a_silent_bank_charges_nothing(self, citizen: Citizen) -> None:
        await citizen.walks_to("bankcard")
        for _ in range(6):
            await citizen.presses("next", card=CARD, phone="13800130001")
        assert "不算次数" in citizen.wrong[0]
        await citizen.presses("next", card=CARD, phone=PHONE)
        assert citizen.step == "code"

    async def test_enrolled_with_a_person_must_be_that_card(self, world: World, citizen: Citizen) -> None:
        await world.enrol(PERSON, card="6222020000000000117", phone=PHONE)
        await citizen.walks_to("bankcard")
        await citizen.presses("next", card=CARD, phone=PHONE)
        assert "没有通过" in citizen.wrong[0]
        await citizen.presses("next", card="6222020000000000117", phone=PHONE)
        assert citizen.step == "code"


class TestTheCode:
    async def test_wrong_is_told_and_can_be_mended(self, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        await citizen.presses("next", code="12")
        assert "6 位" in citizen.wrong[0]
        await citizen.presses("next", code="999999")
        assert "不对" in citizen.wrong[0]
        await citizen.presses("next", code="１３８０００")
        assert citizen.step == "face"

    async def test_is_too_old_after_five_minutes(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        world.clock.passes(minutes=5)
        await citizen.presses("next", code=PHONE[-6:])
        assert "过了 5 分钟" in citizen.wrong[0]
        await citizen.presses("again")
        await citizen.presses("next", code=PHONE[-6:])
        assert citizen.step == "face"

    async def test_is_sent_at_most_five_times_an_hour(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        for _ in range(6):
            await citizen.presses("again")
        assert "短信发得太多了" in citizen.wrong[0]

    async def test_lets_the_card_be_changed(self, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        await citizen.presses("change")
        assert citizen.step == "bankcard"


class TestTheFace:
    @pytest.mark.parametrize(
        ("word", "reason", "words"),
        [
            ("poor", Reason.TOO_DARK, "光线太暗"),
            ("poor", Reason.NO_FACE, "没有看到人脸"),
            ("poor", Reason.SEVERAL_FACES, "不止一个人"),
            ("poor", Reason.BLURRED, "模糊"),
            ("challenge", Reason.ACTION_NOT_SEEN, "动作"),
            ("retry", Reason.HARDLY_ALIKE, "差异较大"),
            ("mismatch", Reason.NOT_ALIKE, "没有比对一致"),
            ("spoof", Reason.NOT_LIVE, "没有比对一致"),
        ],
    )
    async def test_tells_why_and_what_to_do(
        self, world: World, citizen: Citizen, word: str, reason: Reason, words: str
    ) -> None:
        await citizen.walks_to("face")
        world.face.script.append(FaceOutcome(word, (reason,), distance=0.7123))  # type: ignore[arg-type]
        await citizen.looks_into_the_camera()
        assert words in citizen.wrong[0]
        assert "还可以试 <strong>2</strong> 次" in citizen.html
        assert "0.71" not in citizen.html
        journey = world.verifier.journey
        attempt = await world.read(lambda tx: last_attempt(tx, "o-citizen", journey))
        assert attempt.reasons == (f"face:{reason}",)
        assert attempt.sentences[0] == citizen.wrong[0]
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm"

    async def test_leads_to_another_way_after_three(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        world.face.script = [FaceOutcome("mismatch", (Reason.NOT_ALIKE,))] * 3
        for _ in range(3):
            await citizen.looks_into_the_camera()
        assert citizen.step == "other_way"

    @pytest.mark.parametrize("lost", [EngineBusy("busy"), EngineFailed("gone")])
    async def test_lost_in_the_engine_charges_no_try(
        self, world: World, citizen: Citizen, lost: Exception
    ) -> None:
        await citizen.walks_to("face")
        world.face.script = [lost] * 4
        for _ in range(4):
            await citizen.looks_into_the_camera()
            assert "不算次数" in citizen.wrong[0]
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm"

    async def test_takes_no_challenge_twice(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        async with citizen.client.post(
            "/verify/challenge", headers={"X-Form-Key": citizen.form_key}
        ) as answer:
            nonce = (await answer.json())["nonce"]
        world.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,))]
        frames = [("frame", b"\xff\xd8\xff" + bytes([n])) for n in range(5)]
        await citizen.presses("capture", frames, nonce=nonce, times="0 1 2 3 4")
        await citizen.presses("capture", frames, nonce=nonce, times="0 1 2 3 4")
        assert "重新开始拍摄" in citizen.wrong[0]
        assert len(world.face.seen) == 1

    async def test_takes_no_capture_without_a_challenge(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        frames = [("frame", b"\xff\xd8\xff" + bytes([n])) for n in range(5)]
        await citizen.presses("capture", frames, nonce="", times="0 1 2 3 4")
        assert citizen.step == "face"
        assert not world.face.seen

    async def test_is_limited_to_twelve_a_day(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        world.face.script = [EngineBusy("busy")] * 20
        for _ in range(13):
            await citizen.looks_into_the_camera()
        assert "今天刷脸的次数太多了" in citizen.wrong[0]

    async def test_picture_is_shown_and_may_be_refused(self, citizen: Citizen) -> None:
        await citizen.walks_to("face_confirm")
        assert "/verify/picture/" in citizen.html
        await citizen.presses("not_mine")
        assert citizen.step == "face"

    async def test_without_a_portrait_takes_it_from_the_document(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("portrait", PASSPORT)
        world.face.portrait = PoorPicture((Reason.NO_FACE,))
        await citizen.presses("next", [("document", a_jpeg())])
        assert "没有看到人脸" in citizen.wrong[0]
        await citizen.presses("next")
        assert "还没有照片" in citizen.wrong[0]
        await citizen.presses("next", [("document", b"not a picture")])
        assert "打不开" in citizen.wrong[0]
        world.face.portrait = None
        await citizen.presses("next", [("document", a_jpeg())])
        assert citizen.step == "face"
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm"


class TestAnotherWay:
    async def review(self, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        pictures = [("document", a_jpeg()), ("selfie", a_jpeg(90))]
        await citizen.presses("send", pictures, agree="yes")
        assert citizen.step == "review_sent"

    async def decide(self, world: World, decision: reviews.Decision, reason: str = "照片看不清") -> None:
        (waiting,) = await world.read(reviews.open_reviews)
        assert waiting.person == "张**（居民身份证，1101**********002X）"
        await world.store.write(
            lambda tx: reviews.decide_review(
                tx, waiting.id, decision, by="小李", reason=reason, house=world.house
            )
        )

    async def test_needs_both_pictures_and_the_tick(self, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("review")
        await citizen.presses("send", [("document", a_jpeg())])
        assert len(citizen.wrong) == 2
        pictures = [("document", a_jpeg()), ("selfie", a_jpeg(90))]
        await citizen.presses("send", pictures, agree="yes")
        assert citizen.step == "review_sent"

    async def test_accepted_goes_on_to_the_signature_without_a_face(
        self, world: World, citizen: Citizen
    ) -> None:
        await world.push()
        await self.review(citizen)
        await citizen.presses("look")
        assert citizen.step == "review_sent"
        await self.decide(world, "accepted")
        await citizen.presses("look")
        assert citizen.step == "todos"
        await citizen.presses(matter=citizen.matter)
        await citizen.presses("confirm")
        assert citizen.step == "sign"
        assert await outcomes(world) == ["review_opened", "review_accepted"]

    async def test_rejected_is_told_with_its_reason(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        await self.decide(world, "rejected")
        await citizen.presses("look")
        assert citizen.step == "rejected"
        assert "照片看不清" in citizen.html
        await citizen.opens()
        assert citizen.step == "entry"

    async def test_is_decided_once_and_with_a_reason(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        with pytest.raises(ValueError, match="reason"):
            await self.decide(world, "accepted", " ")
        (waiting,) = await world.read(reviews.open_reviews)
        await self.decide(world, "accepted")
        with pytest.raises(Overtaken):
            await world.store.write(
                lambda tx: reviews.decide_review(
                    tx, waiting.id, "rejected", by="小王", reason="不是本人", house=world.house
                )
            )

    async def test_waits_days_for_its_decision(self, world: World, citizen: Citizen) -> None:
        await self.review(citizen)
        world.clock.passes(days=3)
        await self.decide(world, "accepted")
        await citizen.opens()
        assert citizen.step == "review_sent"
        await citizen.presses("look")
        assert citizen.step == "todos"

    async def test_a_picture_from_a_file_is_looked_at_by_a_person(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        await citizen.presses("upload", [("selfie", a_jpeg())])
        assert citizen.step == "review_sent"
        (waiting,) = await world.read(reviews.open_reviews)
        assert waiting.cause == "no_camera"
        piece = await world.store.write(
            lambda tx: reviews.picture_for_review(tx, waiting.id, waiting.pictures[0], world.house, by="小李")
        )
        assert piece.media_type == "image/jpeg"

    async def test_may_be_the_counter(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("leave")
        assert citizen.step == "left"
        assert await outcomes(world) == ["left"]


class TestTheBusiness:
    async def test_can_be_called_wrong(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("business")
        await citizen.presses("wrong")
        await citizen.presses("refuse", why=" ")
        assert "哪里不对" in citizen.wrong[0]
        await citizen.presses("refuse", why="公司名称写错了")
        assert citizen.step == "done"
        from verification.matters import by_ref

        refused = await world.read(lambda tx: by_ref(tx, one.ref))
        assert (refused.state, refused.refusal) == ("refused", "公司名称写错了")

    async def test_of_somebody_else_cannot_be_chosen(self, world: World, citizen: Citizen) -> None:
        foreign = await world.push("别人的", PASSPORT)
        await world.push()
        await citizen.walks_to("todos")
        assert "别人的" not in citizen.html
        await citizen.presses(matter=foreign.ref)
        assert "已经办完、过期或被撤回" in citizen.wrong[0]
        await citizen.presses(matter=citizen.matter)
        assert citizen.step == "business"

    async def test_that_expired_meanwhile_is_gone(self, world: World, citizen: Citizen) -> None:
        one = await world.push()
        await citizen.walks_to("sign")
        from verification.matters import refuse

        await world.store.write(lambda tx: refuse(tx, one.ref, "撤回", world.house))
        await citizen.signs()
        assert citizen.step == "todos"
        assert "已经办完、过期或被撤回" in citizen.wrong[0]

    async def test_needs_a_real_signature(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("sign")
        assert "张小明" in citizen.html
        for picture, strokes in [("", ""), ("data:image/png;base64,AAAA", "[]"), ("x", "{")]:
            await citizen.presses("sign", picture=picture, strokes=strokes)
            assert "写下您的名字" in citizen.wrong[0]
        await citizen.signs()
        assert citizen.step == "done"


class TestTapsAndTabs:
    async def test_a_double_tap_is_one_answer(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        fields = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "next", "read": "yes"}
        send = lambda: citizen.client.post("/verify/step/notices", data=fields)  # noqa: E731
        first, second = await asyncio.gather(send(), send())
        assert first.url.path == second.url.path == "/verify/step/agreement"
        count = select(func.count()).where(event.c.step == "notices")
        assert (await world.read(lambda tx: tx.execute(count).scalar())) == 1

    async def test_a_double_signature_is_one_receipt(self, world: World, citizen: Citizen) -> None:
        from verification.records import receipt

        await world.push()
        await citizen.walks_to("sign")
        page, key, path = citizen.mark, citizen.form_key, citizen.path
        await citizen.signs()
        strokes = '[{"points":[' + ",".join('{"x":1,"y":2}' for _ in range(20)) + "]}]"
        citizen.path = path
        await citizen.sends({"mark": page, "form_key": key, "button": "sign", "strokes": strokes})
        assert citizen.step == "done"
        assert (await world.read(lambda tx: tx.execute(select(func.count(receipt.c.code))).scalar())) == 1

    async def test_a_stale_tab_is_shown_the_current_page(self, citizen: Citizen) -> None:
        await citizen.walks_to("consent")
        stale = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "decline"}
        await citizen.presses("agree", agree="yes")
        await citizen.sends(stale)
        assert citizen.step == "notices"

    @pytest.mark.parametrize(
        "address", ["/verify/", "/verify/step/sign", "/verify/step/nonsense", "/verify/x/y"]
    )
    async def test_whatever_address_is_asked_for_the_current_page_comes(
        self, citizen: Citizen, address: str
    ) -> None:
        await citizen.walks_to("notices")
        await citizen.goes_to(address)
        assert citizen.step == "notices"

    async def test_a_case_is_taken_up_again_from_the_chat(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("code")
        async with a_citizen(world) as same_person_later:
            await same_person_later.opens()
            assert same_person_later.step == "code"
        await citizen.goes_to("/verify/")
        assert "页面已经关闭" in citizen.html

    async def test_a_case_from_yesterday_begins_anew(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("todos")
        world.clock.passes(hours=25)
        await citizen.opens()
        assert citizen.step == "entry"


class TestTheCard:
    async def test_shows_the_desk_steps_and_reasons_and_nothing_else(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        world.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,), distance=0.4)]
        await citizen.looks_into_the_camera()
        card = await world.read(lambda tx: case_card(tx, "o-citizen", world.verifier.journey))
        assert (card.step, card.title) == ("face", "人脸核验")
        assert card.attempts[-1].reasons == ("face:too_dark",)
        assert card.attempts[-1].kind == "face"
        assert "张小明" not in repr(card)
        assert "0.4" not in repr(card)

    async def test_of_a_stranger_is_empty(self, world: World) -> None:
        journey = world.verifier.journey
        assert await world.read(lambda tx: case_card(tx, "o-nobody", journey)) is None
        assert await world.read(lambda tx: last_attempt(tx, "o-nobody", journey)) is None
