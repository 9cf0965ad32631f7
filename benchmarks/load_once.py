"""Read one trace with one tool in this process, and print time, memory and what was read as one JSON object.

usage: python benchmarks/load_once.py lanescope|json|hta FILE

A small file is read first, so that everything is imported; memory is counted above what the process has then. The peer
``hta`` has an interpreter of its own, so nothing of Lanescope is imported for it.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What tells whether two tools read the same: slices, sum of lengths, first start, sum of starts from there, ns.
Sums = tuple[int, ...]

_SMALL = (
    '{"traceEvents": [{"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1.5, "dur": 2.25, '
    '"args": {"device": 0, "stream": 7, "correlation": 1}}, {"ph": "X", "cat": "cpu_op", "name": "o", "pid": 9, '
    '"tid": 9, "ts": 1.5, "dur": 2.25, "args": {"External id": 4}}]}'
)


def with_lanescope(path: Path) -> Callable[[], Sums]:
    """All columns, exact, the other arguments as text."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from profiler.io import read_trace

    trace = read_trace(path)
    return lambda: sums_of(trace.ts, trace.dur)


def with_json(path: Path) -> Callable[[], Sums]:
    """The standard module, then seven columns."""
    import numpy as np

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        events = [event for event in json.load(file)["traceEvents"] if event["ph"] == "X"]
    names: dict[str, int] = {}
    lanes: dict[tuple[Any, Any], int] = {}
    columns = (
        np.array([event["ts"] for event in events]),
        np.array([event["dur"] for event in events]),
        np.array([names.setdefault(event["name"], len(names)) for event in events], np.int32),
        np.array([names.setdefault(event["cat"], len(names)) for event in events], np.int32),
        np.array([lanes.setdefault((event["pid"], event["tid"]), len(lanes)) for event in events], np.int32),
        np.array([event["args"].get("correlation", -1) for event in events], np.int64),
        np.array([event["args"].get("bytes", -1) for event in events], np.int64),
    )
    ts, dur = (np.rint(1000 * column).astype(np.int64) for column in columns[:2])
    return lambda: sums_of(ts, dur)


def with_hta(path: Path) -> Callable[[], Sums]:
    """HolisticTraceAnalysis; it cuts times to whole microseconds."""
    import logging

    logging.disable(logging.CRITICAL)
    from hta.trace_analysis import TraceAnalysis

    with tempfile.TemporaryDirectory() as folder:
        table = TraceAnalysis(trace_files={0: str(path)}, trace_dir=folder).t.get_trace(0)
    return lambda: (len(table), 1000 * int(table["dur"].sum()))


def sums_of(ts: Any, dur: Any) -> Sums:
    """The sums of two columns."""
    first = int(ts.min())
    return len(ts), int(dur.sum()), first, int((ts - first).sum())


METHODS = {"lanescope": with_lanescope, "json": with_json, "hta": with_hta}


def memory(key: str) -> int:
    """Bytes of this process: ``VmRSS`` now, ``VmHWM`` at most so far."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return 1024 * int(line.split()[1])
    raise SystemExit(f"no {key} in /proc/self/status")


def main() -> None:
    """Read and print."""
    method, path = METHODS[sys.argv[1]], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.json"
        small.write_text(_SMALL, encoding="utf-8")
        method(small)
    before = memory("VmRSS")
    start = time.perf_counter()
    sums = method(path)
    seconds = time.perf_counter() - start
    peak = memory("VmHWM")
    print(json.dumps({"s": seconds, "peak": peak, "above": peak - before, "sums": sums()}))


if __name__ == "__main__":
    main()
