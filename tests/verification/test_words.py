"""Every key has its words, and the words keep the promises of the service's guide."""

from __future__ import annotations

import pytest
import yaml

from verification import sentences, words
from verification.documents import DocumentKind, Refusal
from verification.engines.challenge import Action
from verification.engines.outcomes import Reason


class TestTheWordsFile:
    @pytest.mark.parametrize(
        ("section", "keys"),
        [
            ("refusals", set(Refusal)),
            ("reasons", set(Reason)),
            ("documents", set(DocumentKind)),
            ("actions", set(Action)),
            ("kinds", {"identity", "face", "later"}),
        ],
    )
    def test_has_words_for_each_key_and_no_other(self, section, keys):
        assert set(yaml.safe_load(words.FILE.read_text(encoding="utf-8"))[section]) == keys

    def test_has_no_key_twice(self):
        keys = [line.split(":")[0] for line in words.FILE.read_text(encoding="utf-8").splitlines()]
        own = [key for key in keys if key.startswith("  ") and not key.startswith("    ")]
        allowed = {"  face", "  identity", "  later"}
        assert len([key for key in own if key not in allowed]) == len({*own} - allowed)


class TestARefusal:
    @pytest.mark.parametrize("key", list(Refusal))
    def test_says_what_is_wrong_and_how_to_mend_it(self, key):
        said = words.refusal(key)
        assert said.wrong.endswith("。")
        assert "请" in said.mend
        assert said.mend.endswith("。")


class TestAReason:
    @pytest.mark.parametrize("key", list(Reason))
    def test_says_what_to_do_and_belongs_to_one_of_the_three_kinds(self, key):
        said = words.reason(key)
        assert words.kind_name(said.kind) in {"身份验证失败", "人像比对未通过", "验证失败，请稍后重试"}
        assert "请" in said.mend
        assert said.wrong.endswith("。")

    def test_does_not_tell_a_spoof_from_a_mismatch(self):
        assert words.reason(Reason.NOT_LIVE) == words.reason(Reason.NOT_ALIKE)


class TestTheHeadingOverWhatIsWrong:
    @pytest.mark.parametrize(
        ("reason", "heading"),
        [
            ("form:pair_not_found", "身份验证失败"),
            ("form:card_mismatch", "身份验证失败"),
            ("face:no_template", "身份验证失败"),
            ("face:too_dark", "人像比对未通过"),
            ("face:not_alike", "人像比对未通过"),
            ("face:action_not_seen", "验证失败，请稍后重试"),
            ("form:engine_busy", "验证失败，请稍后重试"),
            ("form:bank_unavailable", "验证失败，请稍后重试"),
            ("number:too_short", "还不能继续"),
            ("document:blurred", "还不能继续"),
            ("face:picture_missing", "还不能继续"),
        ],
    )
    def test_is_by_its_name_in_question_7_where_something_was_checked(self, reason, heading):
        assert sentences.heading((reason,)) == heading


def test_each_document_and_action_has_its_name():
    assert words.document_name(DocumentKind.HKMT) == "港澳居民来往内地通行证"
    assert "左" in words.action(Action.TURN_LEFT)
    assert "右" in words.action(Action.TURN_RIGHT)
