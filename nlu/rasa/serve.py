"""Starts the Rasa server on loopback: `python serve.py MODEL.tar.gz [PORT] [HOST]`, the token in RASA_TOKEN.

Rasa takes its token on the command line only, where every user of the machine can read it; so it is put there
from inside. Runs in Rasa's own environment, with the repository on PYTHONPATH.
"""

import os
import sys
from pathlib import Path

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Nobody but the bot may read a message: Rasa's own debug lines would hold them.
os.environ["LOG_LEVEL"] = "WARNING"


def main() -> None:
    """Hand over to `rasa run`; refuses what would listen, but not answer."""
    model = Path(sys.argv[1]).resolve()
    port = sys.argv[2] if len(sys.argv) > 2 else "5005"
    host = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
    token = os.environ.get("RASA_TOKEN", "")
    if len(token) < 16:
        sys.exit("RASA_TOKEN is missing or shorter than 16 characters: set the one that the bot uses")
    if not model.is_file():
        sys.exit(f"no model at {model}: train one with `make rasa`")
    endpoints = Path(__file__).with_name("endpoints.yml")
    sys.argv = ["rasa", "run", "--enable-api", "-i", host, "-p", port, "-m", str(model)]
    sys.argv += [f"--auth-token={token}", "--endpoints", str(endpoints)]  # a token may begin with a dash
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
