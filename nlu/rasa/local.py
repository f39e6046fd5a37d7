"""A Rasa server of one's own, for comparing engines and for tests; never the one that answers citizens.

It runs on loopback in the environment that `make rasa-setup` builds, from models that it trained by the
command that `make rasa` uses.
"""

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from nlu.export import export_rasa, model_name
from nlu.measure import resident_mb
from nlu.training import TrainingContent

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "var" / "rasa" / "venv" / "bin" / "python"
SERVE = Path(__file__).with_name("serve.py")
START_S = 180


class NoRasaHere(Exception):
    """There is no Rasa environment in var/rasa: `make rasa-setup` builds it (it needs Python 3.10)."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and how long its training took, with the start of the process."""

    model: Path
    took_s: float


class LocalServer:
    """Rasa on a free port, in `folder`; its output goes to server.log there.

    Raises:
        NoRasaHere: nothing to run it with.
    """

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise NoRasaHere
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.token, self.port = folder, secrets.token_urlsafe(24), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def train(self, content: TrainingContent, config: str) -> Trained:
        """A model of this content by this pipeline; what was trained here before is not trained again.

        Raises:
            RuntimeError: no model came of it; what Rasa said last is told.
        """
        name = model_name(content, config)
        model, kept = (self.folder / "models" / f"{name}{end}" for end in (".tar.gz", ".json"))
        if not (model.exists() and kept.exists()):
            began = time.perf_counter()
            self._train(content, config, name)
            kept.write_text(json.dumps({"train_s": round(time.perf_counter() - began, 1)}))
        return Trained(model, float(json.loads(kept.read_text())["train_s"]))

    def start(self, model: Path) -> None:
        """Start and wait until it has the model.

        Raises:
            RuntimeError: it ended, or has no model after three minutes.
        """
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, SERVE, model, str(self.port)],
                cwd=self.folder,
                env=_environment(self.token),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        ends = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.kill()
                raise RuntimeError(f"no Rasa server:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)

    def kill(self) -> None:
        """Pull the plug."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def resident_mb(self) -> float:
        """What the server holds in memory now; 0 when it does not run."""
        return 0.0 if self._process is None else resident_mb(str(self._process.pid))

    def _train(self, content: TrainingContent, config: str, name: str) -> None:
        lessons = self.folder / name
        export_rasa(content, lessons)
        pipeline = lessons / "config.yml"
        pipeline.write_text(config, encoding="utf-8")
        data = ["-u", f"{name}/nlu.yml", "-d", f"{name}/domain.yml", "--out", "models"]
        done = subprocess.run(
            [PYTHON, "-m", "rasa", "train", "nlu", "-c", pipeline, *data, "--fixed-model-name", name],
            cwd=self.folder,
            env=_environment(self.token),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"Rasa did not train:\n{done.stderr[-2000:]}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/status?token={self.token}", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _environment(token: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    limits = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    own = {"PYTHONPATH": str(ROOT), "RASA_TOKEN": token, "RASA_TELEMETRY_ENABLED": "false"}
    return {**kept, **limits, **own}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
