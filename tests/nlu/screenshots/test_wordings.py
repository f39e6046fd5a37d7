"""A wording is found though letters were misread, and never where the page says the opposite."""

import pytest

from faq.library import Library
from nlu.ear import Ear
from nlu.screenshots import Line, Recognised, Screen, Screens, recognised
from nlu.understanding import Guess, Understanding

SCREENS = Screens(
    [
        Screen("fail_face", ("人像比对未通过", "人脸核验失败")),
        Screen("todo_empty", ("暂无待办事项",)),
        Screen("fail_retry", ("请稍后重试",)),
    ],
    furniture=["查看待办事项", "请输入姓名信息"],
)


def deaf(text: str) -> Understanding:
    raise AssertionError(f"the ear was asked about {text}")


def lines(*words: str) -> list[Line]:
    return [Line(each, n / 10, 0.03) for n, each in enumerate(words)]


class TestAWording:
    @pytest.mark.parametrize(
        "said",
        [
            "人像比对未通过",
            "提示：人像 比对，未通过！",
            "人像比对末通过",  # 末 is 未 to a reader
            "人象比对未通过",
            "人像比对未通过过",
            "人像比未通过",
            "人像比對未通過",
            "【１】人像比对未通过",
        ],
    )
    def test_is_found_though_a_letter_was_misread(self, said: str) -> None:
        assert SCREENS.find(said) == ("fail_face", "人像比对未通过")

    @pytest.mark.parametrize(
        "said",
        [
            "人像比对已通过",
            "人像比对通过",
            "人像比对成功通过",
            "人脸核验成功",
            "人像比例未设置",
            "查看待办事项",
            "",
        ],
    )
    def test_is_not_found_where_the_page_says_something_else(self, said: str) -> None:
        assert SCREENS.find(said) is None

    def test_is_found_when_it_stands_on_two_lines(self) -> None:
        assert recognised(lines("人像比对", "未通过"), SCREENS, deaf).topic == "fail_face"

    def test_that_stands_earlier_in_the_file_goes_before_the_general_one(self) -> None:
        page = lines("请稍后重试", "人脸核验失败")
        assert recognised(page, SCREENS, deaf) == Recognised("fail_face", "人脸核验失败")

    def test_of_five_letters_must_be_read_right(self) -> None:
        assert SCREENS.find("请稍后重启") is None
        assert SCREENS.find("請稍後重試") == ("fail_retry", "请稍后重试")


class TestAPageThatNoWordingKnows:
    def understand(self, text: str) -> Understanding:
        self.asked = [*getattr(self, "asked", []), text]
        zone = "answer" if "摄像" in text else "ask" if "签" in text else "fallback"
        topic = {"answer": "camera_perm", "ask": "sign_fail"}.get(zone, "fee")
        return Understanding(text, zone, (Guess(topic, 0.7), Guess("crash", 0.2)))

    def test_is_put_to_the_ear_line_by_line_the_largest_first(self) -> None:
        page = [
            Line("请签上您的大名", 0.4, 0.02),
            Line("没能启动摄像组件", 0.5, 0.05),
            Line("查看待办事项", 0.9, 0.1),
        ]
        assert recognised(page, SCREENS, self.understand) == Recognised("camera_perm")
        assert self.asked == ["没能启动摄像组件", "请签上您的大名"]

    def test_gives_guesses_where_the_ear_is_unsure(self) -> None:
        page = lines("请签上您的大名", "10:24")
        assert recognised(page, SCREENS, self.understand) == Recognised(maybe=("sign_fail",))

    def test_is_not_answered_when_it_is_no_page_of_ours(self) -> None:
        page = lines("没能启动摄像组件", "某某银行")
        assert recognised(page, SCREENS, self.understand) == Recognised(maybe=("camera_perm",))

    def test_is_not_answered_by_what_stands_below_an_unclear_headline(self) -> None:
        page = [
            Line("请签上您的大名", 0.4, 0.05),
            Line("没能启动摄像组件", 0.5, 0.02),
            Line("请输入姓名信息", 0.9, 0.1),
        ]
        assert recognised(page, SCREENS, self.understand) == Recognised(maybe=("sign_fail", "camera_perm"))

    def test_says_nothing_when_no_line_speaks_of_trouble(self) -> None:
        page = lines("登记注册身份验证", "查看待办事项", "请输入姓名信息", "5G 80%")
        assert recognised(page, SCREENS, deaf) == Recognised()


class TestTheShippedWordings:
    @pytest.mark.parametrize(
        ("said", "topic"),
        [
            ("身份验证失败 姓名、身份证号码录入错误", "fail_identity"),
            ("人像比对未通过 请稍后重试", "fail_face"),
            ("验证失败：请稍后重试", "fail_retry"),
            ("没有找到相关的小程序", "search_not_found"),
            ("暂无待办事项", "todo_empty"),
            ("銀行卡驗證失敗 預留手機號不一致", "bankcard_fail"),
            ("请在设置中允许支付宝访问相机", "camera_perm"),
            ("当前系统版本过低", "phone_req"),
            ("请先阅读并勾选注意事项", "notice_check"),
        ],
    )
    def test_tell_the_errors_of_the_guide_apart(self, library: Library, said: str, topic: str) -> None:
        found = library.screens.find(said)
        assert found is not None
        assert found[0] == topic

    @pytest.mark.parametrize(
        "said", ["核验成功", "身份验证成功", "查看待办事项", "人像比对通过", "登记注册身份验证"]
    )
    def test_stay_silent_where_nothing_is_wrong(self, library: Library, said: str) -> None:
        assert library.screens.find(said) is None

    def test_lead_to_answers_that_exist(self, library: Library) -> None:
        known = {topic.id for topic in library.content.topics}
        assert {screen.topic for screen in library.content.screens.screens} <= known

    def test_are_found_fast_in_a_page_full_of_words(self, library: Library, ear: Ear) -> None:
        page = lines(*["这一页有很多字但是和登记注册没有关系" * 3] * 40)
        assert recognised(page, library.screens, ear.understand).wording == ""
