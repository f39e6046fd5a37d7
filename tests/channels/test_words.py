"""What a citizen sees of what we say."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat_words import (
    BUDGET_BYTES,
    CannotBePushed,
    fits,
    lowered,
    parts,
    passive,
    pushed,
)
from handlers.messages import Card, Image, Option, PassToWeChatAgents, Text

ANCHOR = re.compile(r'<a href="([^"<>]*)">([^<>]*)</a>')


def size(text):
    return len(lowered(text).encode())


def seen(text):
    """What is left to read once links are drawn."""
    return ANCHOR.sub(r"\2", lowered(text))


class TestALink:
    def test_becomes_an_anchor(self):
        text = Text("请打开[核验页面](https://example.org/v?a=1&b=2)。")
        assert lowered(text) == '请打开<a href="https://example.org/v?a=1&b=2">核验页面</a>。'

    @pytest.mark.parametrize(
        "words",
        [
            "[a](javascript:alert(1))",
            "[a](weixin://bizmsgmenu?msgmenuid=1)",
            '[a](https://e.org/"x)',
            "[a]()",
            "[a]",
        ],
    )
    def test_to_anywhere_but_a_web_page_stays_as_it_was_written(self, words):
        assert lowered(Text(words)) == words

    @pytest.mark.parametrize(
        "typed", ['<a href="https://evil.example">点这里</a>', "<A\nhref=x>", "< a", "</a>"]
    )
    def test_cannot_be_smuggled_in_as_a_typed_tag(self, typed):
        assert not re.search(r"<a\s", lowered(Text(f"您说的是：{typed}")), re.IGNORECASE)

    def test_with_angle_brackets_in_its_label_stays_one_link(self):
        (match,) = ANCHOR.finditer(lowered(Text("[a</a><b](https://e.org)")))
        assert match[1] == "https://e.org"


class TestOptions:
    def test_stand_below_the_words_one_a_line(self):
        lines = lowered(Text("您想问哪个？", (Option("a", "怎么认证"), Option("b", "转人工")))).split("\n")
        assert lines[:2] == ["您想问哪个？", ""]
        assert [ANCHOR.fullmatch(line)[2] for line in lines[2:]] == ["怎么认证", "转人工"]

    @given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=20))
    def test_bring_back_their_label_and_id_when_tapped(self, label, option_id):
        anchor = ANCHOR.fullmatch(lowered(Text("", (Option(option_id, label),))))
        address = urlsplit(anchor[1])
        assert (address.scheme, address.netloc) == ("weixin", "bizmsgmenu")
        tapped = parse_qs(address.query, keep_blank_values=True, strict_parsing=True)
        assert tapped == {"msgmenucontent": [label], "msgmenuid": [option_id]}

    def test_stand_in_plain_chinese_in_the_address(self):
        line = lowered(Text("", (Option("guide:enter", "进入小程序"),)))
        assert "msgmenucontent=进入小程序&msgmenuid=guide:enter" in line

    def test_are_the_same_in_a_push_and_in_a_reply(self):
        text = Text("好", (Option("a", "下一步"),))
        assert pushed("o", text)["text"]["content"] == passive(text)["Content"]


WORDS = st.lists(
    st.sampled_from(
        [
            "请用支付宝扫一扫。",
            "第一步，打开小程序；",
            "怎么办？",
            "\n",
            "\n\n",
            "[操作指南](https://example.org/guide?step=3&from=chat)",
            "“您好！”",
            "👨‍👩‍👧",
            "e\u0301",
            "没有标点的一长段话" * 12,
            "<",
            "<a ",
            "]",
            "[",
            "abc def ",
        ]
    )
    | st.text(max_size=40),
    max_size=120,
).map("".join)
OPTIONS = st.lists(
    st.builds(Option, st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=24)), max_size=9
).map(tuple)


class TestALongText:
    @given(WORDS, OPTIONS)
    def test_is_cut_into_messages_that_fit_and_loses_nothing(self, words, options):
        cut = parts(Text(words, options))
        assert "".join(part.words for part in cut) == words
        assert tuple(option for part in cut for option in part.options) == options
        assert all(size(part) <= BUDGET_BYTES for part in cut)
        assert not (words or options) or all(fits(part) for part in cut)
        if not options:
            assert "".join(seen(part) for part in cut).replace("＜", "<") == seen(Text(words)).replace(
                "＜", "<"
            )

    @given(WORDS)
    def test_keeps_every_link_whole(self, words):
        links = [match.groups() for match in ANCHOR.finditer(lowered(Text(words)))]
        cut = [match.groups() for part in parts(Text(words)) for match in ANCHOR.finditer(lowered(part))]
        assert cut == links

    def test_is_cut_at_the_end_of_a_paragraph_or_a_sentence(self):
        paragraphs = parts(Text("\n".join("这是一段话，里面有逗号。" * 10 for _ in range(12))))
        assert len(paragraphs) > 1
        assert all(part.words.endswith("\n") for part in paragraphs[:-1])
        sentences = parts(Text("请先打开支付宝，再搜索小程序。" * 100))
        assert all(part.words.endswith("。") for part in sentences)

    @pytest.mark.parametrize("shift", range(8))
    def test_keeps_a_closing_quote_with_its_sentence(self, shift):
        cut = parts(Text("啊" * shift + "他说：“请稍等。”" * 150))
        assert all(part.words.endswith("”") for part in cut)

    def test_without_any_sentence_is_cut_between_characters_only(self):
        cut = parts(Text("👨‍👩‍👧" * 300))
        assert len(cut) > 1
        assert all(part.words == "👨‍👩‍👧" * (len(part.words) // 5) for part in cut)

    def test_puts_the_options_with_the_last_words(self):
        options = tuple(Option(str(n), f"相关的第{n}个问题怎么办") for n in range(3))
        *before, last = parts(Text("请先打开支付宝，再搜索小程序。" * 80, options))
        assert before
        assert last.words
        assert last.options == options

    def test_is_cut_quickly_even_if_it_is_absurd(self):
        assert len(parts(Text("啊" * 100_000))) == 167


class TestOtherSayings:
    def test_are_one_message_each(self):
        for saying in (Card("t", "w", "https://e.org"), Image("m"), PassToWeChatAgents()):
            assert parts(saying) == (saying,)
            assert fits(saying)

    def test_card_becomes_news_with_one_article(self):
        card = Card("标题", "说明", "https://e.org", "https://e.org/p.png")
        assert passive(card)["ArticleCount"] == 1
        assert pushed("o", card) == {
            "touser": "o",
            "msgtype": "news",
            "news": {
                "articles": [
                    {
                        "title": "标题",
                        "description": "说明",
                        "url": "https://e.org",
                        "picurl": "https://e.org/p.png",
                    }
                ]
            },
        }

    def test_picture_is_sent_by_its_id(self):
        assert pushed("o", Image("m")) == {"touser": "o", "msgtype": "image", "image": {"media_id": "m"}}

    def test_hand_over_is_only_an_answer(self):
        assert passive(PassToWeChatAgents()) == {"MsgType": "transfer_customer_service"}
        with pytest.raises(CannotBePushed):
            pushed("o", PassToWeChatAgents())
