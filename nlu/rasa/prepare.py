"""Writes the shipped content for Rasa and prints the name of the model it makes.

    python -m nlu.rasa.prepare [--config nlu/rasa/config.yml] [--content faq/content] [--to var/rasa/data]

Runs in the environment of the bot and in that of Rasa.
"""

import argparse
from pathlib import Path

from nlu.export import export_rasa, model_name
from nlu.training import read_content


def main() -> None:
    """Write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("config.yml"))
    parser.add_argument("--content", type=Path, default=Path("faq/content"))
    parser.add_argument("--to", type=Path, default=Path("var/rasa/data"))
    asked = parser.parse_args()
    content = read_content(asked.content)
    export_rasa(content, asked.to)
    print(model_name(content, asked.config.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
