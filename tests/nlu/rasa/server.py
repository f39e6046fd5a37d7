"""A real Rasa server for tests: its environment, a first model, a start, a kill."""

import os
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "var" / "rasa" / "venv" / "bin" / "python"
CONFIG = (ROOT / "nlu" / "rasa" / "config.yml").read_text(encoding="utf-8")
TOKEN = "token-of-the-real-server"
START_S = 180


class Server:
    """Rasa on a port of its own, in `folder`; output goes to server.log there."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def train(self, name: str) -> Path:
        """A model of data/nlu.yml in `folder`, by the command that `make rasa` uses."""
        command = ["-m", "rasa", "train", "nlu", "-c", str(ROOT / "nlu" / "rasa" / "config.yml")]
        command += ["-u", "data/nlu.yml", "-d", "data/domain.yml", "--out", "models"]
        done = subprocess.run(
            [str(PYTHON), *command, "--fixed-model-name", name],
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return self.folder / "models" / f"{name}.tar.gz"

    def start(self, model: Path) -> None:
        """Start and wait until it has a model."""
        serve = [str(PYTHON), str(ROOT / "nlu" / "rasa" / "serve.py"), str(model), str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                serve, cwd=self.folder, env=_environment(), stdout=log, stderr=subprocess.STDOUT
            )
        ends = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < ends, f"no Rasa server within {START_S} s"
            time.sleep(0.2)

    def kill(self) -> None:
        """Pull the plug."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/status?token={TOKEN}", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    limits = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {
        **kept,
        **limits,
        "PYTHONPATH": str(ROOT),
        "RASA_TOKEN": TOKEN,
        "RASA_TELEMETRY_ENABLED": "false",
    }
