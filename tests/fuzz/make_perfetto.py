"""Perfetto traces made by choices: packets whose lengths are right, whatever they hold."""

from __future__ import annotations

import zlib

from profiler.io.perfetto_words import Annotation, Descriptor, Event, Gpu, Interned, Legacy, Packet
from profiler.io.proto_wire import double, fixed64, message, number, text
from tests.fuzz.draw import EDGES, Draw

_TIMES = (0, 1, 10, 20, 30, 40, 1_600_000_000_123_456_789)
_UUIDS = (1, 2, 3, 1 << 24, 2 << 24 | 2)
_NAMES = ("device", "stream", "correlation", "process", "memcpy_kind", "engine", "queued_ns", "args", "negative_dur_ns")
_CATEGORIES = ("kernel", "gpu_memcpy", "cuda_runtime", "x", "")


def trace(draw: Draw) -> bytes:
    """The bytes of a file."""
    packets = [_packet(draw) for _ in draw.times(16)]
    return draw.damaged(b"".join(message(1, packet) for packet in packets))


def _packet(draw: Draw, depth: int = 0) -> bytes:
    head = number(Packet.TIMESTAMP, draw.pick(_TIMES)) + number(Packet.SEQUENCE, draw.pick((1, 1, 1, 2)))
    if draw.below(4) == 1:
        head += number(Packet.CLOCK, draw.pick((6, 64, 3, 0, 127, 200)))
    kind = draw.below(16)
    if kind < 7:
        row = number(Packet.OWN_ROW, draw.integer()) if draw.rarely() else b""
        return head + message(Packet.TRACK_EVENT, _event(draw)) + row
    if kind == 7:
        return head + message(Packet.TRACK, _descriptor(draw))
    if kind == 8:
        return head + number(Packet.FLAGS, draw.pick((1, 2, 3))) + message(Packet.INTERNED, _interned(draw))
    if kind == 9:
        return head + message(Packet.GPU_STAGE, _stage(draw))
    if kind == 10:
        clocks = [number(1, draw.pick((6, 3, 64))) + number(2, draw.pick(_TIMES)) for _ in range(2)]
        extra = number(3, draw.below(2)) + number(4, draw.pick((0, 1, 1000, (1 << 64) - 1)))
        return head + message(Packet.CLOCK_SNAPSHOT, *(message(1, clock, extra) for clock in clocks))
    if kind == 11:
        defaults = number(58, draw.pick((64, 6))) + message(11, number(11, draw.pick(_UUIDS)))
        return head + message(Packet.DEFAULTS, defaults)
    if kind == 12 and depth < 2:
        inner = b"".join(message(1, _packet(draw, depth + 1)) for _ in draw.times(3))
        return message(Packet.COMPRESSED, draw.damaged(zlib.compress(inner)))
    if kind == 13:
        return message(Packet.OWN_HEADER, _own_header(draw))
    if kind == 14:
        which = draw.pick((Packet.PROCESS, Packet.THREAD, Packet.DROPPED, Packet.CLEARED))
        return head + message(which, number(1, draw.integer()), number(2, draw.integer()), text(6, draw.text()))
    return head + draw.bytes(draw.below(30))


def _event(draw: Draw) -> bytes:
    parts = [number(Event.TYPE, draw.pick((1, 2, 1, 2, 3, 4, 0, 9)))]
    if draw.below(8):
        parts.append(number(Event.TRACK, draw.pick(_UUIDS)))
    choices = {
        0: lambda: text(Event.NAME, draw.text()),
        1: lambda: number(Event.NAME_IID, draw.below(4)),
        2: lambda: text(Event.CATEGORIES, draw.pick(_CATEGORIES)),
        3: lambda: number(Event.CATEGORY_IIDS, draw.below(4)),
        4: lambda: message(Event.ANNOTATIONS, _annotation(draw)),
        5: lambda: fixed64(draw.pick((Event.FLOWS, Event.ENDED_FLOWS)), draw.below(3)),
        6: lambda: number(draw.pick((Event.FLOWS_OLD, Event.ENDED_FLOWS_OLD, Event.COUNTER)), draw.below(3)),
        7: lambda: double(Event.DOUBLE_COUNTER, draw.pick((1.5, float("nan"), float("inf")))),
        8: lambda: number(draw.pick((Event.DELTA_US, Event.ABSOLUTE_US)), draw.pick((1, 5, 1 << 62, (1 << 64) - 5))),
        9: lambda: message(
            Event.LEGACY,
            number(Legacy.PHASE, draw.pick(b"XBEiINbne")),
            number(Legacy.DURATION_US, draw.pick(EDGES)),
            number(Legacy.NAME_IID, draw.below(4)),
        ),
        10: lambda: draw.bytes(draw.below(8)),
    }
    parts += [choices[draw.below(len(choices))]() for _ in draw.times(6)]
    return b"".join(parts)


def _annotation(draw: Draw, depth: int = 0) -> bytes:
    named = text(Annotation.NAME, draw.pick(_NAMES)) if draw.below(4) else number(Annotation.NAME_IID, draw.below(3))
    kind = draw.below(10)
    if kind < 3:
        return named + number(draw.pick((Annotation.INT, Annotation.UINT, Annotation.BOOL)), draw.integer())
    if kind == 3:
        return named + double(Annotation.DOUBLE, draw.pick((1.5, float("nan"), 1e300)))
    if kind == 4:
        return named + text(Annotation.STRING, draw.pick(("htod", "dtoh", "compute", "\x00", "k[/foo]")))
    if kind == 5:
        return named + text(Annotation.JSON, draw.pick(("{}", "[1e309, NaN]", '{"a":', "[" * 2000, "1" * 5000)))
    if kind == 6 and depth < 60:
        inner = [_annotation(draw, depth + 1) for _ in draw.times(3)]
        return named + b"".join(message(draw.pick((Annotation.DICT, Annotation.ARRAY)), one) for one in inner)
    if kind == 7:
        return named + message(Annotation.NESTED, number(1, draw.below(3)), text(2, "a"), message(4, draw.bytes(6)))
    if kind == 8:
        nested = b""
        for _ in range(draw.byte()):
            nested = message(draw.pick((Annotation.DICT, Annotation.NESTED)), nested)
        return named + nested
    return named + number(Annotation.STRING_IID, draw.below(3)) + number(Annotation.OWN_JSON, 1)


def _descriptor(draw: Draw) -> bytes:
    parts = [number(Descriptor.UUID, draw.pick(_UUIDS)), text(Descriptor.NAME, draw.text())]
    if draw.below(2):
        parts.append(number(Descriptor.PARENT, draw.pick(_UUIDS)))
    if draw.below(2):
        parts.append(message(Descriptor.PROCESS, number(1, draw.integer()), text(6, draw.text())))
    if draw.below(2):
        parts.append(message(Descriptor.THREAD, number(1, draw.integer()), number(2, draw.integer())))
    if draw.below(4) == 1:
        parts.append(message(Descriptor.COUNTER, number(3, 1), number(4, draw.integer()), number(5, draw.below(2))))
    return b"".join(parts)


def _interned(draw: Draw) -> bytes:
    kinds = (Interned.CATEGORIES, Interned.NAMES, Interned.ANNOTATION_NAMES, Interned.STRINGS)
    more = (Interned.GPU_STAGES, Interned.KERNELS)
    return b"".join(
        message(draw.pick(kinds if draw.below(2) else more), number(1, draw.below(4)), text(2, draw.pick(_NAMES)))
        for _ in draw.times(4)
    )


def _stage(draw: Draw) -> bytes:
    fields = tuple(value for name, value in vars(Gpu).items() if name.isupper())
    parts = [number(Gpu.DURATION, draw.pick((0, 5, 10, 1 << 62, (1 << 64) - 1)))]
    for _ in draw.times(6):
        field = draw.pick(fields)
        parts.append(
            number(field, draw.integer() % (1 << 64))
            if draw.below(2)
            else message(field, text(1, "a"), text(2, draw.text()))
        )
    return b"".join(parts)


def _own_header(draw: Draw) -> bytes:
    track = {
        key: draw.pick((-1, 0, 1 << 31, 1 << 61, 1 << 63)) for key in ("pid", "tid", "device", "context", "stream")
    }
    kind = draw.pick(("stream", "thread", "counter", "x"))
    tracks = [{**track, "kind": kind, "name": draw.text()}] * draw.below(3)
    described = {
        "version": draw.pick((1, 1, 1, 2)),
        "meta": {"format": draw.pick(("perfetto", None, 1))},
        "tracks": tracks,
        "stats": [["x", "info", draw.pick((1, -1, 1 << 70))]],
        "shift_ns": draw.pick((0, 5, -5, 1 << 62, 1 << 63, -(1 << 63), 1 << 80)),
    }
    size = draw.below(3)
    edges = b"".join(draw.pick((0, 1, 5, -1)).to_bytes(8, "little", signed=True) for _ in range(size))
    packed = message(2, edges), message(3, edges), message(4, bytes([draw.pick((0, 1, 2, 255))]) * size)
    return message(1, _dumped(described)) + b"".join(packed)


def _dumped(described: object) -> bytes:
    import json

    return json.dumps(described).encode()
