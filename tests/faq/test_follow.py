"""Every process serves the live release soon, and never half of one."""

import pytest

from faq.follow import Follower


class Shelf:
    """The releases as a process sees them: a live number, and a build that may fail."""

    def __init__(self) -> None:
        self.live: int | None = None
        self.built: list[int] = []
        self.is_broken = False

    async def read(self) -> int | None:
        return self.live

    async def build(self, number: int) -> str:
        self.built.append(number)
        if self.is_broken:
            raise ValueError("the release cannot be read")
        return f"library {number}"


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def follower(shelf):
    return Follower(shelf.read, shelf.build)


class TestAProcessThatFollows:
    async def test_has_nothing_before_the_first_release(self, follower, shelf):
        assert await follower.follow_once() is False
        with pytest.raises(LookupError, match="seed"):
            _ = follower.current
        shelf.live = 1
        assert await follower.follow_once() is True
        assert follower.current == "library 1"

    async def test_builds_a_release_once(self, follower, shelf):
        shelf.live = 1
        await follower.follow_once()
        assert await follower.follow_once() is False
        assert shelf.built == [1]

    async def test_swaps_when_another_one_is_live_and_also_back(self, follower, shelf):
        for number in (1, 2, 1):
            shelf.live = number
            assert await follower.follow_once() is True
            assert (follower.number, follower.current) == (number, f"library {number}")

    async def test_keeps_the_old_one_when_the_new_one_cannot_be_built(self, follower, shelf):
        shelf.live = 1
        await follower.follow_once()
        shelf.live, shelf.is_broken = 2, True
        with pytest.raises(ValueError, match="cannot be read"):
            await follower.follow_once()
        assert follower.current == "library 1"
        shelf.is_broken = False
        assert await follower.follow_once() is True
        assert follower.current == "library 2"
