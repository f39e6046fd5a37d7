"""Reads the letters in a picture. The only file that knows the OCR library; runs in a process of its own.

Everything here is done to pictures from strangers: kinds and sizes are checked before a pixel is decoded,
and what comes out has no number and no name in clear. Run as a module it serves its parent over pipes:
four bytes of length and a picture in, four bytes of length and JSON out, until its input ends.
"""

import importlib.util
import io
import json
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nlu.screenshots import Line, Sight, sight_of

Pixels = NDArray[np.uint8]

PACKAGES = ("rapidocr", "onnxruntime", "cv2", "PIL")

FORMATS = ("JPEG", "PNG", "WEBP")
"""What phones make. Stickers come as GIF and hold no error page."""

PIXELS_CAP = 24_000_000
SIDE_CAP = 12_000
SIDE_LEAST = 40
MEMORY_CAP_BYTES = 6 * 1024**3

WIDEST = 1600
"""Longer sides are made this long: small print stays readable, and the memory needed stays the same."""

SEARCHED = 960
"""The side on which lines are looked for; measured twice as fast as 1280, with the same lines found."""

TALLEST = 2.4
"""Height by width of the tallest phones; a longer screenshot is read in pieces of this shape."""

PIECES = 3
LENGTH = struct.Struct(">I")


class NotAPicture(Exception):
    """Not a picture that we read: of another kind, broken, too large or too small."""


def missing() -> list[str]:
    """The packages that reading needs and that are not installed."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


class Reader:
    """Loaded models; not to be used by two threads."""

    def __init__(self, threads: int) -> None:
        from rapidocr import RapidOCR

        onnx = "EngineConfig.onnxruntime"
        self._ocr: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.max_side_len": WIDEST,
                "Det.limit_side_len": SEARCHED,
                "Det.limit_type": "max",
                f"{onnx}.intra_op_num_threads": threads,
                f"{onnx}.inter_op_num_threads": 1,
            }
        )

    def see(self, picture: bytes) -> Sight:
        """What the picture shows.

        Raises:
            NotAPicture: it is none that we read.
        """
        pixels = decoded(picture)
        return sight_of(self._lines(pixels), lambda: shows_a_face(pixels))

    def _lines(self, pixels: Pixels) -> list[Line]:
        height, width = pixels.shape[:2]
        step = min(height, int(width * TALLEST) + 1)
        lines: list[Line] = []
        for top in range(0, min(height, PIECES * step), step):
            lines += self._lines_of(pixels[top : top + step], top, height)
        return lines

    def _lines_of(self, piece: Pixels, above: int, height: int) -> list[Line]:
        if min(piece.shape[:2]) < SIDE_LEAST:
            return []
        found = self._ocr(piece)
        if found.boxes is None or found.txts is None:
            return []
        return [
            Line(
                str(words),
                float(above + box[:, 1].min()) / height,
                float(np.linalg.norm(box[3] - box[0])) / height,
            )
            for box, words in zip(found.boxes, found.txts, strict=True)
        ]


def decoded(picture: bytes) -> Pixels:
    """The picture's pixels, blue first, no side longer than the widest piece needs.

    Raises:
        NotAPicture
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > PIXELS_CAP or max(width, height) > SIDE_CAP:
                raise NotAPicture("too many pixels")
            if min(width, height) < SIDE_LEAST:
                raise NotAPicture("too small")
            opened.draft("RGB", (WIDEST, WIDEST))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except NotAPicture:
        raise
    except Exception as broken:  # noqa: BLE001 - a broken file may break the decoder anywhere
        raise NotAPicture(type(broken).__name__) from None
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def shows_a_face(pixels: Pixels) -> bool:
    """Whether a face fills a good part of the picture (the cascade that comes with OpenCV)."""
    import cv2

    shrink = 320 / max(pixels.shape[:2])
    small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), None, fx=shrink, fy=shrink)
    cascade = cv2.CascadeClassifier(
        str(Path(cv2.__file__).parent / "data/haarcascade_frontalface_default.xml")
    )
    return len(cascade.detectMultiScale(small, 1.1, 5, minSize=(50, 50))) > 0


def main() -> None:
    """The child: says that it is ready, then answers picture after picture."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_CAP_BYTES, MEMORY_CAP_BYTES))
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between the answers
    reader = Reader(int(sys.argv[1]))
    reader._lines(np.full((640, 400, 3), 255, np.uint8))
    _write(outgoing, {"ready": True})
    while (picture := _read(incoming)) is not None:
        _write(outgoing, _answered(reader, picture))


def _answered(reader: Reader, picture: bytes) -> dict[str, Any]:
    try:
        sight = reader.see(picture)
    except NotAPicture:
        return {"kind": "nothing", "lines": []}
    except Exception as bug:  # noqa: BLE001 - one picture costs one answer, not the process
        return {"fault": type(bug).__name__}
    return {"kind": sight.kind, "lines": [[line.words, line.top, line.height] for line in sight.lines]}


def _read(incoming: BinaryIO) -> bytes | None:
    head = incoming.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    picture = incoming.read(length)
    return picture if len(picture) == length else None


def _write(outgoing: BinaryIO, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    outgoing.write(LENGTH.pack(len(body)) + body)
    outgoing.flush()


if __name__ == "__main__":
    main()
