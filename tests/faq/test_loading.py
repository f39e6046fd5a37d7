"""What an editor may write, and how a slip is told."""

import pytest

from faq.findings import ContentRefused
from faq.loading import load_content

TOPICS = "topics/entering.yml"


def one(findings):
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


class TestAFolderThatIsRight:
    def test_loads_with_every_part(self, folder):
        content = load_content(folder)
        assert [topic.id for topic in content.topics] == ["how_open", "id_types", "old_rule"]
        assert content.categories[0].slug == "entering"
        assert content.guides[0].id == "enter"
        assert content.out_of_scope["distress"] == ("不想活了",)

    def test_has_the_same_fingerprint_however_the_file_is_laid_out(self, folder, edit):
        before = load_content(folder).fingerprint()
        edit(TOPICS, "keywords: [打开]", "keywords:\n      - '打开'  # a comment")
        assert load_content(folder).fingerprint() == before

    def test_has_another_fingerprint_when_one_word_changes(self, folder, edit):
        before = load_content(folder).fingerprint()
        edit(TOPICS, "咋进去", "咋进")
        assert load_content(folder).fingerprint() != before

    def test_survives_the_way_through_a_release_row(self, folder):
        content = load_content(folder)
        assert type(content).model_validate_json(content.to_json()) == content

    def test_may_be_saved_by_a_windows_editor(self, folder):
        file = folder / TOPICS
        file.write_text(file.read_text(encoding="utf-8"), encoding="utf-8-sig", newline="\r\n")
        assert load_content(folder).categories[0].category == "进入小程序"


class TestASlipInAKey:
    def test_is_told_with_file_line_entry_and_the_right_word(self, edit, found):
        edit(TOPICS, "keywords:", "keyword:")
        finding = one(found())
        assert (finding.code, finding.entry, finding.line) == ("unknown_key", "how_open", 7)
        assert finding.path == "topics[0].keyword"
        assert "是不是“keywords”" in finding.words
        assert str(finding).startswith("topics/entering.yml:7 how_open")

    def test_names_the_keys_of_the_place_it_stands_in(self, edit, found):
        edit(TOPICS, "for: {document: hkmt}", "for: {dokument: hkmt}")
        assert "document、phone_system、step、error" in one(found()).words

    def test_loads_again_once_mended(self, folder, edit):
        edit(TOPICS, "keywords:", "keyword:")
        with pytest.raises(ContentRefused, match="keywords"):
            load_content(folder)
        edit(TOPICS, "keyword:", "keywords:")
        load_content(folder)


class TestAValueOfTheWrongKind:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("keywords: [打开]", "keywords: 打开", "not_a_list"),
            ("咋进去]", "12345]", "not_text"),
            ("title: 怎么打开小程序？", "title: ''", "too_short"),
            ("id: how_open", "id: HowOpen", "bad_id"),
            ("document: hkmt", "document: hongkong", "not_one_of"),
            ("2026-03-31", "2026-02-31", "not_a_date"),
            ("2026-03-31", "soon", "not_a_date"),
            ("2026-03-31", "2026-01-31", "dates_reversed"),
            ("related: [id_types]", "related: [id_types, old_rule, how_open, id_types]", "too_long"),
            ("咋进去]", f"咋进去{', 问' * 1000}]", "too_long"),
            ("      - for: {document: hkmt}\n", "      -\n", "default_twice"),
            ("{open: guide, id: enter, label", "{open: guide, label", "guide_needs_id"),
            ("{open: human, label", "{open: human, id: enter, label", "guide_needs_id"),
            ("    title: 旧的规定\n", "", "missing_key"),
        ],
    )
    def test_is_refused_with_its_own_words(self, edit, found, old, new, code):
        edit(TOPICS, old, new)
        finding = one(found())
        assert finding.code == code
        assert finding.line > 0
        assert finding.words

    def test_leaves_nobody_on_wechat_without_a_default_answer(self, edit, found):
        edit(TOPICS, "- text: 只在这几天有效。", "- {text: 只在这几天有效。, for: {document: hkmt}}")
        assert one(found()).code == "no_default_answer"

    def test_all_slips_are_told_at_once(self, edit, found):
        edit(TOPICS, "keywords:", "keyword:")
        edit("menu.yml", "人工帮助, key", "人工帮助, kee")
        edit("guides/enter.yml", "summary:", "sumary:")
        assert {finding.file for finding in found()} == {TOPICS, "menu.yml", "guides/enter.yml"}


class TestWhatYamlSilentlyMisreads:
    @pytest.mark.parametrize(
        ("old", "new", "code", "line"),
        [
            ("keywords: [打开]", "keywords: [no]", "boolean_trap", 7),
            ("keywords:", "on:", "boolean_trap", 7),
            ("keywords: [打开]", "title: 又一个", "duplicate_key", 7),
            ("keywords: [打开]", "keywords: [12:30]", "number_trap", 7),
            ("keywords: [打开]", "keywords: [007]", "number_trap", 7),
        ],
    )
    def test_is_refused(self, edit, found, old, new, code, line):
        edit(TOPICS, old, new)
        finding = one(found())
        assert (finding.code, finding.line) == (code, line)

    def test_quotes_help(self, folder, edit):
        edit(TOPICS, "keywords: [打开]", 'keywords: ["no", "12:30", "007"]')
        assert next(load_content(folder).topics).keywords == ("no", "12:30", "007")

    def test_references_that_would_multiply_are_refused(self, folder, found):
        bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
        (folder / "menu.yml").write_text(bomb, encoding="utf-8")
        assert {finding.code for finding in found()} == {"alias"}


class TestAFileThatIsNotThereOrNotYaml:
    def test_a_missing_file_is_named(self, folder, found):
        (folder / "menu.yml").unlink()
        assert "menu.yml" in one(found()).words

    def test_a_folder_without_topics_says_so(self, folder, found):
        (folder / TOPICS).unlink()
        assert one(found()).code == "no_topics"

    def test_broken_yaml_gives_the_line(self, folder, found):
        (folder / "menu.yml").write_text("buttons:\n  - {name: 'open\n", encoding="utf-8")
        finding = one(found())
        assert finding.code == "yaml_syntax"
        assert finding.line >= 2

    @pytest.mark.parametrize("text", ["", "- a list\n", "just words\n", "? [a, b]\n: c\n"])
    def test_another_shape_is_told(self, folder, found, text):
        (folder / "menu.yml").write_text(text, encoding="utf-8")
        assert {finding.code for finding in found()} <= {"not_a_mapping", "yaml_syntax", "missing_key"}
        assert found()

    def test_another_encoding_is_told(self, folder, found):
        (folder / "menu.yml").write_bytes("名字".encode("gb18030"))
        assert one(found()).code == "unreadable"
