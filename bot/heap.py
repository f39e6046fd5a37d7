"""How glibc's malloc is told to hold little memory; another C library does without.

By calls and not by the environment, which malloc has read before this program runs: so every way to start
the house holds the same.
"""

import ctypes

M_ARENA_MAX = -8  # from malloc.h
HEAPS = 2
"""Left alone, threads get up to eight heaps per core, each with free room: 7 MB for our few threads."""


def keep_small() -> None:
    """To be called before the first thread begins."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Give free memory back to the system, in some milliseconds."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
