"""XPlane files made by choices: planes whose lengths are right, whatever they hold."""

from __future__ import annotations

from profiler.io.proto_wire import double, message, number, text
from tests.fuzz.draw import Draw

_PLANES = (
    "/device:GPU:0 (pid 1)",
    "/device:GPU:1",
    "/device:TPU:0",
    "/host:CPU",
    "/host:CUPTI",
    "Task Environment",
    "x",
)
_LINES = ("Stream #7(MemcpyH2D)", "Stream #1", "XLA Ops", "Steps", "python", "Stream #999999999", "")
_EVENTS = (
    "k[/foo]",
    "MemcpyH2D",
    "MemcpyD2H",
    "MemcpyP2P",
    "Memset",
    "cudaLaunchKernel",
    "cuLaunchKernel",
    "ncclAllReduce",
)
_STATS = ("correlation_id", "context_id", "memcpy_details", "device_type_string", "kernel_details", "x")
_TEXTS = ("kind_src:pinned kind_dst:device size:4096 dest:0 async:1", "size:" + "9" * 30, "V100", "", "k[/foo]")
_TIMES = (0, 1, 999, 1000, 1001, 5_000_000, 1 << 62, (1 << 62) + 1, (1 << 63) - 1, (1 << 64) - 1)


def trace(draw: Draw) -> bytes:
    """The bytes of a file."""
    planes = [message(1, _plane(draw)) for _ in draw.times(4)]
    others = [text(draw.pick((2, 3, 4)), draw.text()) for _ in draw.times(2)]
    return draw.damaged(b"".join([*planes, *others]))


def _plane(draw: Draw) -> bytes:
    parts = [number(1, draw.below(3)), text(2, draw.pick(_PLANES))]
    for field, names in ((4, _EVENTS), (5, _STATS)):
        for key, name in enumerate(names):
            if not draw.rarely():
                parts.append(message(field, number(1, key), message(2, number(1, key), text(2, name))))
    parts += [message(6, _stat(draw)) for _ in draw.times(3)]
    parts += [message(3, _line(draw)) for _ in draw.times(4)]
    return b"".join(parts)


def _line(draw: Draw) -> bytes:
    parts = [number(1, draw.below(4)), text(2, draw.pick(_LINES)), number(3, draw.pick(_TIMES) if draw.rarely() else 7)]
    parts += [message(4, _event(draw)) for _ in draw.times(6)]
    return draw.damaged(b"".join(parts))


def _event(draw: Draw) -> bytes:
    parts = [number(1, draw.below(10)), number(2, _time(draw)), number(3, _time(draw))]
    parts += [message(4, _stat(draw)) for _ in draw.times(4)]
    if draw.rarely():
        parts.append(number(5, draw.below(3)))
    return draw.damaged(b"".join(parts))


def _time(draw: Draw) -> int:
    return draw.pick(_TIMES) if draw.below(8) == 1 else draw.byte() * 1000


def _stat(draw: Draw) -> bytes:
    named = number(1, draw.below(7))
    kind = draw.below(6)
    if kind == 0:
        return named + double(2, draw.pick((0.0, 1.5, float("nan"), float("inf"))))
    if kind < 3:
        return named + number(draw.pick((3, 4, 7)), draw.integer() % (1 << 64))
    if kind == 3:
        return named + message(6, draw.bytes(draw.below(9)))
    return named + text(5, draw.pick(_TEXTS))
