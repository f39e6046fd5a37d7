import json
from pathlib import Path

import pytest

from nlu.checks import doubts, twins
from nlu.ear import EarSettings
from nlu.measure import Case, CasesRefused, Heard, auroc, by_style, confusions, figures, hear, read_cases
from nlu.report import page, run_of, tables
from nlu.training import Topic, TrainingContent
from nlu.trials import content_of, cross_validated, first_of_each, not_learnt
from nlu.understanding import Guess, Understanding
from tests.nlu.conftest import CONTENT

DEAF = EarSettings(encoder=False)


def heard(topic: str | None, *guesses: tuple[str, float], zone: str = "answer", style: str = "口语") -> Heard:
    understood = Understanding("", zone, tuple(Guess(t, c) for t, c in guesses))  # type: ignore[arg-type]
    return Heard(Case("…", topic, style), understood, 1.0)


RUN = [
    heard("fee", ("fee", 0.9)),
    heard("fee", ("human", 0.5), ("fee", 0.3), zone="ask"),
    heard("human", ("fee", 0.8), style="很短"),
    heard("human", ("human", 0.7)),
    heard(None, ("fee", 0.75)),
    heard(None, zone="fallback"),
]


class TestTheFigures:
    def test_count_what_they_say(self) -> None:
        found = figures(RUN)
        assert found["accuracy"] == 50
        assert found["top3"] == 75
        assert found["answered_and_right"] == 50
        assert found["solved_or_one_tap"] == 75
        assert found["oos_answered"] == 50
        assert found["asked"] == 25
        assert found["precision_answered"] == pytest.approx(66.67)
        assert found["macro_f1"] == 50

    def test_count_styles_and_confusions(self) -> None:
        assert by_style(RUN) == {"口语": (3, 66.7), "很短": (1, 0.0)}
        assert set(confusions(RUN)) == {("fee", "human", 1), ("human", "fee", 1)}

    def test_can_be_had_of_one_kind_only(self) -> None:
        assert "oos_auroc" not in figures(RUN[:2])
        assert "accuracy" not in figures(RUN[4:])

    def test_auroc_counts_ties_half(self) -> None:
        assert auroc([0.9, 0.8], [0.1, 0.2]) == 100
        assert auroc([0.5], [0.5]) == 50
        assert auroc([0.1], [0.9]) == 0


class TestAFileOfCases:
    def test_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "cases.jsonl"
        file.write_text(
            '{"text": "要钱吗", "topic": "fee", "style": "短"}\n\n{"text": "天气", "topic": null}\n'
        )
        assert read_cases(file) == [Case("要钱吗", "fee", "短"), Case("天气", None)]

    @pytest.mark.parametrize(
        "line",
        [
            *("{", '{"topic": "fee"}', "[1]", "3", "[" * 9**5, "\udcff", '{"text": ' + "9" * 5000 + "}"),
            *('{"text": 5}', '{"text": "要钱吗", "topic": 5}', '{"text": "要钱吗", "style": ["短"]}'),
        ],
    )
    def test_with_a_bad_line_is_refused_by_its_number(self, tmp_path: Path, line: str) -> None:
        file = tmp_path / "cases.jsonl"
        file.write_text('{"text": "要钱吗"}\n' + line + "\n", errors="surrogateescape")
        with pytest.raises(CasesRefused, match=r"cases\.jsonl:2"):
            read_cases(file)

    def test_that_is_empty_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "cases.jsonl").write_text("\n\n")
        with pytest.raises(CasesRefused, match="not one case"):
            read_cases(tmp_path / "cases.jsonl")

    def test_may_come_from_another_editor(self, tmp_path: Path) -> None:
        file = tmp_path / "cases.jsonl"
        file.write_bytes('\ufeff{"text": "要\u2028钱"}\r\n\r\n{"text": "天气"}'.encode())
        assert read_cases(file) == [Case("要\u2028钱", None), Case("天气", None)]


class TestTheReport:
    def test_shows_the_engines_side_by_side(self) -> None:
        runs = [run_of("embedded", RUN, 1.5), run_of("other <b>", RUN, 2.0)]
        assert len(tables(runs)) == 3
        written = page(runs)
        assert "other &lt;b&gt;" in written
        assert "<b>" not in written
        assert json.loads(json.dumps(runs[0].as_json()))["accuracy"] == 50


class TestCrossValidation:
    def test_hears_every_question_once_and_unlearnt(self) -> None:
        run = cross_validated(CONTENT, DEAF, folds=3)
        questions = sum(len(topic.questions) for topic in CONTENT.topics) + len(CONTENT.out_of_scope)
        assert len(run) == questions
        assert figures(run)["accuracy"] > 50

    def test_learns_sets_that_are_not_ours(self) -> None:
        taught = content_of([Case("要钱吗", "fee"), Case("天气", None)])
        assert taught == TrainingContent((Topic("fee", "", ("要钱吗",)),), ("天气",))

    def test_learns_a_few_of_each_topic(self) -> None:
        taught = first_of_each(CONTENT, 4)
        assert [len(topic.questions) for topic in taught.topics] == [4, 4, 4]
        assert taught.out_of_scope == CONTENT.out_of_scope[::4]
        assert first_of_each(CONTENT, 99) == CONTENT
        rest = not_learnt(CONTENT, taught)
        assert len(rest) == 3 * 12 + 12
        assert rest[0] == Case(CONTENT.topics[0].questions[4], "fail_face")
        assert rest[-1].topic is None

    def test_measures_while_it_hears(self) -> None:
        run = hear(lambda text: Understanding(text, "fallback"), [Case("a", None)])
        assert run[0].took_ms >= 0


class TestTheCheckOfTheContent:
    def test_finds_a_question_under_the_wrong_topic(self) -> None:
        face, fee, how_open = CONTENT.topics
        wrong = Topic(fee.id, fee.title, (*fee.questions, "扫脸总是比对失败不通过"))
        found = doubts(TrainingContent((face, wrong, how_open), CONTENT.out_of_scope), DEAF, sure=0.5)
        assert ("扫脸总是比对失败不通过", "fee", "fail_face") in [
            (d.question, d.topic, d.heard_as) for d in found
        ]

    def test_finds_doubles_and_puts_disagreement_first(self) -> None:
        content = TrainingContent(
            (Topic("a", "a", ("要不要钱啊", "怎么刷脸", "怎么刷脸？")), Topic("b", "b", ("要不要钱啊!",))),
        )
        found = twins(content)
        assert [pair.disagree for pair in found] == [True, False]
        assert found[0].topics == ("a", "b")
