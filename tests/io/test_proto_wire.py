"""The wire format of protocol buffers, against their own library; and messages that are damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as pb

from profiler.io.proto_wire import (
    WireError,
    as_double,
    as_signed,
    double,
    fields,
    fixed64,
    number,
    read_varint,
    text,
    varint,
)


@given(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), st.text(st.characters(exclude_categories=["Cs"])))
def test_the_wire_format_is_that_of_protocol_buffers(whole: int, real: float, words: str) -> None:
    ours = number(4, whole) + double(5, real) + text(6, words) + number(1, 7)
    theirs = pb.DebugAnnotation()
    theirs.ParseFromString(ours)
    assert (theirs.int_value, theirs.name_iid) == (as_signed(whole % 2**64), 7) or theirs.string_value == words
    event = pb.TrackEvent()
    event.ParseFromString(fixed64(47, whole) + number(30, whole) + double(44, real) + text(23, words))
    assert list(event.flow_ids) == [whole % 2**64]
    assert event.name == words
    found = {field: value for field, _, value in fields(event.SerializeToString())}
    assert found[23] == words.encode()
    assert found.get(44) is None or as_double(int(found[44])) == real
    assert read_varint(varint(whole), 0, 10)[0] == whole % 2**64


@pytest.mark.parametrize(
    "data",
    [b"\x08", b"\x08\xff", b"\x0a\x05ab", b"\x09\0", b"\x0d\0", b"\x0b", b"\0\0", b"\x08" + b"\xff" * 10 + b"\1"],
)
def test_damaged_messages(data: bytes) -> None:
    with pytest.raises(WireError):
        list(fields(data))
