"""Packets taken thousands at a time give what they give one by one."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import perfetto, perfetto_bulk
from profiler.io.proto_wire import message
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Trace
from tests.io.perfetto_made import BEGIN, CLEARED, COUNTER, END, INSTANT, NEEDS, Made
from tests.io.traces import column_of, rest_of


@contextmanager
def at_once(few: int) -> Iterator[None]:
    """As columns from so many packets on."""
    before = perfetto_bulk._FEW
    perfetto_bulk._FEW = few
    try:
        yield
    finally:
        perfetto_bulk._FEW = before


def whole(data: bytes, folder: Path, few: int) -> Any:
    """Everything that is read of a file, in words."""
    (folder / "t.pftrace").write_bytes(data)
    with at_once(few):
        try:
            return described(perfetto.read(folder / "t.pftrace"))
        except TraceReadError as error:
            return str(error)


def described(trace: Trace) -> dict[str, Any]:
    columns = {name: column_of(trace, name) for name in COLUMNS if name != "track"}
    tracks = [trace.tracks[number] for number in trace["track"].tolist()]
    counters = [trace.tracks[number] for number in trace.counters.track.tolist()]
    rest = {key: value for key, value in rest_of(trace).items() if key not in ("tracks", "counters")}
    # As texts, for a NaN is equal to nothing.
    values = (trace.counters.ts.tolist(), list(map(repr, trace.counters.value.tolist())), counters)
    return {**columns, **rest, "track": tracks, "counters": values, "all tracks": sorted(map(str, trace.tracks))}


def same(data: bytes, folder: Path) -> None:
    one_by_one = whole(data, folder, 1 << 60)
    assert whole(data, folder, 1) == one_by_one
    assert whole(data, folder, 48) == one_by_one


NAMES = ("device", "stream", "correlation", "bytes", "memcpy_kind", "a name of many letters")


class Chance:
    """Packets of every kind, most of them usual ones."""

    def __init__(self, seed: int, depths: tuple[int, ...] = (1, 3, 38, 39, 40, 41, 42)) -> None:
        self.made = Made()
        self.depths = depths
        self.random = random.Random(seed)
        self.iid = 0

    def add(self) -> None:
        kinds = (self.event, self.interned, self.odd_event, self.descriptor, self.state, self.clock, self.other)
        self.random.choices(kinds, (60, 8, 6, 3, 2, 1, 2))[0]()

    def event(self) -> Any:
        draw = self.random
        packet = self.made.packet(draw.randrange(1, 5000), draw.randrange(1, 4), draw.choice((0, NEEDS)))
        event = packet.track_event
        event.type = draw.choice((BEGIN, END, INSTANT, COUNTER))
        if draw.random() < 0.8:
            event.track_uuid = draw.choice((5, 6, 2**63 + 7))
        if draw.random() < 0.5:
            event.name = draw.choice(("k", "größe", "cudaLaunchKernel"))
        elif self.iid:
            event.name_iid = draw.randrange(1, self.iid + 1)
        for _ in range(draw.choice((0, 1, 1, 1, 2))):
            event.categories.append(draw.choice(("kernel", "gpu_memcpy", "other")))
        for _ in range(draw.choice((0, 0, 0, 1))):
            event.category_iids.append(draw.randrange(1, 4))
        for _ in range(draw.choice((0, 0, 1, 3))):
            self.annotation(event.debug_annotations.add())
        event.flow_ids.extend(draw.sample(range(1, 9), draw.choice((0, 0, 1, 2))))
        event.terminating_flow_ids.extend(draw.sample(range(1, 9), draw.choice((0, 0, 1))))
        if event.type == COUNTER and draw.random() < 0.8:
            if draw.random() < 0.5:
                event.counter_value = draw.randrange(-5, 5)
            else:
                event.double_counter_value = draw.random()
        return packet

    def annotation(self, found: Any) -> None:
        draw = self.random
        if draw.random() < 0.8:
            found.name = draw.choice(
                ("device", "stream", "correlation", "bytes", "memcpy_kind", "a name of many letters")
            )
        else:
            found.name_iid = draw.randrange(1, 4)
        kind = draw.randrange(6)
        if kind == 0:
            found.string_value = draw.choice(("htod", "seven"))
        elif kind == 1:
            found.uint_value = draw.choice((3, 2**63, 2**64 - 1))
        elif kind == 2:
            deep = found
            for _ in range(draw.choice(self.depths)):
                deep = deep.dict_entries.add(name="x") if draw.random() < 0.5 else deep.array_values.add()
            deep.int_value = 1
            if draw.random() < 0.3:
                found.nested_value.array_values.add().dict_values.add().int_value = 3
        else:
            found.int_value = draw.choice((0, 7, -1, 2**31, -(2**40), 2**62))

    def interned(self) -> None:
        packet = self.event()
        packet.sequence_flags = self.random.choice((0, NEEDS))
        self.iid += 1
        again = self.random.random() < 0.1
        packet.interned_data.event_names.add(iid=self.iid, name=f"name {self.iid}")
        if again:
            packet.interned_data.event_names.add(iid=1, name=f"changed {self.iid}")
        packet.interned_data.event_categories.add(iid=self.random.randrange(1, 4), name="kernel")
        packet.interned_data.debug_annotation_names.add(iid=self.random.randrange(1, 4), name="stream")

    def odd_event(self) -> None:
        packet = self.event()
        kind = self.random.randrange(5)
        if kind == 0:
            packet.track_event.legacy_event.phase = ord("I")
        elif kind == 1:
            packet.timestamp_clock_id = self.random.choice((3, 6, 64, 77))
        elif kind == 2:
            packet.track_event.timestamp_delta_us = 5
        elif kind == 3:
            packet.timestamp = 2**63 + 5
        else:
            packet.track_event.type = 0

    def descriptor(self) -> None:
        self.made.track(self.random.choice((5, 6)), f"lane {self.random.randrange(3)}")

    def state(self) -> None:
        packet = self.made.packet(sequence=self.random.randrange(1, 4), flags=CLEARED)
        if self.random.random() < 0.5:
            packet.trace_packet_defaults.track_event_defaults.track_uuid = 6
        if self.random.random() < 0.3:
            packet.previous_packet_dropped = 1

    def clock(self) -> None:
        snapshot = self.made.packet(sequence=1).clock_snapshot
        at = self.random.randrange(100)
        snapshot.clocks.add(clock_id=6, timestamp=10_000 + at)
        snapshot.clocks.add(clock_id=3, timestamp=500)
        snapshot.clocks.add(clock_id=64, timestamp=7, is_incremental=True, unit_multiplier_ns=10)

    def other(self) -> None:
        packet = self.made.packet(self.random.randrange(9000))
        if self.random.random() < 0.5:
            packet.gpu_render_stage_event.duration = 5
        else:
            packet.thread_descriptor.pid, packet.thread_descriptor.tid = 7, self.random.randrange(8, 10)

    def data(self, size: int) -> bytes:
        for _ in range(size):
            self.add()
        found: bytes = self.made.trace.SerializeToString()
        return found


@pytest.mark.parametrize("seed", range(12))
def test_packets_of_every_kind(seed: int, tmp_path: Path) -> None:
    same(Chance(seed).data(300), tmp_path)


def test_usual_packets_are_taken_as_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would compare the slow way with itself."""
    chance = Chance(1, (1, 3))
    for _ in range(500):
        chance.event()
    (tmp_path / "t").write_bytes(chance.made.trace.SerializeToString())
    monkeypatch.setattr("profiler.io.perfetto_read.PacketReader.take", lambda *_: pytest.fail("one by one"))
    assert len(perfetto.read(tmp_path / "t")) > 100


@pytest.mark.parametrize("seed", range(5))
def test_compressed_packets_between_others(seed: int, tmp_path: Path) -> None:
    parts = [Chance(seed + 100 * number).data(120) for number in range(3)]
    same(parts[0] + message(1, message(50, zlib.compress(parts[1]))) + parts[2], tmp_path)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_damaged_packets(seed: int, flips: int) -> None:
    import tempfile

    data = bytearray(SOUND)
    chance = random.Random(seed)
    for _ in range(flips):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    with tempfile.TemporaryDirectory() as folder:
        same(bytes(data), Path(folder))


SOUND = Chance(4242).data(400)
