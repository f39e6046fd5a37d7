"""Drawn error pages, as sent, as WeChat recompresses them and as photographed, get the right fix."""

import statistics
import time
from collections.abc import Sequence

import pytest
from PIL import Image

from faq.library import Library
from nlu.ear import Ear
from nlu.reading import Reader
from nlu.screenshot_pages import CONDITIONS, PAGES, Page, as_bytes, drawn, lettered, pictured
from nlu.screenshots import Recognised, recognised
from nlu.understanding import Understanding
from tests.conftest import SHARED
from tests.nlu.screenshots.test_covering import ID

ALL_RIGHT = (
    Page("", "核验成功", ("请确认扫脸图片，无误后查看待办事项",), ("查看待办事项",)),
    Page("", "登记注册身份验证", ("姓名", "证件类型", "证件号码"), ("查看待办事项", "技术支持"), "plain"),
)
"""Pages on which nothing is wrong: no error may be read into them."""


SAMPLE = PAGES[:12]

MANY = 600
"""Seconds for all of them, on a busy machine."""


@pytest.mark.slow
@pytest.mark.timeout(MANY)
class TestErrorPages:
    def test_get_the_right_fix_in_every_condition(self, eyes: Reader, library: Library, ear: Ear) -> None:
        wrong, seconds = [], []
        for seed, page in enumerate(SAMPLE):
            for condition in CONDITIONS:
                picture = pictured(page, condition, seed)
                began = time.perf_counter()
                lines = eyes.see(picture).lines
                seconds.append(time.perf_counter() - began)
                found = recognised(lines, library.screens, ear.understand)
                if found.topic != page.topic:
                    wrong.append((page.topic, condition, found, [line.words for line in lines]))
        total = len(SAMPLE) * len(CONDITIONS)
        print(f"\n{total - len(wrong)} of {total} right; p50 {statistics.median(seconds):.2f} s a picture")
        assert len(wrong) <= 0.05 * total, wrong


class TestAPage:
    @pytest.mark.parametrize("page", ALL_RIGHT, ids=lambda page: page.headline)
    def test_on_which_nothing_is_wrong_gets_no_fix(self, eyes: Reader, library: Library, page: Page) -> None:
        found = recognised(eyes.see(pictured(page, "recompressed")).lines, library.screens, _shrug)
        assert found == Recognised()

    def test_that_is_long_is_read_from_top_to_bottom(self, eyes: Reader, library: Library) -> None:
        tall = Image.new("RGB", (1080, 6000), "white")
        tall.paste(drawn(PAGES[0]), (0, 3660))
        assert library.screens.find(eyes.see(as_bytes(tall, "JPEG")).text) is not None

    def test_sent_upside_down_by_a_camera_is_turned(self, eyes: Reader, library: Library) -> None:
        exif = Image.Exif()
        exif[0x0112] = 3
        picture = as_bytes(drawn(PAGES[0]).resize((720, 1560)).rotate(180), "JPEG", exif=exif)
        assert library.screens.find(eyes.see(picture).text) is not None


class TestPicturesOfPeople:
    @pytest.mark.parametrize(
        "print_",
        [
            (
                "姓名  张小明",
                "性别 男   民族 汉",
                "出生 1990 年 3 月 7 日",
                "住址 某某省某某市",
                f"公民身份号码 {ID}",
            ),
            ("某某银行", "储蓄卡 DEBIT", "6222 0212 3456 7890", "VALID THRU 12/30", "UnionPay 银联"),
        ],
        ids=["identity card", "bank card"],
    )
    def test_papers_give_out_nothing(self, eyes: Reader, print_: Sequence[str]) -> None:
        sight = eyes.see(as_bytes(lettered(print_).rotate(3, expand=True), "JPEG", quality=60))
        assert (sight.kind, sight.lines) == ("papers", ())

    def test_a_face_is_known_for_one(self, eyes: Reader) -> None:
        faces = sorted((SHARED / "faces" / "lfw").glob("*/*_0001.jpg"))
        if not faces:
            pytest.skip("no photographs of faces: ../shared/faces/lfw is not beside this repository")
        kinds = [eyes.see(face.read_bytes()).kind for face in faces[:5]]
        assert kinds.count("face") >= 4, kinds
        assert "page" not in kinds

    def test_a_meadow_says_nothing(self, eyes: Reader) -> None:
        meadow = Image.linear_gradient("L").resize((600, 400)).convert("RGB")
        assert eyes.see(as_bytes(meadow, "PNG")).kind == "nothing"


def _shrug(text: str) -> Understanding:
    return Understanding(text, "fallback")
