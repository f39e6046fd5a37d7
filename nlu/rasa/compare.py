"""Hears cases by a Rasa pipeline as a citizen would be heard: `python -m nlu evaluate FILE --engine rasa,diet`.

The pipeline is trained on the content once (a model has the name of all that it learnt from) and served on
loopback; the server ends with the run.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from nlu.ear import Ear
from nlu.engines.rasa import Outcome, RasaEngine
from nlu.hearing import Hearing
from nlu.measure import Case, hear
from nlu.rasa.local import ROOT, LocalServer
from nlu.report import Run, run_of
from nlu.training import TrainingContent
from nlu.trials import PIPELINES

MODELS = ROOT / "var" / "rasa" / "trial"
PATIENCE = timedelta(seconds=20)
"""For one parse: here every case has to be heard by Rasa, however long it takes."""


class NotHeard(Exception):
    """Rasa gave no opinion of some cases, so the figures would not be its own."""


def run_by_rasa(name: str, content: TrainingContent, cases: Sequence[Case], ear: Ear) -> Run:
    """The figures of the pipeline `name`, with `ear` beside it; memory is that of the server.

    Raises:
        NoRasaHere: no environment to train and serve it in.
        NotHeard: some case was not heard by Rasa.
        RuntimeError: Rasa did not train or start.
    """
    server, config = LocalServer(MODELS), PIPELINES[name].read_text(encoding="utf-8")
    trained = server.train(content, config)
    server.start(trained.model)
    outcomes: Counter[Outcome] = Counter()
    try:
        with asyncio.Runner() as runner:
            engine = RasaEngine(
                server.url,
                server.token,
                config=config,
                models=MODELS / "models",
                budget=PATIENCE,
                observe=lambda outcome, _: outcomes.update([outcome]),
            )
            runner.run(engine.health())
            hearing = Hearing(ear, content, engine, engine="rasa")
            runner.run(hearing.understand(cases[0].text))
            heard = hear(lambda text: runner.run(hearing.understand(text)), cases)
            runner.run(engine.close())
        _all_answered(outcomes)
        return run_of(name, heard, trained.took_s, server.resident_mb())
    finally:
        server.kill()


def _all_answered(outcomes: Counter[Outcome]) -> None:
    failed = {outcome: times for outcome, times in outcomes.items() if outcome != "answered"}
    if failed or not outcomes:
        raise NotHeard(f"not every case was heard by Rasa: {dict(outcomes) or 'it was never asked'}")
