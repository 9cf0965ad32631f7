"""Fields of many messages at once are those of each message alone."""

from __future__ import annotations

import itertools
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.io.proto_columns import PADDING, Fields, scan
from profiler.io.proto_wire import BYTES, WireError, double, fields, fixed64, message, number, varint

numbers = st.integers(0, 2**64 - 1)
ids = st.one_of(st.integers(1, 20), st.integers(1, 2**29 - 1))
field = st.one_of(
    st.builds(number, ids, numbers), st.builds(fixed64, ids, numbers), st.builds(message, ids, st.binary(max_size=200)),
    st.builds(double, ids, st.floats()), st.builds(lambda place, bits: varint(place << 3 | 5) + bits, ids,
                                                   st.binary(min_size=4, max_size=4)),
)  # fmt: skip
messages = st.lists(st.lists(field, max_size=6).map(b"".join), max_size=8)


def alone(data: bytes) -> tuple[list[tuple[int, int, int | bytes]], bool]:
    """The fields of one message, and whether it is damaged."""
    found = []
    try:
        for entry in fields(data):
            found.append(entry)
    except WireError:
        return found, True
    return found, False


def together(texts: list[bytes]) -> list[tuple[list[tuple[int, int, int | bytes]], bool]]:
    data = b"".join(texts)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = ends - [len(text) for text in texts]
    found = scan(np.frombuffer(data + b"\xff" * PADDING, np.uint8), starts, ends)
    return [(listed(found, data, place), bool(found.damaged[place])) for place in range(len(texts))]


def listed(found: Fields, data: bytes, owner: int) -> list[tuple[int, int, int | bytes]]:
    rows = np.flatnonzero(found.owner == owner).tolist()
    assert all(later == earlier + 1 for earlier, later in itertools.pairwise(rows))
    return [
        (int(found.number[row]), int(found.wire[row]),
         data[found.start[row] : found.end[row]] if found.wire[row] == BYTES else int(found.value[row]))
        for row in rows
    ]  # fmt: skip


@settings(max_examples=200)
@given(messages)
def test_sound_messages(texts: list[bytes]) -> None:
    assert together(texts) == [alone(text) for text in texts]
    assert not any(damaged for _, damaged in together(texts))


@settings(max_examples=300)
@given(messages, st.integers(0, 2**32), st.integers(1, 6))
def test_damaged_messages(texts: list[bytes], seed: int, flips: int) -> None:
    chance = random.Random(seed)
    for _ in range(flips):
        place = chance.randrange(len(texts)) if texts else 0
        if texts and texts[place]:
            changed = bytearray(texts[place])
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            texts[place] = bytes(changed[: chance.randrange(1, len(changed) + 1)])
    assert together(texts) == [alone(text) for text in texts]


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_bytes(texts: list[bytes]) -> None:
    assert together(texts) == [alone(text) for text in texts]
