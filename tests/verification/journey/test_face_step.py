"""The face check as the citizen meets it: why it did not pass, and how many tries there are."""

import pytest

from tests.verification.journey.harness import (
    PASSPORT,
    Citizen,
    World,
    a_jpeg,
)
from verification.attempts import last_attempt
from verification.engines.outcomes import FaceOutcome, PoorPicture, Reason
from verification.engines.workers import EngineBusy, EngineFailed


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

    async def test_is_limited_to_twelve_failures_a_day(self, world: World, citizen: Citizen) -> None:
        world.face.script = [FaceOutcome("poor", (Reason.TOO_DARK,))] * 20
        for _ in range(4):
            await citizen.walks_to("face")
            for _ in range(3):
                await citizen.looks_into_the_camera()
            assert citizen.step == "other_way"
            await citizen.presses("leave")
        await citizen.walks_to("face")
        await citizen.looks_into_the_camera()
        assert "今天刷脸的次数太多了" in citizen.wrong[0]
        world.face.script.clear()
        world.clock.passes(hours=24, minutes=1)
        await citizen.walks_to("face_confirm")

    async def test_that_the_engine_could_not_look_at_does_not_count_for_the_day(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("face")
        world.face.script = [EngineBusy("busy"), EngineFailed("gone"), RuntimeError("a bug")] * 6
        page = citizen.path
        for _ in range(18):
            await citizen.looks_into_the_camera()
            await citizen.goes_to(page)
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm"

    async def test_that_passes_may_be_shown_for_every_to_do(self, world: World, citizen: Citizen) -> None:
        for number in range(13):
            await world.push(f"第 {number} 项")
        await citizen.walks_to("another")
        for _ in range(12):
            await citizen.presses("next")
            await citizen.presses(matter=citizen.matter)
            await citizen.presses("confirm")
            await citizen.looks_into_the_camera()
            assert citizen.step == "sign", citizen.wrong
            await citizen.signs()
        assert citizen.step == "done"

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
