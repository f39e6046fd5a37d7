"""What a face check costs, beside plain `DeepFace.verify` on the same pictures in the same run.

Each side runs in a process of its own and keeps its models loaded; pair by pair they take turns, so that
whatever else this machine does weighs on both. deepface is given the same SFace weights, unpacked to float32
as its own published file is, and all the threads it likes; of ours only the recognition net uses a
second one. Checks per core are counted by CPU time.

Two comparisons are printed. A check, as a citizen has it: one picture, with every step of ours (quality,
second person, spoof), against a template that is already there; deepface has no templates and is given both
pictures each time. And the same piece of work: two pictures in, each found and turned into numbers, nothing
else examined.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

from verification import models
from verification.engines.captures import Capture, Template
from verification.engines.challenge import Frame
from verification.engines.face import FaceEngine
from verification.engines.onnx_file import ready_to_run
from verification.engines.process import Process
from verification.engines.settings import MATCH_AT, FaceSettings
from verification.engines.wire import CheckJob
from verification.evaluation import NothingToMeasure, resident_mb, trials_in

ROOT = Path(__file__).resolve().parents[1]
SAME, DIFFERENT = 30, 30  # pairs measured
STARTS = 3
TIMEOUT_S = 30.0
YUNET, SFACE = "face_detection_yunet_2023mar.onnx", "face_recognition_sface_2021dec.onnx"

Pair = tuple[str, str, bool]
Answer = dict[str, Any]
Figures = dict[str, dict[str, float | str]]


@dataclass(frozen=True, slots=True)
class Worker:
    """What one process of the pool took."""

    start_s: float
    resident_mb: float


class NotMeasured(Exception):
    """The bench has no photographs or no models. Say so aloud and go on with the rest."""


def measure(faces: Path, model_folder: Path) -> Figures:
    """The figures of one face check and of plain DeepFace.verify, as {name: {"value", "unit"}}.

    Takes about half a minute; calls asyncio.run, so call it where no event loop runs.

    Raises:
        NotMeasured: photographs or models are absent.
    """
    pairs = _chosen(faces)
    if not all(state.is_well for state in models.check(model_folder)):
        raise NotMeasured(f"models are incomplete in {model_folder}. Run: {models.HOW_TO_FETCH}")
    with _side("ours", model_folder) as ours, _side("theirs", model_folder) as theirs:
        answers = [(_asked(ours, pair), _asked(theirs, pair)) for pair in pairs]
    pictures = [Path(picture) for _, picture, _ in pairs]
    workers = [asyncio.run(_worker(model_folder, pictures)) for _ in range(STARTS)]
    return _figures(pairs, answers, workers)


def _figures(pairs: list[Pair], answers: list[tuple[Answer, Answer]], workers: list[Worker]) -> Figures:
    check, pair, cpu = (
        np.array([us[name] for us, _ in answers]) for name in ("check_ms", "pair_ms", "cpu_ms")
    )
    verify, their_cpu = (np.array([them[name] for _, them in answers]) for name in ("ms", "cpu_ms"))
    right = [
        sum(answer[side]["same"] == pair[2] for answer, pair in zip(answers, pairs, strict=True)) / len(pairs)
        for side in (0, 1)
    ]
    rows = [
        ("face_check_p50", np.percentile(check, 50), "ms"),
        ("face_check_p95", np.percentile(check, 95), "ms"),
        ("face_check_cpu", np.percentile(cpu, 50), "ms"),
        ("face_checks_per_second_per_core", 1000 / cpu.mean(), "1/s"),
        ("face_worker_rss", np.median([worker.resident_mb for worker in workers]), "MB"),
        ("face_worker_cold_start", np.median([worker.start_s for worker in workers]), "s"),
        ("face_accuracy", right[0], "share"),
        ("face_two_pictures_p50", np.percentile(pair, 50), "ms"),
        ("deepface_verify_p50", np.percentile(verify, 50), "ms"),
        ("deepface_verify_p95", np.percentile(verify, 95), "ms"),
        ("deepface_verify_cpu", np.percentile(their_cpu, 50), "ms"),
        ("deepface_rss", answers[-1][1]["rss_mb"], "MB"),
        ("deepface_accuracy", right[1], "share"),
        ("face_check_times_faster_than_deepface", np.median(verify / check), "x"),
        ("face_two_pictures_times_faster_than_deepface", np.median(verify / pair), "x"),
    ]
    return {name: {"value": round(float(value), 3), "unit": unit} for name, value, unit in rows}


def _chosen(faces: Path) -> list[Pair]:
    """The same few pairs every time, spread over all that there are."""
    try:
        every = trials_in(faces).pairs if faces.is_dir() else ()
    except NothingToMeasure:
        every = ()
    chosen: list[Pair] = []
    for wanted, count in ((True, SAME), (False, DIFFERENT)):
        alike = [(str(one), str(other), same) for one, other, same in every if same == wanted]
        chosen += alike[:: max(1, len(alike) // count)][:count]
    if not chosen:
        raise NotMeasured(f"no photographs in {faces}")
    return chosen


async def _worker(model_folder: Path, pictures: Sequence[Path]) -> Worker:
    """A process as the pool starts it: how long until it is ready, and its memory after some checks."""
    began = time.perf_counter()
    process = await Process.started(FaceSettings(models=model_folder))
    start_s = time.perf_counter() - began
    try:
        template = Template(np.eye(1, 128, dtype="<f4").tobytes())
        for picture in pictures:
            frame = Frame(picture.read_bytes(), 0)
            capture = Capture((frame,), "file", datetime.now(UTC))
            await process.answer(CheckJob(capture, template, None), TIMEOUT_S)
        return Worker(start_s, resident_mb(process.pid))
    finally:
        await process.end()


@contextlib.contextmanager
def _side(name: str, model_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """One side in a process of its own, warm when it is handed over."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, name, str(model_folder.resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            _answer(process)
            yield process
        finally:
            process.kill()


def _asked(process: subprocess.Popen[str], pair: Pair) -> Answer:
    assert process.stdin is not None  # noqa: S101 - a pipe; for the type checker
    process.stdin.write(json.dumps([str(Path(picture).resolve()) for picture in pair[:2]]) + "\n")
    process.stdin.flush()
    return _answer(process)


def _answer(process: subprocess.Popen[str]) -> Answer:
    assert process.stdout is not None  # noqa: S101 - likewise
    line = process.stdout.readline()
    if not line:
        raise NotMeasured("one side of the bench ended early; its message is above")
    answer: Answer = json.loads(line)
    return answer


def _ours(model_folder: Path, incoming: IO[str]) -> Iterator[Answer]:
    """The decision is taken on what a check found in each picture."""
    engine = FaceEngine(FaceSettings(models=model_folder))
    engine.warm_up()
    yield {}
    for line in incoming:
        one, other = (Path(picture) for picture in json.loads(line))
        enrolled = engine.look(one.read_bytes()).vector
        began, busy = time.perf_counter(), time.process_time()
        probe = engine.look(other.read_bytes()).vector
        checked, cpu_s = time.perf_counter(), time.process_time() - busy
        for picture in (one, other):
            engine.vector(picture.read_bytes())
        done = time.perf_counter()
        same = enrolled is not None and probe is not None and 1 - float(enrolled @ probe) <= MATCH_AT
        took = {"check_ms": checked - began, "cpu_ms": cpu_s, "pair_ms": done - checked}
        yield {name: seconds * 1000 for name, seconds in took.items()} | {"same": same}


def _theirs(model_folder: Path, incoming: IO[str]) -> Iterator[Answer]:
    """deepface as it comes: its own detector and alignment, its own threshold."""
    with tempfile.TemporaryDirectory() as home:
        weights = Path(home) / ".deepface" / "weights"
        weights.mkdir(parents=True)
        (weights / YUNET).symlink_to(model_folder / YUNET)
        _unpack(model_folder / SFACE, weights / SFACE)
        os.environ |= {"DEEPFACE_HOME": home, "DEEPFACE_BACKEND_ENGINE": "onnx", "DEEPFACE_LOG_LEVEL": "50"}
        from deepface import DeepFace

        options = {"model_name": "SFace", "detector_backend": "yunet", "enforce_detection": False}
        blank = np.full((480, 480, 3), 127, dtype=np.uint8)
        DeepFace.verify(blank, blank, **options)
        yield {}
        for line in incoming:
            one, other = json.loads(line)
            began, busy = time.perf_counter(), time.process_time()
            found = DeepFace.verify(one, other, **options)
            took = {"ms": time.perf_counter() - began, "cpu_ms": time.process_time() - busy}
            yield {name: 1000 * seconds for name, seconds in took.items()} | {"same": bool(found["verified"])}


def _unpack(packed: Path, unpacked: Path) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(unpacked)
    plain = ready_to_run(packed.read_bytes(), keep_prelu=True)
    onnxruntime.InferenceSession(plain, options, providers=["CPUExecutionProvider"])


def main() -> None:
    """One side, in its own process: a line of two paths in, a line of figures out."""
    answers = sys.stdout
    run = {"ours": _ours, "theirs": _theirs}[sys.argv[1]]
    with contextlib.redirect_stdout(sys.stderr):
        for answer in run(Path(sys.argv[2]), sys.stdin):
            answers.write(json.dumps({**answer, "rss_mb": resident_mb()}) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
