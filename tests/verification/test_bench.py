"""The bench: its figures, and what it says when it cannot take them."""

from __future__ import annotations

import pytest

from tests.verification.engines.conftest import models_folder, photographs, with_spoof_models
from verification import bench

__all__ = ["models_folder", "photographs", "with_spoof_models"]


class TestTheBench:
    @pytest.mark.slow
    def test_compares_with_plain_deepface_on_the_same_pictures(
        self, with_spoof_models, photographs, monkeypatch
    ):
        monkeypatch.setattr(bench, "SAME", 3)
        monkeypatch.setattr(bench, "DIFFERENT", 3)
        monkeypatch.setattr(bench, "STARTS", 1)
        figures = bench.measure(photographs, with_spoof_models)
        value = {name: float(figure["value"]) for name, figure in figures.items()}
        assert value["face_accuracy"] >= value["deepface_accuracy"]
        assert value["face_check_p50"] < value["deepface_verify_p50"]
        assert value["face_worker_cold_start"] > 0
        assert value["face_two_pictures_p50"] < value["deepface_verify_p50"]
        assert 50 < value["face_worker_rss"] < value["deepface_rss"] + 200
        assert value["face_worker_rss"] != value["deepface_rss"], "each is measured in a process of its own"
        assert {figure["unit"] for figure in figures.values()} == {"ms", "1/s", "MB", "s", "share", "x"}

    def test_without_photographs_says_so(self, tmp_path):
        with pytest.raises(bench.NotMeasured, match="no photographs"):
            bench.measure(tmp_path / "absent", tmp_path)

    def test_without_models_says_what_to_run(self, photographs, tmp_path):
        with pytest.raises(bench.NotMeasured, match="python -m verification models fetch"):
            bench.measure(photographs, tmp_path)
