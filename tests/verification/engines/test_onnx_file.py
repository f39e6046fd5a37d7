"""What is changed in a published model file before it runs, and that nothing else is."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.engines.onnx_file import ready_to_run


def delimited(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def node(op: bytes, inputs: list[bytes], output: bytes) -> bytes:
    names = b"".join(delimited(1, name) for name in inputs)
    return delimited(1, names + delimited(2, output) + delimited(4, op))


def weight(name: bytes) -> bytes:
    return delimited(5, b"\x10\x01" + delimited(8, name))


def tensor(field: int, name: bytes) -> bytes:
    """A float input (field 11) or output (field 12) of shape (1, 2, 1, 1)."""
    shape = delimited(2, b"".join(delimited(1, b"\x08" + bytes([size])) for size in (1, 2, 1, 1)))
    return delimited(field, delimited(1, name) + delimited(2, delimited(1, b"\x08\x01" + shape)))


IR_VERSION = b"\x08\x08"
OPSET = delimited(8, b"\x10\x10")


class TestAModelWhoseWeightsAreListedAsInputs:
    def test_keeps_only_what_nobody_but_the_caller_can_supply(self):
        nodes = node(b"Reshape", [b"packed"], b"made") + node(b"Conv", [b"data", b"made"], b"out")
        lists = [tensor(11, name) for name in (b"data", b"packed", b"made", b"forgotten")]
        model = IR_VERSION + delimited(7, nodes + weight(b"packed") + b"".join(lists))
        wanted = IR_VERSION + delimited(7, nodes + weight(b"packed") + lists[0])
        assert ready_to_run(model) == wanted

    @given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, 6, 8]), st.binary(max_size=300))))
    def test_keeps_everything_else_to_the_byte(self, parts):
        model = b"".join(delimited(number, body) for number, body in parts)
        assert ready_to_run(model) == model


class TestAModelWithPRelu:
    @pytest.fixture
    def model(self):
        slopes = np.array([0.25, -0.8], "<f4").tobytes()
        slope = delimited(
            5, b"\x08\x02\x08\x01\x08\x01\x10\x01" + delimited(8, b"slope") + delimited(9, slopes)
        )
        graph = [node(b"PRelu", [b"x", b"slope"], b"y"), delimited(2, b"g"), slope]
        return IR_VERSION + delimited(7, b"".join([*graph, tensor(11, b"x"), tensor(12, b"y")])) + OPSET

    @pytest.mark.parametrize("x", [[1.5, 2.0], [-3.0, -4.0], [0.0, -0.0], [1e30, -1e30], [1e-30, 7.1]])
    def test_gives_the_same_numbers_without_it(self, model, x):
        given_x = {"x": np.array(x, np.float32).reshape(1, 2, 1, 1)}
        before, after = (
            onnxruntime.InferenceSession(each, providers=["CPUExecutionProvider"]).run(None, given_x)[0]
            for each in (model, ready_to_run(model))
        )
        assert after.ravel().tolist() == pytest.approx(before.ravel().tolist(), rel=1e-6, abs=0)
        assert b"PRelu" not in ready_to_run(model)

    def test_keeps_it_where_that_is_asked(self, model):
        assert ready_to_run(model, keep_prelu=True) == model


class TestBytesThatAreNoModel:
    @pytest.mark.parametrize("data", [b"\x0f", b"\x3a\x05ab", b"\x08", b"\xff" * 12, b"\x3d\x01"])
    def test_are_refused(self, data):
        with pytest.raises(ValueError, match="protobuf"):
            ready_to_run(data)

    @given(st.binary(max_size=200))
    def test_never_run_into_anything_but_a_refusal(self, data):
        try:
            ready_to_run(data)
        except ValueError as refusal:
            assert "protobuf" in str(refusal)  # noqa: PT017 - either answer is right
