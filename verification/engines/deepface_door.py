"""The only file that knows deepface: SFace turns a face into 128 numbers, FasNet tells live from shown.

deepface opens its weights through a function that downloads what is missing. Ours takes its place: it opens
only files that lie in the models folder, and fails loudly when one is absent. SFace, half of a check, may use
a second core where one is free.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.engines.alignment import SIDE
from verification.engines.onnx_file import ready_to_run
from verification.engines.pictures import Pixels

# Read by deepface when it is imported: never another engine than ONNX, no chatter on standard output.
ENVIRONMENT = {"DEEPFACE_BACKEND_ENGINE": "onnx", "DEEPFACE_LOG_LEVEL": "50"}


class MissingModel(Exception):
    """A model file is absent or is not the one on the list. Run: python -m verification models fetch"""


class Embedder:
    """SFace through deepface, on faces that are already aligned."""

    def __init__(self, models: Path) -> None:
        _prepare()
        from deepface.models.facial_recognition.onnx import SFace
        from deepface.modules import modeling, representation

        SFace.build_session = _opener(models, threads=min(2, os.cpu_count() or 1))
        modeling.build_model("facial_recognition", "SFace")
        self._represent = representation.represent

    def embedding(self, face: Pixels) -> NDArray[np.float32]:
        """128 float32 of length 1 for an aligned face of shape (112, 112, 3), BGR."""
        if face.shape != (SIDE, SIDE, 3):
            raise ValueError(f"an aligned face is {SIDE}x{SIDE}x3, not {face.shape}")
        answer: Any = self._represent(face, model_name="SFace", detector_backend="skip", align=False)
        vector = np.asarray(answer[0]["embedding"], dtype=np.float32)
        return vector / np.float32(max(float(np.linalg.norm(vector)), 1e-9))


class SpoofDetector:
    """FasNet through deepface: is this face live, or a print or a screen held up to the camera?"""

    def __init__(self, models: Path) -> None:
        _prepare()
        from deepface.models.spoofing.onnx import FasNet

        FasNet.build_session = _opener(models)
        self._fasnet = FasNet.Fasnet()

    def is_live(self, pixels: Pixels, rectangle: tuple[int, int, int, int]) -> bool:
        """Whether FasNet's strongest class is "live" for the face in x, y, width, height."""
        live, _ = self._fasnet.analyze(pixels, rectangle)
        return bool(live)


def _prepare() -> None:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def _opener(models: Path, threads: int = 1) -> Any:
    def build_session(file_name: str, source_url: object) -> Any:  # noqa: ARG001 - deepface's signature
        import onnxruntime

        path = models / file_name
        if not path.is_file():
            raise MissingModel(f"{file_name} is not in {models}. Run: python -m verification models fetch")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting burns no core
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # SFace's weights are int8 blocks; unpacking them once at load saves 17 of 46 ms for every face.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        model = ready_to_run(path.read_bytes())
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    return build_session
