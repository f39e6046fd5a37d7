"""【技术支持】 tells the account where somebody is stuck, in names that the account knows."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.verification.journey.harness import PASSPORT, Citizen, World
from verification import maps, support_codes
from verification.asides import Advice
from verification.checks import VOCABULARY
from verification.engines.outcomes import FaceOutcome, Reason
from verification.rendering import PAGES

REPLIES = Path(__file__).parents[3] / "faq" / "content" / "replies.yml"
SCENES = yaml.safe_load(REPLIES.read_text(encoding="utf-8"))["scenes"]
JOURNEY = maps.load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES)


class TestAScene:
    @pytest.mark.parametrize(
        "place", [*(each for each in JOURNEY.steps.values() if each.page), *JOURNEY.ends.values()]
    )
    def test_of_every_place_is_known_to_the_account(self, place: maps.Step | maps.End) -> None:
        assert place.scene in SCENES
        assert JOURNEY.scene_at(place.name) == place.scene

    @pytest.mark.parametrize(("at", "failure"), support_codes.FAILURES.items())
    def test_of_every_failure_is_known_to_the_account(self, at: tuple[str, str], failure: str) -> None:
        assert failure in SCENES[at[0]]["failures"]

    def test_fits_into_a_scene_string(self) -> None:
        assert support_codes.scene_of("face", "mismatch") == "s_face_mismatch"
        assert support_codes.scene_of("business_confirm", "gone") == "s_business_confirm"
        scenes = [support_codes.scene_of(*at) for at in support_codes.FAILURES]
        assert all(len(scene) <= 64 for scene in scenes)


class TestTheSupportPage:
    async def test_knows_the_step_and_the_failure(self, world: World, citizen: Citizen) -> None:
        asked: list[str] = []
        draw = support_codes.drawn
        await world.enrol(PASSPORT)
        await citizen.walks_to("face", PASSPORT)
        world.face.script = [FaceOutcome("mismatch", (Reason.NOT_ALIKE,))]
        await citizen.looks_into_the_camera()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(support_codes, "drawn", lambda url, label: asked.append(url) or draw(url, label))
            await citizen.goes_to("/verify/support")
            await citizen.goes_to("/verify/support?failure=camera")
        assert [url.rpartition("=")[2] for url in asked] == ["s_face_mismatch", "s_face_camera"]
        assert "data:image/svg+xml;base64," in citizen.html

    async def test_helps_also_those_whose_link_does_not_open(self, citizen: Citizen) -> None:
        await citizen.goes_to("/verify/support")
        assert citizen.status == 200
        assert "微信扫一扫" in citizen.html

    @pytest.mark.parametrize(
        ("word", "reason", "scene"),
        [
            ("poor", Reason.TOO_DARK, "s_face_poor"),
            ("challenge", Reason.ACTION_NOT_SEEN, "s_face_challenge"),
            ("spoof", Reason.NOT_LIVE, "s_face_mismatch"),
        ],
    )
    async def test_knows_why_the_face_did_not_pass(
        self, world: World, citizen: Citizen, word: Any, reason: Reason, scene: str
    ) -> None:
        await citizen.walks_to("face")
        world.face.script = [FaceOutcome(word, (reason,))]
        await citizen.looks_into_the_camera()
        await citizen.goes_to("/verify/support")
        assert world.scenes[-1] == scene

    async def test_knows_that_name_and_number_do_not_belong_together(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.opens()
        await citizen.fills_in(name="李小明")
        await citizen.goes_to("/verify/support")
        assert world.scenes == ["s_input_not_found"]

    async def test_knows_that_another_way_than_the_face_is_looked_for(
        self, world: World, citizen: Citizen
    ) -> None:
        await citizen.walks_to("consent")
        await citizen.presses("decline")
        assert citizen.step == "other_way"
        await citizen.goes_to("/verify/support")
        assert world.scenes == ["s_other_way"]

    async def test_shows_what_helps_at_exactly_that_step(self, world: World, citizen: Citizen) -> None:
        world.advice["s_input_not_found"] = Advice(
            "信息对不上？", "1. 照着证件\n2. 看 [图](https://a.cn/b?c=1&d=2)"
        )
        await citizen.opens()
        await citizen.fills_in(name="李小明")
        await citizen.goes_to("/verify/support")
        assert '<h2 id="advice">信息对不上？</h2>' in citizen.html
        assert '1. 照着证件\n2. 看 <a href="https://a.cn/b?c=1&amp;d=2">图</a>' in citizen.html
        assert "还不行？" in citizen.html

    async def test_shows_the_words_of_the_content_as_words(self, world: World, citizen: Citizen) -> None:
        world.advice["s_input"] = Advice("<b>", '<script> [x](https://a"b)')
        await citizen.opens()
        await citizen.goes_to("/verify/support")
        assert "<script> " not in citizen.html
        assert "<b>" not in citizen.html
        assert 'a"b' not in citizen.html

    async def test_advises_nobody_whose_step_it_does_not_know(self, world: World, citizen: Citizen) -> None:
        world.advice["s_enter"] = Advice("怎么打开？", "打开支付宝")
        await citizen.goes_to("/verify/support")
        assert "怎么打开" not in citizen.html
        assert "还不行" not in citizen.html

    async def test_names_the_account_while_wechat_gives_no_code(self, world: World, citizen: Citizen) -> None:
        world.gives_codes = False
        await citizen.opens()
        await citizen.goes_to("/verify/support")
        assert "<img" not in citizen.html
        assert "搜索公众号“你呼我应”" in citizen.html
        assert "登记注册自然人身份验证系统" in citizen.html


class TestTheDrawnCode:
    def test_has_a_name_and_the_mark_of_the_account(self) -> None:
        picture = support_codes.drawn("http://weixin.qq.com/q/abc", '"你呼我应"')
        assert "呼应" in picture
        assert "aria-label='\"你呼我应\"'" in picture
