"""Threads share the few heaps that the house allows."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAPS_OF_EIGHT_THREADS = """
import ctypes, re, sys, threading
from bot import heap

heap.keep_small()
together = threading.Barrier(9)

def holds_something():
    kept = bytearray(60_000)
    together.wait()

threads = [threading.Thread(target=holds_something) for _ in range(8)]
for thread in threads:
    thread.start()
together.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
told = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
heap.give_back()
print(len(re.findall("<heap nr=", open(sys.argv[1]).read())))
"""


class TestTheHeap:
    def test_is_not_split_for_every_thread(self, tmp_path):
        command = [sys.executable, "-c", HEAPS_OF_EIGHT_THREADS, str(tmp_path / "told.xml")]
        assert int(subprocess.check_output(command, cwd=ROOT, text=True)) <= 2
