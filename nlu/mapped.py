"""Objects with large arrays on disk: a pickle, and behind it the arrays, which are mapped and not copied.

A process holds only the pages that it looks at, several processes share them, and nothing is left over from
reading. The arrays of an object that was read cannot be written to.
"""

import mmap
import pickle
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NUMBER = struct.Struct("<Q")
_ALIGNED = 64
"""Every part starts at a multiple of this many bytes: a cache line."""


class Unreadable(ValueError):
    """The file was cut short, or is not one of ours."""


def write(value: object, file: Path) -> None:
    """Write `value` whole or not at all.

    Raises:
        OSError: there is no room, or no right to write there.
    """
    arrays: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    parts = [memoryview(pickled), *(array.raw() for array in arrays)]
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as half:
        try:
            half.write(_NUMBER.pack(len(parts)) + b"".join(_NUMBER.pack(part.nbytes) for part in parts))
            for part in parts:
                half.write(bytes(-half.tell() % _ALIGNED))
                half.write(part)
            half.flush()
        except BaseException:
            Path(half.name).unlink()  # on a full disk every try would leave one more
            raise
    Path(half.name).replace(file)


def read(file: Path) -> object:
    """What was written there; only for files that nobody else can write, as with any pickle.

    Raises:
        OSError: there is no such file, or it cannot be read.
        Unreadable: it is not whole.
    """
    with file.open("rb") as kept:
        try:
            whole = memoryview(mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_READ))
            pickled, *arrays = _parts(whole)
            return pickle.loads(pickled, buffers=arrays)  # noqa: S301 - see above
        except (ValueError, LookupError, struct.error, pickle.UnpicklingError) as error:
            raise Unreadable(f"{file.name} is not whole") from error


def _parts(whole: memoryview) -> Iterator[memoryview]:
    (count,) = _NUMBER.unpack_from(whole)
    at = _NUMBER.size * (1 + count)
    for place in range(count):
        (length,) = _NUMBER.unpack_from(whole, _NUMBER.size * (1 + place))
        at += -at % _ALIGNED
        if at + length > len(whole):
            raise Unreadable("cut short")
        yield whole[at : at + length]
        at += length
