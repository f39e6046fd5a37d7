"""A fresh room for each test, and a citizen at its door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.verification.journey.harness import Citizen, World, a_citizen, opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as built:
        yield built


@pytest.fixture
async def citizen(world: World) -> AsyncIterator[Citizen]:
    await world.enrol()
    async with a_citizen(world) as one:
        yield one
