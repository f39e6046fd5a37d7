"""`python -m nlu understand` as a process: line in, line out, and never a stop at a bad line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.nlu.conftest import CONTENT

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small content as an editor's folder."""
    folder = tmp_path_factory.mktemp("content")
    (folder / "topics").mkdir()
    topics = [{"id": t.id, "title": t.title, "questions": list(t.questions)} for t in CONTENT.topics]
    (folder / "topics" / "all.yml").write_text(yaml.safe_dump({"topics": topics}, allow_unicode=True))
    groups = {"groups": {"other": list(CONTENT.out_of_scope)}}
    (folder / "out_of_scope.yml").write_text(yaml.safe_dump(groups, allow_unicode=True))
    return folder


def run(*arguments: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nlu", *map(str, arguments)]
    return subprocess.run(command, input=said, capture_output=True, text=True, cwd=ROOT, timeout=100)


class TestUnderstand:
    def test_answers_line_by_line(self, folder: Path, tmp_path: Path) -> None:
        lines = ['{"text": "刷脸失败"}', "{bad", '{"text": 5}', "[]", '{"text": ""}', '{"text": "要钱吗"}']
        asked = ("understand", "--content", folder, "--ears", tmp_path)
        done = run(*asked, said="\n".join(lines) + "\n")
        first, *bad, empty, last = map(json.loads, done.stdout.splitlines())
        assert done.returncode == 0
        assert (first["topic"], first["answered"]) == ("fail_face", True)
        assert len(first["alternatives"]) == 2
        assert all("error" in line for line in bad)
        assert empty == {"topic": None, "confidence": 0.0, "answered": False, "alternatives": []}
        assert last["topic"] == "fee"
        (kept,) = tmp_path.glob("*.ear")
        learnt = kept.stat().st_ino
        assert run(*asked, said=lines[0]).stdout.splitlines() == done.stdout.splitlines()[:1]
        assert kept.stat().st_ino == learnt

    def test_answers_where_nothing_can_be_kept(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        done = run(
            "understand", "--content", folder, "--ears", tmp_path / "file" / "ears", said='{"text": "要钱吗"}'
        )
        assert json.loads(done.stdout)["topic"] == "fee"
        assert "not kept" in done.stderr

    def test_reads_what_other_editors_and_locales_make_of_a_line(self, folder: Path, tmp_path: Path) -> None:
        said = '\ufeff{"text": "刷脸失败"}\r\n{"text": ' + "9" * 5000 + '}\r\n\udcff\r\n{"text": "要钱吗"}'
        environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        command = [sys.executable, "-m", "nlu", "understand", "--content", folder, "--ears", tmp_path]
        raw = said.encode(errors="surrogateescape")
        done = subprocess.run(command, input=raw, capture_output=True, cwd=ROOT, env=environment, timeout=100)
        first, number, bytes_, last = map(json.loads, done.stdout.splitlines())
        assert (first["topic"], last["topic"]) == ("fail_face", "fee")
        assert "error" in number
        assert "error" in bytes_

    def test_says_which_folder_it_needs(self, tmp_path: Path) -> None:
        done = run("understand", "--content", tmp_path)
        assert done.returncode == 2
        assert "no topics" in done.stderr
        assert "Traceback" not in done.stderr


class TestEvaluate:
    def test_prints_json_and_writes_the_page(self, folder: Path, tmp_path: Path) -> None:
        cases, report = tmp_path / "cases.jsonl", tmp_path / "report.html"
        cases.write_text(
            '{"text": "刷脸不过", "topic": "fail_face", "style": "短"}\n{"text": "天气", "topic": null}\n'
        )
        done = run("evaluate", cases, "--content", folder, "--json", "--html", report)
        (found,) = json.loads(done.stdout)
        assert found["accuracy"] == 100
        assert found["styles"] == {"短": {"cases": 1, "accuracy": 100.0}}
        assert "<svg" in report.read_text()

    def test_warns_of_topics_that_the_content_does_not_have(self, folder: Path, tmp_path: Path) -> None:
        cases = tmp_path / "cases.jsonl"
        cases.write_text('{"text": "刷脸不过", "topic": "no_such_topic"}\n')
        done = run("evaluate", cases, "--content", folder, "--json")
        assert json.loads(done.stdout)[0]["accuracy"] == 0
        assert "no_such_topic" in done.stderr

    @pytest.mark.parametrize(
        "words",
        [
            ["evaluate", "nowhere.jsonl"],
            ["evaluate", "{folder}"],
            ["evaluate", "{folder}/out_of_scope.yml"],
            ["evaluate", "--most", "0"],
            ["evaluate", "--most", "99", "--content", "{folder}"],
            ["evaluate", "--html", "nowhere/page.html"],
            ["experiment", "--folds", "1"],
            ["experiment", "--train", "nowhere.jsonl"],
            ["check", "--content", "nowhere"],
        ],
    )
    def test_refuses_what_it_cannot_do_before_it_learns(self, folder: Path, words: list[str]) -> None:
        done = run(*(word.format(folder=folder) for word in words))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "Usage: python -m nlu" in done.stderr

    def test_names_the_engines_it_knows(self, folder: Path, tmp_path: Path) -> None:
        cases = tmp_path / "cases.jsonl"
        cases.write_text('{"text": "刷脸不过", "topic": "fail_face"}\n')
        done = run("evaluate", cases, "--content", folder, "--engine", "gpt")
        assert done.returncode != 0
        assert "embedded" in done.stderr

    def test_takes_several_engines_at_once_and_hears_what_it_did_not_learn(self, folder: Path) -> None:
        done = run("evaluate", "--content", folder, "--engines", "embedded,embedded-no-encoder", "--json")
        first, second = json.loads(done.stdout)
        assert [first["engine"], second["engine"]] == ["embedded", "embedded-no-encoder"]
        assert sum(style["cases"] for style in first["styles"].values()) < 48
        assert first["accuracy"] > 50
