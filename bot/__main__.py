"""python -m bot: run the service and look after it."""

import gc

gc.disable()  # what is imported stays: looking through it again and again took a fifth of a second
from bot.command_line import app  # noqa: E402 - see above

gc.enable()

if __name__ == "__main__":
    app()
