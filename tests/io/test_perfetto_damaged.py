"""Perfetto files that are packed, cut off, damaged or something else: read in part, or refused in one message."""

from __future__ import annotations

import gzip
import random
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import perfetto, perfetto_packets, read_trace, text_blocks
from profiler.io.proto_wire import message, number
from tests.io.perfetto_made import Made, sample, shape


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: message(1, message(50, zlib.compress(data)))])
def test_packed_files(pack: Any, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(sample())
    (tmp_path / "packed").write_bytes(pack(sample()))
    assert shape(perfetto.read(tmp_path / "packed")) == shape(read_trace(tmp_path / "plain"))


def test_a_cut_file_gives_what_is_whole(tmp_path: Path) -> None:
    data = sample()
    for size in range(120, len(data) - 20, 7):
        (tmp_path / "t").write_bytes(data[:size])
        trace = perfetto.read(tmp_path / "t")
        assert 0 < len(trace) <= 20
        assert [name for name, *_ in shape(trace)] == [f"name {ts}" for ts in range(1, 60, 3)][: len(trace)]
    (tmp_path / "t").write_bytes(data[:-3])
    assert perfetto.read(tmp_path / "t").stats.count("truncated") == 1


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_damaged_files_are_read_in_part_or_refused(seed: int, flips: int) -> None:
    data = bytearray(sample())
    chance = random.Random(seed)
    for _ in range(flips):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    read_or_refuse(bytes(data))


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_in_part_or_refused(data: bytes) -> None:
    read_or_refuse(data or b"\0")
    read_or_refuse(message(1, number(10, 1), message(11, data)))
    read_or_refuse(message(1, number(8, 5), number(10, 1), message(53, data), message(12, data), message(6, data)))
    read_or_refuse(message(1, message(1990, data), message(60, data), message(59, data), message(44, data)))


def read_or_refuse(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.pftrace"
        path.write_bytes(data)
        try:
            trace = perfetto.read(path)
        except TraceReadError:
            return
        assert len(trace.ts) == len(trace.dur) == len(trace["track"])
        assert all(0 <= track < len(trace.tracks) for track in trace["track"].tolist())


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: message(1, message(50, zlib.compress(data)))])
def test_nothing_that_grows_without_end_is_unpacked(pack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (perfetto_packets, text_blocks):
        monkeypatch.setattr(module, "_FREE_BYTES", 1000)
    event = message(1, number(8, 1), message(11, number(9, 3)))
    (tmp_path / "t").write_bytes(pack(event * 30_000))
    with pytest.raises(TraceReadError, match="times its size"):
        perfetto.read(tmp_path / "t")
    (tmp_path / "t").write_bytes(event * 3000)
    assert len(perfetto.read(tmp_path / "t")) == 3000


@pytest.mark.parametrize(
    "data", [b"\n{}", b"\n[1]", b'\n{"traceEvents": []}', b"\n\n[\n", b"{}", b"PAR1", b"", b"\x0a", b"\0" * 50]
)
def test_what_is_no_perfetto_file(data: bytes, tmp_path: Path) -> None:
    assert not perfetto.sniff(data, tmp_path)


@pytest.mark.parametrize("length", [91, 123])
def test_a_first_packet_as_long_as_a_bracket_is_no_json(length: int, tmp_path: Path) -> None:
    """The length of the first packet stands where text has its first letter, 91 is ``[`` and 123 is ``{``."""
    rest = number(8, 5) + number(10, 1) + message(11, number(9, 3))
    pad = length - len(rest) - 2
    (tmp_path / "t").write_bytes(message(1, rest, message(90, b"x" * (pad - 1))) + sample())
    assert (tmp_path / "t").read_bytes()[1] == length
    assert read_trace(tmp_path / "t").meta["format"] == "perfetto"


def test_a_file_without_events_says_so(tmp_path: Path) -> None:
    made = Made()
    made.track(1, "a")
    with pytest.raises(TraceReadError, match="holds no track event"):
        made.read(tmp_path)
