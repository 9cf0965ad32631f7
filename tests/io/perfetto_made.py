"""Perfetto files made with Perfetto's own messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as pb

from profiler.io import read_trace
from profiler.trace.tables import Trace

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
CLEARED, NEEDS = 1, 2


class Made:
    """A file in the making."""

    def __init__(self) -> None:
        self.trace = pb.Trace()

    def packet(self, ts: int | None = None, sequence: int = 1, flags: int = 0) -> Any:
        packet = self.trace.packet.add()
        packet.trusted_packet_sequence_id = sequence
        if ts is not None:
            packet.timestamp = ts
        if flags:
            packet.sequence_flags = flags
        return packet

    def event(self, ts: int, kind: int, name: str = "", track: int = 0, sequence: int = 1, **more: Any) -> Any:
        packet = self.packet(ts, sequence)
        packet.track_event.type = kind
        packet.track_event.track_uuid = track
        if name:
            packet.track_event.name = name
        for key, value in more.items():
            field = getattr(packet.track_event, key)
            field.extend(value) if isinstance(value, list) else setattr(packet.track_event, key, value)
        return packet

    def track(self, uuid: int, name: str = "", **more: Any) -> Any:
        descriptor = self.packet().track_descriptor
        descriptor.uuid = uuid
        if name:
            descriptor.name = name
        for key, value in more.items():
            setattr(descriptor, key, value)
        return descriptor

    def read(self, folder: Path) -> Trace:
        (folder / "t.pftrace").write_bytes(self.trace.SerializeToString())
        return read_trace(folder / "t.pftrace")


def shape(trace: Trace) -> list[tuple[str, int, int, str]]:
    return [
        (trace.name_of(row), int(trace.ts[row]), int(trace.dur[row]), trace.tracks[trace["track"][row]].name)
        for row in range(len(trace))
    ]


def sample() -> bytes:
    made = Made()
    made.track(1, "stream")
    for ts in range(1, 60, 3):
        packet = made.event(ts, BEGIN, f"name {ts}", 1, categories=["kernel"], flow_ids=[ts])
        packet.track_event.debug_annotations.add(name="stream").int_value = ts
        packet.track_event.debug_annotations.add(name="d").dict_entries.add(name="e").double_value = 1.5
        made.event(ts + 2, END, track=1)
    made.packet().clock_snapshot.clocks.add(clock_id=6, timestamp=5)
    data: bytes = made.trace.SerializeToString()
    return data
