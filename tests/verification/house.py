"""`python -m bot serve` with the small ear and one real face process."""

from typing import Any

from bot import app as floor_plan
from bot import proof
from bot.command_line import app
from tests.processes.house import small_ear
from verification.engines.workers import FaceWorkers


def one_process(settings: Any, *, count: int, **more: Any) -> FaceWorkers:
    return FaceWorkers(settings, count=1, **more)


if __name__ == "__main__":
    proof.FaceWorkers = one_process  # type: ignore[misc, assignment]
    floor_plan.EarSettings = small_ear  # type: ignore[misc, assignment]
    app(["serve"])
