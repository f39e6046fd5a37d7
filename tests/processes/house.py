"""`python -m bot serve` with the small ear: these tests start many, and how well it hears is not theirs."""

from bot import app as floor_plan
from bot import proof
from bot.command_line import app
from nlu.ear import EarSettings


def small_ear(*, encoder: bool, settings: type[EarSettings] = EarSettings) -> EarSettings:
    return settings(encoder=False)


async def resting(_proof: proof.Proof) -> None:
    """No face processes: these tests start many houses and prove nobody's identity."""


if __name__ == "__main__":
    proof.Proof.start = resting
    floor_plan.EarSettings = small_ear
    app(["serve"])
