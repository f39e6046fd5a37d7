"""What a citizen is answered from one release."""

from datetime import date

import pytest

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 1)


class TestACitizenWhoAsksAboutATopic:
    def test_hears_the_default_answer(self, library):
        answer = library.answer_to("how_open", on=MARCH)
        assert answer.text == "请在支付宝里搜索“登记注册身份验证小程序”。"
        assert answer.title == "怎么打开小程序？"
        assert [action.open for action in answer.actions] == ["guide", "human"]

    def test_hears_the_first_variant_that_fits_what_is_known(self, library):
        slots = {"document": "hkmt", "phone_system": "ios"}
        assert library.answer_to("id_types", on=MARCH, slots=slots).text == "港澳通行证可以。"

    def test_hears_the_default_when_no_variant_fits(self, library):
        slots = {"document": "taiwan", "phone_system": "android 13"}
        assert library.answer_to("id_types", on=MARCH, slots=slots).text.startswith("支持居民身份证")

    def test_hears_the_words_for_the_own_channel(self, library):
        slots = {"phone_system": "android 4.2"}
        answer = library.answer_to("id_types", on=MARCH, channel="agent", slots=slots)
        assert answer.text == "座席看的说明。"

    def test_never_hears_what_is_for_agents_alone(self, library):
        assert library.note_on("id_types") == "座席看的说明。"
        assert "座席" not in library.answer_to("id_types", on=MARCH, slots={"phone_system": "android"}).text
        assert library.note_on("how_open") == library.note_on("gone") == ""

    def test_a_topic_of_another_release_has_no_answer_but_a_name(self, library):
        assert library.answer_to("gone", on=MARCH) is None
        assert library.silence_about("gone", on=MARCH) == "unknown"
        assert library.title("gone") == "gone"
        assert library.related("gone") == ()


class TestAnAnswerWithDates:
    @pytest.mark.parametrize(
        ("day", "silence"),
        [
            (date(2026, 2, 28), "not_yet"),
            (date(2026, 3, 1), None),
            (date(2026, 3, 31), None),
            (date(2026, 4, 1), "expired"),
        ],
    )
    def test_is_given_from_the_first_day_to_the_last(self, library, day, silence):
        assert library.silence_about("old_rule", on=day) == silence
        assert (library.answer_to("old_rule", on=day) is None) == (silence is not None)

    def test_is_not_suggested_when_it_would_not_be_given(self, library):
        assert library.answer_to("id_types", on=MARCH).related == ("how_open", "old_rule")
        assert library.answer_to("id_types", on=APRIL).related == ("how_open",)


class TestAnAnswerForSomeChannels:
    def test_is_silent_on_the_others_and_says_why(self, folder, edit):
        from faq.library import Library
        from faq.loading import load_content

        edit(
            "topics/entering.yml",
            "- text: 只在这几天有效。",
            "- {text: 只在这几天有效。, channels: [wechat]}",
        )
        library = Library(load_content(folder))
        assert library.answer_to("old_rule", on=MARCH) is not None
        assert library.answer_to("old_rule", on=MARCH, channel="h5") is None
        assert library.silence_about("old_rule", on=MARCH, channel="h5") == "not_on_channel"


class TestFixedSentences:
    def test_carry_their_variables(self, library):
        assert library.reply("human_queued", position=3) == "您排在第 3 位。"

    def test_a_forgotten_variable_is_a_fault(self, library):
        with pytest.raises(KeyError, match="position"):
            library.reply("human_queued")

    def test_a_variable_is_never_read_as_a_sentence(self, library):
        assert library.reply("human_queued", position="{0.__class__}") == "您排在第 {0.__class__} 位。"

    def test_buttons_have_words(self, library):
        assert library.label("next") == "下一步"


class TestWordsTypedInsteadOfAButton:
    @pytest.mark.parametrize("words", ["下一步", "继续", "繼續。", "ｏｋ", " 下一步！ "])
    def test_are_understood_however_they_are_written(self, library, words):
        assert library.command(words) == "next"

    @pytest.mark.parametrize("words", ["", "？", "继续怎么弄", "你好"])
    def test_must_be_the_whole_message(self, library, words):
        assert library.command(words) is None


class TestWordsOfDistress:
    @pytest.mark.parametrize("words", ["我真的不想活了", "不 想 活", "不想活！"])
    def test_are_noticed_wherever_they_stand(self, library, words):
        assert library.is_distress(words)

    @pytest.mark.parametrize("words", ["", "怎么打开小程序", "！！！"])
    def test_are_not_seen_where_there_are_none(self, library, words):
        assert not library.is_distress(words)


class TestAKeyword:
    def test_is_found_anywhere_but_in_the_topics_that_do_not_count(self, library):
        assert library.holds_keyword("他说要打开那个什么", besides=())
        assert not library.holds_keyword("他说要打开那个什么", besides={"how_open"})
        assert not library.holds_keyword("您好", besides=())


class TestWhatSomebodyMentions:
    def test_is_found_anywhere_in_the_words(self, library):
        assert library.mentions("exit", "唉，算了吧")
        assert not library.mentions("exit", "继续")


class TestASupportCode:
    def test_greets_with_the_help_for_the_failure(self, library):
        help_ = library.scene("s_face_identity")
        assert (help_.text, help_.topic, help_.guide) == ("填错了吧？", "id_types", "enter")

    @pytest.mark.parametrize("scene", ["s_face", "s_face_neverheard"])
    def test_greets_with_the_help_for_the_step_when_the_failure_is_unknown(self, library, scene):
        assert library.scene(scene).text == "卡在刷脸了吧？"

    def test_is_not_taken_for_a_step_with_a_shorter_name(self, library):
        assert library.scene("s_face_confirm_x").text == "卡在确认图片了吧？"

    def test_has_the_answer_for_pages_to_the_same_step(self, folder, edit):
        from faq.library import Library
        from faq.loading import load_content

        edit(
            "topics/entering.yml",
            "- for: {phone_system: ios}",
            "- {for: {error: identity}, channels: [h5], text: 核对姓名。}\n      - for: {phone_system: ios}",
        )
        library = Library(load_content(folder))
        assert library.page_help("s_face_identity", on=MARCH).text == "核对姓名。"
        assert library.page_help("s_face", on=MARCH).title == "怎么打开小程序？"
        assert library.page_help("s_face_confirm", on=MARCH) is None
        assert library.page_help("s_nowhere", on=MARCH) is None

    @pytest.mark.parametrize("scene", ["", "face", "s_", "s_facet", "s_other_x", "poster12"])
    def test_of_another_kind_has_no_help(self, library, scene):
        assert library.scene(scene) is None


class TestWhatTheEarLearns:
    def test_is_every_topic_with_its_questions_and_all_that_is_not_ours(self, library):
        training = library.training()
        assert [topic.id for topic in training.topics] == ["how_open", "id_types", "old_rule"]
        assert training.topics[0].negatives == ("小程序打不开了",)
        assert training.out_of_scope == ("今天天气怎么样", "不想活了")

    def test_is_what_the_ear_reads_from_the_folder_itself(self, library, folder):
        from nlu.training import read_content

        assert library.training() == read_content(folder)


class TestALibrary:
    def test_says_which_release_it_is(self, library):
        assert library.number == 7
        assert repr(library) == "Library(release 7, 3 topics, 1 guides)"

    def test_cannot_be_changed_from_outside(self, library):
        with pytest.raises(ValueError, match="frozen"):
            library.content.menu.buttons[0].name = "别的"

    def test_lists_its_categories(self, library):
        assert library.categories() == (("进入小程序", ("how_open", "id_types", "old_rule")),)
