"""The Rasa engine: asks a Rasa 3.6 server that runs the project in nlu/rasa, and teaches it each release.

A server that does not answer is left alone by a breaker; the caller gets None and goes on without it.
Personal numbers are taken out before a text leaves, and no text is logged.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

import aiohttp

from nlu.engines.breaker import Breaker
from nlu.engines.opinion import Cuts, Opinion, mapping_in, read_opinion
from nlu.engines.rasa_door import RasaDoor, RasaRefused
from nlu.entities import PERSONAL, find_entities
from nlu.export import model_name, training_yaml
from nlu.text import plain
from nlu.training import TrainingContent

Outcome = Literal["answered", "late", "refused", "unreachable", "garbled", "resting"]
"""What became of a parse. `refused` is any status but 200; `garbled` an answer that is none."""

WARM_UP = timedelta(seconds=10)
"""The first parse after a start takes 1 to 2 s; a probe gets this long, as no citizen waits for it."""

TRAINING = timedelta(minutes=30)
SWAPPING = timedelta(seconds=60)
STATUS = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Health:
    """How the server is: `model` is the name of what it answers from, empty when it has none.

    A server without a model listens, and can be taught, but is not ready.
    """

    ready: bool
    model: str = ""
    training: bool = False
    trouble: str = ""
    listens: bool = True


class RasaEngine:
    """Asks the server at `url`. Use and close it inside one event loop.

    `config` is the text of the pipeline (nlu/rasa/config.yml). `models` is where trained models are kept;
    `models_there` the same folder as the server sees it. `cuts` are for models without a calibration of
    their own. `observe` hears the outcome and the seconds of every parse. `model` is the name of the model
    that the server had when it was last asked (`health`, `put_in`).
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        config: str,
        models: Path,
        models_there: str = "",
        budget: timedelta = timedelta(milliseconds=800),
        breaker: Breaker | None = None,
        cuts: Cuts | None = None,
        observe: Callable[[Outcome, float], None] = lambda *_: None,
    ) -> None:
        self._door = RasaDoor(url, token)
        self._config, self._models = config, models
        self._there = models_there or str(models.resolve())
        self._budget = budget
        self.breaker = breaker or Breaker()
        self._cuts, self._observe = cuts or Cuts(), observe
        self._probe: asyncio.Task[Opinion | None] | None = None
        self.model = ""

    def name_for(self, content: TrainingContent) -> str:
        """What `model` is when the server answers from this very content; takes about 0.1 s."""
        return model_name(content, self._config)

    async def parse(self, text: str) -> Opinion | None:
        """What Rasa thinks of one utterance, or None when it does not say so within the budget."""
        if self.breaker.state != "closed":
            self._probe_when_due()
            self._observe("resting", 0.0)
            return None
        return await self._ask(_without_numbers(text), self._budget)

    async def health(self) -> Health:
        """Ask the server for its model. A server with a wrong model path listens, but is not ready."""
        try:
            status = mapping_in(await self._door.call("GET", "/status", STATUS))
        except RasaRefused as refused:
            trouble, self.model = str(refused), ""
            listens = "409" in trouble
            if listens:
                trouble = "the Rasa server listens, but has no model: check the path given with --model"
            return Health(False, trouble=trouble, listens=listens)
        self.model = _name_of(str(status.get("model_file")))
        return Health(True, self.model, training=status.get("num_active_training_jobs") not in (0, None))

    async def retrain(self, content: TrainingContent) -> Path:
        """Train on `content`, keep the model, and put it in; the server goes on answering meanwhile.

        A model with a DIET classifier is kept but not put in, since that would block every parse for 9 to
        14 s: start a second server with it (docs/rasa.md).

        Raises:
            RasaRefused: no model came of it, or another one answers than was put in.
        """
        path = await self.train(content)
        if "DIETClassifier" not in self._config:
            await self.put_in(path)
        return path

    async def train(self, content: TrainingContent) -> Path:
        """Train on the server and keep the model; what was trained before is not trained again."""
        name = await asyncio.to_thread(self.name_for, content)
        path = self._models / f"{name}.tar.gz"
        if not await asyncio.to_thread(path.exists):
            model = await self._door.call(
                "POST",
                "/model/train",
                TRAINING,
                data=training_yaml(content, self._config).encode(),
                headers={"Content-Type": "application/yaml"},
                params={"save_to_default_model_directory": "false"},
            )
            if not model.startswith(b"\x1f\x8b"):
                raise RasaRefused("the Rasa server trained, but what it sent is no tar.gz")
            await asyncio.to_thread(_keep, path, model)
        return path

    async def put_in(self, path: Path) -> None:
        """Let the server answer from the model at `path`, and make sure that it does."""
        there = str(PurePosixPath(self._there) / path.name)
        await self._door.call("PUT", "/model", SWAPPING, json={"model_file": there})
        health = await self.health()
        if health.model != _name_of(path.name):
            raise RasaRefused(f"put in {path.name}, but the server answers from {health.model or 'no model'}")
        await self._ask("你好", WARM_UP)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        await self._door.close()

    def _probe_when_due(self) -> None:
        """Try again in the background: the citizen who happens to write now does not wait for it."""
        if self.breaker.may_probe():
            self._probe = asyncio.create_task(self._ask("你好", WARM_UP))

    async def _ask(self, text: str, limit: timedelta) -> Opinion | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            opinion, outcome = await self._outcome(text, limit)
        except asyncio.CancelledError:
            self.breaker.gave_up()
            raise
        if opinion is None:
            self.breaker.went_wrong()
        else:
            self.breaker.went_well()
        self._observe(outcome, loop.time() - began)
        return opinion

    async def _outcome(self, text: str, limit: timedelta) -> tuple[Opinion | None, Outcome]:
        try:
            status, body = await self._door.parse(text, limit)
        except TimeoutError:
            return None, "late"
        except aiohttp.ClientError:
            return None, "unreachable"
        if status != 200:
            return None, "refused"
        opinion = read_opinion(body, self._cuts)
        return opinion, "answered" if opinion else "garbled"


def _without_numbers(text: str) -> str:
    """`text` as the engines read it, with one sign for each personal number; Rasa refuses an empty one."""
    for entity in reversed(find_entities(text)):
        if entity.kind in PERSONAL:
            text = f"{text[: entity.start]}#{text[entity.end :]}"
    return plain(text) or "_"


def _name_of(path: str) -> str:
    """models/794487b3797609ae.tar.gz -> 794487b3797609ae"""
    return PurePosixPath(path).name.removesuffix(".tar.gz")


def _keep(path: Path, model: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(model)
    part.replace(path)
