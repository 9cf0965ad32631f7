"""GPU render stages: work of a graphics or compute queue with its own length."""

from __future__ import annotations

import json
from typing import Any

from profiler.io.perfetto_events import COMPLETE, Events
from profiler.io.perfetto_state import Sequence
from profiler.io.perfetto_words import Gpu, Interned
from profiler.io.proto_wire import fields
from profiler.trace.schema import LATEST_NS

_KEPT = {8: "render_target", 9: "render_pass", 10: "submission", 12: "command_buffer"}


class GpuStages:
    """Adds render stages to the events; remembers the names that older files say once."""

    def __init__(self) -> None:
        self._queues: list[str] = []
        self._stages: list[str] = []

    def add(self, events: Events, data: bytes, ts: int, state: Sequence) -> bool:
        """Add one GpuRenderStageEvent; whether its length is one that a trace can hold."""
        numbers: dict[int, int] = {}
        name = ""
        args: dict[str, Any] = {}
        for number, _, value in fields(data):
            if isinstance(value, int):
                numbers[number] = value
                if number in _KEPT:
                    args[_KEPT[number]] = value
            elif number == Gpu.NAME:
                name = value.decode("utf-8", "replace")
            elif number == Gpu.EXTRA:
                key, text = _pair(value)
                args[key] = text
            elif number == Gpu.LAUNCH:
                numbers[Gpu.LAUNCH] = 1
                args |= _launch(value)
            elif number == Gpu.SPECIFICATIONS:
                self._learn(value)
        dur = numbers.get(Gpu.DURATION, 0)
        if dur > LATEST_NS:
            return False
        gpu = numbers.get(Gpu.GPU, 0) & 0x7FFFFFFF
        queue = numbers.get(Gpu.QUEUE_IID, numbers.get(Gpu.QUEUE, 0)) & 0x7FFFFFFF
        track = ("gpu", gpu, queue, self._queue_name(numbers, queue, state))
        is_kernel = Gpu.LAUNCH in numbers or Gpu.KERNEL_IID in numbers
        word = "kernel" if is_kernel else "stage"
        event = events.add(ts, COMPLETE, track, self._name(name, numbers, state), word)
        for column, value in (("dur", dur), ("device", gpu), ("stream", queue)):
            events.set(event, column, value)
        if Gpu.CONTEXT in numbers:
            events.set(event, "context", numbers[Gpu.CONTEXT] & LATEST_NS)
        if args:
            events.args[event] = json.dumps(args, ensure_ascii=False)
        return True

    def _name(self, name: str, numbers: dict[int, int], state: Sequence) -> str:
        if name:
            return name
        for field, table in ((Gpu.NAME_IID, Interned.NAMES), (Gpu.KERNEL_IID, Interned.KERNELS)):
            if field in numbers:
                return state.text(table, numbers[field])
        if Gpu.STAGE_IID in numbers:
            return state.text(Interned.GPU_STAGES, numbers[Gpu.STAGE_IID])
        return _at(self._stages, numbers.get(Gpu.STAGE, 0), "stage")

    def _queue_name(self, numbers: dict[int, int], queue: int, state: Sequence) -> str:
        if Gpu.QUEUE_IID in numbers:
            return state.text(Interned.GPU_STAGES, numbers[Gpu.QUEUE_IID])
        return _at(self._queues, queue, "queue")

    def _learn(self, data: bytes) -> None:
        queues: list[str] = []
        stages: list[str] = []
        for number, _, value in fields(data):
            if number in (2, 3) and isinstance(value, bytes):
                (queues if number == 2 else stages).append(_pair(value)[0])
        self._queues, self._stages = queues or self._queues, stages or self._stages


def _at(names: list[str], number: int, what: str) -> str:
    return names[number] if 0 <= number < len(names) else f"{what} {number}"


def _pair(data: bytes) -> tuple[str, str]:
    """Fields 1 and 2 of a message of two texts."""
    texts = {1: "", 2: ""}
    for number, _, value in fields(data):
        if number in texts and isinstance(value, bytes):
            texts[number] = value.decode("utf-8", "replace")
    return texts[1], texts[2]


def _launch(data: bytes) -> dict[str, list[int]]:
    """Grid and block of a compute kernel."""
    found = {}
    for number, _, value in fields(data):
        if number in (1, 2) and isinstance(value, bytes):
            sizes = {inner: size for inner, _, size in fields(value) if isinstance(size, int)}
            found["grid" if number == 1 else "block"] = [sizes.get(axis, 1) for axis in (1, 2, 3)]
    return found
