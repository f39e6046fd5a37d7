"""`python -m bot serve` with the small ear: these tests start many, and how well it hears is not theirs."""

from bot import app as floor_plan
from bot.__main__ import app
from bot.commands import serve
from nlu.ear import EarSettings


def small_ear(*, encoder: bool, settings: type[EarSettings] = EarSettings) -> EarSettings:
    return settings(encoder=False)


async def nobody(_house: floor_plan.House) -> None:
    """No demo sign-ins: they take a second of hashing, and leave a file in var/."""


if __name__ == "__main__":
    floor_plan.EarSettings = small_ear
    serve._tell_demo_sign_ins = nobody
    app(["serve"])
