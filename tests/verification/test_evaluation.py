"""The evaluation: what it finds in a folder, how it counts, and what the engine reaches."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.verification.engines.conftest import engine, models_folder, photographs, with_spoof_models
from verification.__main__ import app
from verification.evaluation import BadList, NothingToMeasure, Rate, evaluate, resident_mb, trials_in

__all__ = ["engine", "models_folder", "photographs", "with_spoof_models"]

KEYS = {"fmr", "fnmr", "undetected", "p50_ms", "p95_ms", "rss_mb", "pad"}


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


class TestAFolder:
    def test_of_people_gives_each_pair_once(self, tmp_path):
        touch(*(tmp_path / who / f"{n}.jpg" for who in ("wang", "li") for n in (1, 2)))
        pairs = trials_in(tmp_path).pairs
        assert len(pairs) == 6
        assert sorted(str(one.parent.name) for one, _, same in pairs if same) == ["li", "wang"]

    def test_with_a_list_gives_its_pairs(self, tmp_path):
        touch(tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "unlisted.jpg")
        (tmp_path / "any-name.csv").write_text("file_x,file_y,Decision\na.jpg,b.jpg,Yes\nb.jpg,a.jpg,No\n")
        assert [same for _, _, same in trials_in(tmp_path).pairs] == [True, False]

    def test_with_a_list_of_other_titles_or_of_none_gives_its_pairs(self, tmp_path):
        touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
        (tmp_path / "titled.csv").write_text("image1,image2,same\r\na.jpg,b.jpg,1\r\n\r\n")
        (tmp_path / "untitled.csv").write_text("b.jpg,a.jpg,false\n")
        assert [same for _, _, same in trials_in(tmp_path).pairs] == [True, False]

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("gone.jpg,b.jpg,Yes", "no picture gone.jpg"),
            ("a.jpg,b.jpg", "Yes or No"),
            ("a.jpg,b.jpg,maybe", "Yes or No"),
        ],
    )
    def test_with_a_list_that_cannot_be_measured_names_the_line(self, tmp_path, line, why):
        touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
        (tmp_path / "pairs.csv").write_text(f"file_x,file_y,Decision\na.jpg,b.jpg,Yes\n{line}\n")
        with pytest.raises(BadList, match=rf"pairs\.csv, line 3: .*{why}"):
            trials_in(tmp_path)

    def test_with_attacks_gives_them_however_deep(self, tmp_path):
        touch(tmp_path / "deep" / "pad" / "image_F1.jpg", tmp_path / "deep" / "pad" / "image_T1.jpg")
        trials = trials_in(tmp_path)
        assert (len(trials.attacks), len(trials.live), trials.pairs) == (1, 1, ())

    def test_of_all_kinds_gives_all(self, photographs):
        trials = trials_in(photographs)
        assert len(trials.pairs) == 300 + 1225
        assert (len(trials.attacks), len(trials.live)) == (2, 1)

    def test_with_nothing_to_measure_says_so(self, tmp_path):
        touch(tmp_path / "loose.jpg")
        (tmp_path / "other.csv").write_text("name,age\n")
        (tmp_path / "spoilt.csv").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(NothingToMeasure, match="one folder per person"):
            trials_in(tmp_path)


class TestARate:
    @pytest.mark.parametrize(
        ("errors", "trials", "low", "high"),
        [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
    )
    def test_has_wilsons_interval(self, errors, trials, low, high):
        assert Rate(errors, trials).interval == pytest.approx((low, high), abs=1e-4)

    def test_of_nothing_is_not_nought(self):
        assert (Rate(0, 0).value, Rate(0, 0).interval) == (None, None)


class TestTheEngineOnPhotographs:
    def test_lets_no_stranger_through_and_refuses_hardly_anybody(self, engine, photographs):
        found = evaluate(engine, trials_in(photographs), match_at=0.50)
        assert found.false_match.errors == 0
        assert found.false_match.trials == 1262
        assert found.false_non_match.value is not None
        assert found.false_non_match.value <= 0.02
        assert found.undetected.errors == 0

    def test_sorts_the_three_presentations_right(self, engine, with_spoof_models, photographs):
        found = evaluate(engine, trials_in(photographs / "pad"), match_at=0.50)
        assert found.pad is not None
        assert (found.pad.attack, found.pad.live) == (Rate(0, 2), Rate(0, 1))
        assert len(found.took_ms) == 3


class TestTheMemoryOfAProcess:
    def test_is_its_own_and_not_what_its_parent_held(self):
        ballast = b"x" * (300 * 1024 * 1024)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            assert resident_mb(child.pid) < 100 < 300 < resident_mb()
            child.communicate(b"\n")
        assert len(ballast) > 0


class TestTheCommand:
    @pytest.fixture
    def people(self, photographs, tmp_path):
        for who in ("Tony_Blair", "Hugo_Chavez"):
            (tmp_path / who).mkdir()
            for photograph in sorted((photographs / "lfw" / who).iterdir())[:2]:
                shutil.copy(photograph, tmp_path / who)
        return tmp_path

    def test_prints_json_and_nothing_else(self, people, models_folder):
        run = CliRunner().invoke(app, ["evaluate", str(people), "--json", "--folder", str(models_folder)])
        found = json.loads(run.stdout)
        assert set(found) >= KEYS
        assert (found["fmr"], found["fnmr"], found["undetected"]) == (0.0, 0.0, 0)
        assert found["p50_ms"] > 0
        assert found["rss_mb"] > 50

    def test_prints_a_table_for_people(self, people, models_folder):
        run = CliRunner().invoke(app, ["evaluate", str(people), "--folder", str(models_folder)])
        assert run.exit_code == 0
        assert "误识率 FMR" in run.stdout
        assert "95 % 区间" in run.stdout

    def test_counts_a_picture_without_a_face_apart(self, people, models_folder):
        (people / "Tony_Blair" / "no-face.jpg").write_bytes(b"nothing")
        run = CliRunner().invoke(app, ["evaluate", str(people), "--json", "--folder", str(models_folder)])
        found = json.loads(run.stdout)
        assert (found["undetected"], found["pictures"], found["genuine_pairs"]) == (1, 5, 2)

    def test_says_visibly_that_the_spoof_check_is_off(self, people, models_folder, tmp_path_factory):
        bare = tmp_path_factory.mktemp("models")
        for file in models_folder.iterdir():
            if "FASNet" not in file.name:
                (bare / file.name).symlink_to(file)
        options = [str(people), "--folder", str(bare)]
        assert "活体检测已关闭" in CliRunner().invoke(app, ["evaluate", *options]).stdout
        found = json.loads(CliRunner().invoke(app, ["evaluate", *options, "--json"]).stdout)
        assert found["pad"]["checked"] is False

    def test_without_models_says_what_to_run(self, people, tmp_path_factory):
        nowhere = str(tmp_path_factory.mktemp("models"))
        run = CliRunner().invoke(app, ["evaluate", str(people), "--folder", nowhere])
        assert run.exit_code == 2
        assert "models fetch" in " ".join(run.output.split())
