"""Chrome JSON made by choices: events of every phase with fields of any type, and headers of three dialects."""

from __future__ import annotations

import json
from typing import Any

from tests.fuzz.draw import Draw

_PHASES = "XXXXBEBEstfCMiIbneSTpFNDOPRv"
_CATEGORIES = ("kernel", "gpu_memcpy", "gpu_memset", "cuda_runtime", "cuda_driver", "cuda_sync", "ac2g", "cpu_op")
_MORE = (
    "cuda",
    "async",
    "gpu_user_annotation",
    "user_annotation",
    "unified_memory",
    "cuda_graph",
    "overhead",
    "Kernel",
)
_TIMES = ("0", "1", "2.5", "3.001", "10", "20", "1600000000000000.123", "1e3", '"7"', "4611686018427387.904", "-5")
_ODD = ("null", "1e309", "-1e-400", "NaN", "Infinity", "nan(0x1)", '"\\ud800"', '"\xff"', "[]", "{}", '"x"', "9" * 40)
_ARGS = ("correlation", "External id", "device", "stream", "context", "bytes", "name", "labels", "sort_index", "value")
_NAMED = ("process_name", "thread_name", "process_labels", "process_sort_index", "thread_sort_index")
_OWN_ARGS = ("queued_ns", "process", "engine", "request", "chunk", "memcpy_kind", "src_kind", "row", "edge")
_NUMBERS = ("0", "1", "2", "7", "-1", "4294967295", "9223372036854775807", "9223372036854775808", "2.0", "1e18")


def trace(draw: Draw) -> bytes:
    """The text of a file."""
    own = draw.below(6) == 1
    events = [_event(draw, own) for _ in draw.times(12)]
    listed = f"[{','.join(events)}"
    ending = draw.pick(("]", "]", "]", "", ",", "]]", ",]"))
    if draw.below(4) == 1 and not own:
        return draw.damaged(f"{listed}{ending}".encode("utf-8", "surrogatepass"))
    before = f'"lanescope":{_own_header(draw)},' if own else _header(draw)
    after = f",{_header(draw)}".rstrip(",") if draw.rarely() else ""
    text = f'{{{before}"traceEvents":{listed}{ending}{after}}}'
    return draw.damaged(text.encode("utf-8", "surrogatepass"))


def _event(draw: Draw, own: bool) -> str:
    if draw.rarely():
        return _token(draw)
    phase = draw.pick(_PHASES)
    fields = {
        "ph": json.dumps(phase),
        "name": json.dumps(draw.pick(_NAMED) if phase == "M" else draw.text()),
        "cat": json.dumps(draw.pick(_CATEGORIES if draw.below(2) else _MORE)),
        "ts": draw.pick(_TIMES),
        "dur": draw.pick(_TIMES),
        "pid": draw.pick(("1", "2", '"2"', "0", "-1", '"Spans"', "1.0")),
        "tid": draw.pick(("5", "7", '"stream 7"', "-1", "0", "1e30")),
        "id": draw.pick(("1", "2", '"0x1"', "1.0")),
    }
    if phase not in "Xx" and draw.below(4):
        del fields["dur"]
    if draw.below(3):
        fields["args"] = _args(draw, own)
    for key in draw.times(2) if draw.below(4) == 1 else ():
        fields[draw.pick(("bp", "id2", "s", "ph", "ts", "dur", "pid", "tid", "args", "name", "cat"))] = _token(draw)
        fields.pop(draw.pick(("ts", "name", "pid", "tid", "cat", "x")), key)
    return "{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}"


def _args(draw: Draw, own: bool) -> str:
    keys = _OWN_ARGS if own and draw.below(2) else _ARGS
    found = []
    for _ in draw.times(4):
        value = draw.pick(_NUMBERS) if draw.below(4) else _token(draw)
        found.append(f'"{draw.pick(keys)}":{value}')
    return "{" + ",".join(found) + "}"


def _token(draw: Draw) -> str:
    how = draw.below(8)
    if how < 4:
        return draw.pick(_ODD)
    if how == 4:
        return json.dumps(draw.text())
    if how == 5:
        return str(draw.integer())
    if how == 6:
        return "[" * draw.byte() + "]" * draw.byte()
    return '{"local":"0x1","global":2}'


def _header(draw: Draw) -> str:
    entries = (
        '"schemaVersion":1',
        '"deviceProperties":[{"id":0,"name":"GPU"},{"id":"x"},3]',
        f'"baseTimeNanoseconds":{_token(draw)}',
        f'"deviceProperties":{_token(draw)}',
        f'"displayTimeUnit":{_token(draw)}',
        f'"x":{_token(draw)}',
        f'"stackFrames":{{"1":{_token(draw)}}}',
    )
    return "".join(f"{draw.pick(entries)}," for _ in draw.times(3))


def _own_header(draw: Draw) -> str:
    track: dict[str, Any] = {
        "kind": draw.pick(("stream", "thread", "engine", "nvtx", "counter", "x")),
        "name": draw.text(),
        **{key: draw.pick((-1, 0, 1, 1 << 31, 1 << 63, 1.5)) for key in ("pid", "tid", "device", "context", "stream")},
    }
    number = draw.below(4)
    header = {
        "version": draw.pick((1, 1, 1, 2)),
        "base_ns": draw.pick((0, 5, 1 << 61, 1 << 63)),
        "tracks": [track] * number,
        "lanes": [[1, 5], [1, 7], [2, 5], [2, 7]][: draw.pick((number, number, number, 1))],
        "further_lanes": [[2, 0, draw.pick((0, 1, -1))]] if draw.rarely() else [],
        "stats": [["x", draw.pick(("info", "error", "y")), draw.pick((1, -1, 1 << 70))]] if draw.below(2) else [],
        "meta": {draw.pick(("format", "gpus", "resolution_ns")): draw.pick(("chrome", 1, None, {"0": 1}, [1]))},
    }
    return json.dumps(header)
