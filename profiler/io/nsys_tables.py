"""A trace as rows of Nsight Systems' own tables, so that tools for its exports read them.

What those tables have no place for is left to `nsys_own`: `unheld` counts it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.cupti_rows import CUPTI, GRID
from profiler.io.nesting import lanes_of
from profiler.io.nsys_names import NSYS_MEMORY, SYNC_NAMES, NvtxEvent, no_number, short_name
from profiler.trace.schema import MISSING, Category, MemoryKind
from profiler.trace.tables import Trace

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
#: Of one table: a value a row, or one for all rows.
Column = Array | Sequence[Any] | int | str | None

#: Global ids: 8 bits hardware, 8 virtual machine, 24 process, 24 thread; exports number the first machine 1.
MACHINE = 1 << 48
LARGEST_NUMBER = 0xFFFFFF
_OS_CALLS = "osrt"
_OS_CLASS, _OVERHEAD_CLASS = 27, 103
#: Keys under which Kineto says what exports have a column for.
_KINETO = {"registers per thread": "registersPerThread", "shared memory": "staticSharedMemory"}
_LAUNCHED = (*GRID, "graphNodeId")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one of the tables.

    Attributes
    ----------
    table : str
    slices : array
        Row of the trace that each comes from; empty for rows that are no slices.
    columns : dict
        Column to its values.
    """

    table: str
    columns: dict[str, Column]
    slices: Ints = field(default_factory=lambda: np.empty(0, np.int64))


class Texts:
    """Numbers of texts in StringIds: those of a trace's names are the names' own, plus one."""

    def __init__(self, names: Sequence[str]) -> None:
        self.texts = list(names)
        self._known: dict[str, int] = {}
        for number, name in enumerate(names, 1):
            self._known.setdefault(name, number)

    def __getitem__(self, text: str) -> int:
        number = self._known.get(text)
        if number is None:
            self.texts.append(text)
            number = self._known[text] = len(self.texts)
        return number


def slices(trace: Trace, texts: Texts) -> Iterator[Rows]:
    """Every slice that has a table of its own there, in the order of the trace."""
    completed = trace.dur >= 0
    os_calls = texts[_OS_CALLS] - 1
    is_os = (trace["source_category"] == os_calls) & (trace.category == Category.MARKER)
    of = {kind: np.flatnonzero((trace.category == kind) & completed) for kind in Category}
    yield _kernels(trace, of[Category.KERNEL], texts)
    yield _copies(trace, np.union1d(of[Category.MEMCPY], of[Category.MIGRATION]))
    yield _memsets(trace, of[Category.MEMSET])
    yield _graphs(trace, of[Category.GRAPH])
    yield _waits(trace, of[Category.SYNC])
    yield _calls(trace, np.union1d(of[Category.RUNTIME], of[Category.DRIVER]))
    yield _overhead(trace, of[Category.OVERHEAD])
    yield _os_calls(trace, np.flatnonzero(is_os & completed))
    yield _ranges(trace, np.flatnonzero((trace.category == Category.MARKER) & ~is_os & (trace.dur >= MISSING)))


def unheld(trace: Trace) -> int:
    """How many slices have no row in those tables: stages, and what never ended or ends before it starts."""
    marks = (trace.category == Category.MARKER) & (trace.dur == MISSING)
    os_calls = np.array([name == _OS_CALLS for name in trace.names] + [False])[trace["source_category"]]
    held = (trace.dur >= 0) | (marks & ~os_calls)
    return int((~held | (trace.category == Category.STAGE)).sum())


def global_id(process: Ints, thread: Ints | int = 0) -> Ints:
    """Global ids; a process or thread without a number is number 0."""
    return MACHINE | (np.maximum(process, 0) & LARGEST_NUMBER) << 24 | (np.maximum(thread, 0) & LARGEST_NUMBER)


def known(values: Array) -> Column:
    """Values, null where they are -1."""
    return values if bool((values != MISSING).all()) else [None if v == MISSING else v for v in values.tolist()]


def _times(trace: Trace, rows: Ints) -> dict[str, Column]:
    return {"start": trace.ts[rows], "end": trace.ts[rows] + trace.dur[rows]}


def _device(trace: Trace, rows: Ints) -> dict[str, Column]:
    return {
        **_times(trace, rows),
        "deviceId": no_number(trace["device"][rows]),
        "contextId": no_number(trace["context"][rows]),
        "streamId": no_number(trace["stream"][rows]),
        "correlationId": known(trace["correlation_id"][rows]),
        "globalPid": global_id(trace["pid"][rows]),
    }


def _host(trace: Trace, rows: Ints) -> dict[str, Column]:
    return {**_times(trace, rows), "globalTid": _threads(trace, rows), "nameId": trace["name"][rows] + 1}


def _threads(trace: Trace, rows: Ints) -> Ints:
    thread = np.array([track.tid for track in trace.tracks], np.int64)[trace["track"][rows]]
    return global_id(trace["pid"][rows], thread)


def _kernels(trace: Trace, rows: Ints, texts: Texts) -> Rows:
    name = trace["name"][rows]
    short = {number: texts[short_name(trace.names[number])] for number in np.unique(name).tolist()}
    launched = zip(*map(_Launches(trace).__getitem__, rows.tolist()), strict=True)
    columns: dict[str, Column] = dict(zip(_LAUNCHED, launched, strict=True)) if len(rows) else {}
    columns |= {"demangledName": name + 1, "shortName": [short[number] for number in name.tolist()], "launchType": 1}
    columns |= {"localMemoryPerThread": 0, "localMemoryTotal": 0, "gridId": 0, "tensorSizeMinusOneElements": ""}
    return Rows(f"{CUPTI}KERNEL", {**_device(trace, rows), **columns}, rows)


class _Launches:
    """What kernels were launched with, as their arguments say it; 0 where they do not."""

    def __init__(self, trace: Trace) -> None:
        self._args = trace.args
        self._known: dict[str, tuple[int | None, ...]] = {}

    def __getitem__(self, row: int) -> tuple[int | None, ...]:
        text = self._args[row] if self._args is not None else ""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = _launched(text)
        return found


def _launched(text: str) -> tuple[int | None, ...]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    said = {_KINETO.get(key, key): value for key, value in said.items()} if isinstance(said, dict) else {}
    for key in ("grid", "block"):
        sizes = said.get(key)
        if isinstance(sizes, list) and len(sizes) == 3:
            said |= {f"{key}{axis}": size for axis, size in zip("XYZ", sizes, strict=True)}
    whole = {key: value for key, value in said.items() if type(value) is int and abs(value) < 1 << 63}
    return (*(whole.get(key, 0) for key in GRID), whole.get("graphNodeId"))


def _copies(trace: Trace, rows: Ints) -> Rows:
    columns: dict[str, Column] = {
        "bytes": np.maximum(trace["size_bytes"][rows], 0),
        "copyKind": trace["memcpy_kind"][rows],
        "srcKind": _MEMORY[trace["src_kind"][rows]],
        "dstKind": _MEMORY[trace["dst_kind"][rows]],
        "copyCount": 1,
    }
    return Rows(f"{CUPTI}MEMCPY", {**_device(trace, rows), **columns}, rows)


def _memsets(trace: Trace, rows: Ints) -> Rows:
    size = np.maximum(trace["size_bytes"][rows], 0)
    columns: dict[str, Column] = {"value": 0, "bytes": size, "memKind": _MEMORY[trace["dst_kind"][rows]]}
    return Rows(f"{CUPTI}MEMSET", {**_device(trace, rows), **columns}, rows)


def _graphs(trace: Trace, rows: Ints) -> Rows:
    """Graphs are numbered by the last word of their names, as ``CUDA graph 3``, else by their names."""
    numbers = {}
    for name in np.unique(trace["name"][rows]).tolist():
        last = trace.names[name].rpartition(" ")[2]
        numbers[name] = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else name + 1
    found = [numbers[name] for name in trace["name"][rows].tolist()]
    return Rows(f"{CUPTI}GRAPH_TRACE", {**_device(trace, rows), "graphId": found, "graphExecId": found}, rows)


def _waits(trace: Trace, rows: Ints) -> Rows:
    kinds = {name.lower(): number for number, name in SYNC_NAMES.items()} | {"stream wait sync": 2}
    kind = [kinds.get(trace.names[name].lower(), 0) for name in trace["name"][rows].tolist()]
    return Rows(f"{CUPTI}SYNCHRONIZATION", {**_device(trace, rows), "syncType": kind, "eventId": 0}, rows)


def _calls(trace: Trace, rows: Ints) -> Rows:
    columns = {
        "eventClass": (trace.category[rows] == Category.DRIVER).astype(np.int64),
        "correlationId": known(trace["correlation_id"][rows]),
        "returnValue": 0,
    }
    return Rows(f"{CUPTI}RUNTIME", {**_host(trace, rows), **columns}, rows)


def _overhead(trace: Trace, rows: Ints) -> Rows:
    columns = {"eventClass": _OVERHEAD_CLASS, "correlationId": known(trace["correlation_id"][rows]), "overheadType": 0}
    return Rows(f"{CUPTI}OVERHEAD", {**_host(trace, rows), **columns}, rows)


def _os_calls(trace: Trace, rows: Ints) -> Rows:
    columns = {"eventClass": _OS_CLASS, "returnValue": 0, "callchainId": 0, "argumentsId": 0}
    return Rows("OSRT_API", {**_host(trace, rows), **columns}, rows)


def _ranges(trace: Trace, rows: Ints) -> Rows:
    """NVTX: marks without a length, ranges that nest on their track, and others, which need not."""
    end: list[int | None] = (trace.ts[rows] + trace.dur[rows]).tolist()
    open_or_mark = trace.dur[rows] <= 0
    for place in np.flatnonzero(open_or_mark).tolist():
        end[place] = None
    picked = Trace({name: trace[name][rows] for name in ("ts", "dur", "track")})
    crossing = (lanes_of(picked) > 0) & (picked.dur > 0)
    kind = np.where(crossing, NvtxEvent.START_END_RANGE, NvtxEvent.PUSH_POP_RANGE)
    columns: dict[str, Column] = {
        "start": trace.ts[rows],
        "end": end,
        "eventType": np.where(trace.dur[rows] == 0, NvtxEvent.MARK, kind),
        "rangeId": known(np.where(crossing, np.arange(len(rows)), MISSING)),
        "text": [trace.names[name] for name in trace["name"][rows].tolist()],
        "globalTid": _threads(trace, rows),
        "domainId": 0,
    }
    return Rows("NVTX_EVENTS", columns, rows)


#: Number in an export of each `MemoryKind`.
_MEMORY = np.array([np.flatnonzero(kind == NSYS_MEMORY)[0] for kind in MemoryKind], np.int64)
