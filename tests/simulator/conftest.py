"""One stage per test."""

from collections.abc import AsyncIterator

import pytest

from tests.simulator.stage import Stage, stage


@pytest.fixture
async def house() -> AsyncIterator[Stage]:
    async with stage() as made:
        yield made
