"""The one change made to a published model file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.engines.sface_file import without_weight_inputs


def delimited(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def graph_input(name: bytes) -> bytes:
    return delimited(11, delimited(1, name))


IR_VERSION = b"\x08\x06"
NODE = delimited(1, b"some node")
WEIGHT = delimited(5, b"some weight" * 50)


class TestAModelWhoseWeightsAreListedAsInputs:
    def test_keeps_only_the_picture_as_input(self):
        inputs = graph_input(b"data") + graph_input(b"weight_1") + graph_input(b"weight_2")
        model = IR_VERSION + delimited(7, NODE + inputs + WEIGHT)
        assert without_weight_inputs(model) == IR_VERSION + delimited(7, NODE + graph_input(b"data") + WEIGHT)

    @given(st.lists(st.tuples(st.integers(1, 6), st.binary(max_size=300))))
    def test_keeps_everything_else_to_the_byte(self, parts):
        model = b"".join(delimited(number, body) for number, body in parts)
        assert without_weight_inputs(model) == model


class TestBytesThatAreNoModel:
    @pytest.mark.parametrize("data", [b"\x0f", b"\x3a\x05ab", b"\x08", b"\xff" * 12, b"\x3d\x01"])
    def test_are_refused(self, data):
        with pytest.raises(ValueError, match="protobuf"):
            without_weight_inputs(data)

    @given(st.binary(max_size=200))
    def test_never_run_into_anything_but_a_refusal(self, data):
        try:
            without_weight_inputs(data)
        except ValueError as refusal:
            assert "protobuf" in str(refusal)  # noqa: PT017 - either answer is right
