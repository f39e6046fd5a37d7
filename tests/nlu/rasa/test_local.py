from collections import Counter
from pathlib import Path

import pytest

from nlu.engines.rasa import Outcome
from nlu.export import model_name
from nlu.rasa import compare, local
from tests.nlu.conftest import CONTENT


class TestWhereRasaIsNotInstalled:
    def test_the_way_to_it_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(local, "PYTHON", tmp_path / "no" / "python")
        with pytest.raises(local.NoRasaHere, match="make rasa-setup"):
            local.LocalServer(tmp_path)


class TestAModelThatWasTrainedHere:
    def test_is_not_trained_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(local, "PYTHON", Path(__file__))
        monkeypatch.setattr(local, "model_name", lambda *_: "known")
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "known.tar.gz").write_bytes(b"")
        (tmp_path / "models" / "known.json").write_text('{"train_s": 12.5}')
        trained = local.LocalServer(tmp_path).train(CONTENT, "pipeline: []")
        assert (trained.model.name, trained.took_s) == ("known.tar.gz", 12.5)

    def test_is_trained_again_when_the_training_was_cut_short(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = tmp_path / "python"
        script.write_text("#!/bin/sh\necho the pipeline is no pipeline >&2\nexit 3\n")
        script.chmod(0o755)
        monkeypatch.setattr(local, "PYTHON", script)
        server = local.LocalServer(tmp_path)
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / f"{model_name(CONTENT, 'x')}.tar.gz").write_bytes(b"half")
        with pytest.raises(RuntimeError, match="no pipeline"):
            server.train(CONTENT, "x")


class TestTheFiguresOfRasa:
    @pytest.mark.parametrize("outcomes", [{}, {"late": 1, "answered": 50}, {"refused": 1}])
    def test_are_not_given_where_others_answered(self, outcomes: dict[Outcome, int]) -> None:
        with pytest.raises(compare.NotHeard):
            compare._all_answered(Counter(outcomes))
