"""Compares the engines on the same content, in one table: embedded, the shipped Rasa pipeline, stock DIET.

    RASA_TOKEN=… python -m nlu.rasa.compare --url http://127.0.0.1:5005 --cases FILE [--epochs 100]

Each pipeline is trained twice on a running server (never on the one that serves citizens): on all of the
content, judged by the cases of FILE; and on four fifths of it, judged by the fifth left out.
"""

import argparse
import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from nlu.ear import Ear
from nlu.engines.rasa import RasaEngine
from nlu.hearing import Hearing
from nlu.measure import Case, figures, hear, read_cases
from nlu.text import plain, words_only
from nlu.training import TrainingContent, read_content
from nlu.understanding import Understanding

HERE = Path(__file__).parent
COLUMNS = (
    "accuracy",
    "top3",
    "macro_f1",
    "answered_and_right",
    "oos_answered",
    "oos_auroc",
    "p50_ms",
    "p99_ms",
)


def main() -> None:
    """Train, ask and print."""
    asked = _arguments()
    content = read_content(asked.content)
    part, left_out = split(content)
    sets = [("cases", content, read_cases(asked.cases)), ("fifth left out", part, left_out)]
    diet = (
        (HERE / "config-diet.yml")
        .read_text(encoding="utf-8")
        .replace("epochs: 100", f"epochs: {asked.epochs}")
    )
    pipelines = {
        "Rasa, shipped": (HERE / "config.yml").read_text(encoding="utf-8"),
        f"Rasa, stock DIET, {asked.epochs} epochs": diet,
    }
    for set_name, taught, cases in sets:
        print(
            f"\n{set_name}: {len(cases)} cases\n{'':32}{'train_s':>9}" + "".join(f"{c:>20}" for c in COLUMNS)
        )
        began = time.perf_counter()
        ear = Ear.train(taught)
        _print("embedded", time.perf_counter() - began, ear.understand, cases)
        for name, config in pipelines.items():
            if asked.only in name:
                _compare(name, config, taught, cases, ear, asked)


def split(content: TrainingContent, parts: int = 5) -> tuple[TrainingContent, list[Case]]:
    """The content without one part of its questions, and those questions; the same part each time."""

    def is_left_out(question: str) -> bool:
        digest = hashlib.sha256(words_only(plain(question)).encode()).digest()
        return digest[0] % parts == 0

    def kept(questions: Sequence[str]) -> tuple[str, ...]:
        return tuple(question for question in questions if not is_left_out(question))

    labelled = [(q, topic.id) for topic in content.topics for q in topic.questions]
    labelled_or_not = [*labelled, *((q, None) for q in content.out_of_scope)]
    topics = tuple(replace(topic, questions=kept(topic.questions)) for topic in content.topics)
    cases = [Case(question, topic) for question, topic in labelled_or_not if is_left_out(question)]
    return TrainingContent(topics, kept(content.out_of_scope)), cases


def _compare(
    name: str,
    config: str,
    taught: TrainingContent,
    cases: Sequence[Case],
    ear: Ear,
    asked: argparse.Namespace,
) -> None:
    with asyncio.Runner() as runner:
        engine = RasaEngine(
            asked.url,
            os.environ["RASA_TOKEN"],
            config=config,
            models=asked.models,
            budget=timedelta(seconds=10),
        )
        began = time.perf_counter()
        path = runner.run(engine.train(taught))
        took_s = time.perf_counter() - began
        runner.run(engine.put_in(path))
        hearing = Hearing(ear, taught, engine, engine="rasa")
        _print(name, took_s, lambda text: runner.run(hearing.understand(text)), cases)
        runner.run(engine.close())


def _print(
    name: str, took_s: float, understand: Callable[[str], Understanding], cases: Sequence[Case]
) -> None:
    found = figures(hear(understand, cases))
    cells = "".join(f"{found[column]:>20.1f}" for column in COLUMNS)
    print(f"{name:32}{took_s:>9.1f}{cells}", flush=True)
    print(json.dumps({"engine": name, "train_s": round(took_s, 1), **found}), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:5005")
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--content", type=Path, default=Path("faq/content"))
    parser.add_argument("--models", type=Path, default=Path("var/rasa/models"))
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--only", default="", help="part of a pipeline's name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
