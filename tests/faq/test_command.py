"""python -m faq, as an editor or the build runs it."""

import pytest
from typer.testing import CliRunner

from faq import __main__ as command


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "REQUIRED", tmp_path / "none.yml")
    return lambda *words: CliRunner().invoke(command.app, [str(word) for word in words])


class TestCheck:
    def test_names_file_line_and_what_would_be_right_and_fails(self, run, folder, edit):
        edit("topics/entering.yml", "related: [id_types]", "related: [id_typ]")
        result = run("check", folder)
        assert result.exit_code == 1
        assert "topics/entering.yml:8" in result.output
        assert "id_types" in result.output

    def test_fails_on_a_required_topic_that_is_missing(self, run, folder, tmp_path):
        (tmp_path / "none.yml").write_text("sign_how: 怎么签字\n", encoding="utf-8")
        result = run("check", folder)
        assert result.exit_code == 1
        assert "怎么签字" in result.output

    def test_shows_a_link_as_the_editor_wrote_it(self, run, folder, edit):
        edit("topics/entering.yml", "只在这几天有效。", "'见[说明](https://example.com'")
        assert "[说明](https://example.com" in run("check", folder).output


class TestDraw:
    def test_writes_every_guide_and_knows_when_it_is_current(self, run, folder, tmp_path):
        page = tmp_path / "docs" / "guides.md"
        assert run("draw", folder, "--to", page, "--check").exit_code == 1
        assert not page.exists()
        assert run("draw", folder, "--to", page).exit_code == 0
        assert "```mermaid\nflowchart TD" in page.read_text(encoding="utf-8")
        assert run("draw", folder, "--to", page, "--check").exit_code == 0

    def test_is_out_of_date_when_a_guide_changed(self, run, folder, edit, tmp_path):
        page = tmp_path / "guides.md"
        run("draw", folder, "--to", page)
        edit("guides/enter.yml", "label: 扫码", "label: 扫一扫")
        result = run("draw", folder, "--to", page, "--check")
        assert result.exit_code == 1
        assert "python -m faq draw" in result.output
