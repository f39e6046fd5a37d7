"""Following the live release: a loop above asks again and again, and swaps in what was built, whole."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Built = TypeVar("Built")


class Follower(Generic[Built]):
    """Holds what was built from the live release; whoever began a turn with it may finish with it.

    `read` gives the number of the live release (None before the first), `build` makes whatever serves
    it: the library, and the ear trained on it in a worker. Only a finished build is swapped in.
    """

    def __init__(
        self, read: Callable[[], Awaitable[int | None]], build: Callable[[int], Awaitable[Built]]
    ) -> None:
        self._read = read
        self._build = build
        self.number: int | None = None
        self._current: Built | None = None

    @property
    def current(self) -> Built:
        """What serves now.

        Raises:
            LookupError: nothing was built yet; call `follow_once` before serving.
        """
        if self._current is None:
            raise LookupError("no release is live yet: seed the content first")
        return self._current

    async def follow_once(self) -> bool:
        """Build and swap in the live release if it is another one; whether it was.

        When the build fails the old one keeps serving, the error rises, and the next call tries again.
        """
        number = await self._read()
        if number is None or number == self.number:
            return False
        built = await self._build(number)
        self._current, self.number = built, number
        return True
