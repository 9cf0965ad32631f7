"""The native file at ten million slices: written, read whole and in part, a window of it, and handed to a process.

usage: python benchmarks/bench_native.py [--size 10000000]

Times are of the wall clock, the least of three runs, the file in the page cache; a window is read in a process of its
own, whose memory and bytes read are counted. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spans import Spans, as_trace, make_spans
from profiler.analysis.analyze import analyze
from profiler.analysis.window import parse_window
from profiler.experiment.analyze_file import analyze_file
from profiler.io import parquet
from profiler.io.shared_arrow import open_shared, write_shared
from profiler.io.summary import summarize
from profiler.trace.schema import COLUMNS, Category, Engine, MemoryKind
from profiler.trace.tables import TextColumn, Trace

#: The columns of a drawing prototype, for which the goals stand.
SEVEN = ("ts", "dur", "name", "category", "track", "correlation_id", "size_bytes")
LANES = ("ts", "dur", "track")

WRITE_GOAL_S, READ_GOAL_S, LANES_GOAL_S, BYTES_GOAL = 2.0, 2.0, 0.3, 8.0
WINDOW_GOAL_PERCENT, WINDOW_GOAL_MIB, OPEN_GOAL_S = 5.0, 300.0, 0.05

_WINDOW = """
import json, sys, time
from profiler.experiment.analyze_file import analyze_file
def told(file, key):
    # Not the greatest memory that the system counts for a child: that begins with its parent's.
    with open(f"/proc/self/{file}") as lines:
        return int(dict(line.split(":") for line in lines)[key].split()[0])
import pyarrow.compute, pyarrow.parquet
before, begun = told("io", "rchar"), time.perf_counter()
found = analyze_file(sys.argv[1], window=sys.argv[2]).to_json()
taken = time.perf_counter() - begun
peak = told("status", "VmHWM") / 1024
print(json.dumps({"bytes": told("io", "rchar") - before, "mib": peak, "s": taken, "devices": found["devices"]}))
"""


def seven_columns(spans: Spans) -> Trace:
    """What the prototypes drew: copies and memsets have a size, all slices a correlation id; nothing else is known."""
    trace = sized(as_trace(spans))
    return Trace({name: trace[name] for name in SEVEN}, names=trace.names, tracks=trace.tracks)


def every_column(spans: Spans) -> Trace:
    """Something in every column, and arguments on every slice."""
    trace, random = sized(as_trace(spans)), np.random.default_rng(3)
    size, copy = len(trace), trace.category == Category.MEMCPY
    on_device = trace["stream"] >= 0
    numbers = {
        "queued_ns": np.where(on_device, trace.ts - random.integers(0, 5_000, size), COLUMNS["queued_ns"][1]),
        "src_kind": np.where(copy, MemoryKind.PINNED, MemoryKind.UNKNOWN),
        "dst_kind": np.where(copy, MemoryKind.DEVICE, MemoryKind.UNKNOWN),
        "engine": np.where(copy, Engine.HTOD, np.where(on_device, Engine.COMPUTE, Engine.NONE)),
        "request": np.arange(size) % (size // len(trace.tracks) + 1) // 500,
        "chunk": np.arange(size) % 8,
        "source_category": trace.category % 4,
    }
    columns = {name: values.astype(COLUMNS[name][0]) for name, values in numbers.items()}
    text = b'{"External id":12345678}'
    args = TextColumn(np.arange(size + 1, dtype=np.int64) * len(text), text * size)
    known = {name: trace[name] for name in COLUMNS}
    return Trace({**known, **columns}, names=trace.names, tracks=trace.tracks, meta=trace.meta, args=args)


def sized(trace: Trace) -> Trace:
    """The trace with the bytes of its copies and memsets."""
    moves = (trace.category == Category.MEMCPY) | (trace.category == Category.MEMSET)
    bytes_moved = np.where(moves, np.random.default_rng(2).integers(64, 1 << 26, len(trace)), -1)
    return trace.with_columns({"size_bytes": bytes_moved})


def measure_file(trace: Trace, path: Path, what: str, *, goals: bool) -> Iterator[dict[str, Any]]:
    """Written, read, and its size."""

    def goal(value: float) -> float | None:
        return value if goals else None

    yield row(f"{what}: written", least(lambda: parquet.write(trace, path)), "s", goal(WRITE_GOAL_S))
    check_same(parquet.read(path), trace)
    yield row(f"{what}: read, all", least(lambda: parquet.read(path)), "s", goal(READ_GOAL_S))
    part = least(lambda: parquet.read(path, columns=LANES))
    yield row(f"{what}: read, times and lanes", part, "s", goal(LANES_GOAL_S))
    yield row(f"{what}: size", path.stat().st_size / len(trace), "bytes a slice", goal(BYTES_GOAL))


def measure_window(trace: Trace, path: Path) -> Iterator[dict[str, Any]]:
    """A hundredth of the time out of the middle, in a process of its own; the answer is that of the whole trace."""
    parquet.write(trace, path)
    length = int(trace.ts.max() - trace.ts.min())
    window = f"{length // 3}:{length // 3 + length // 100}"
    command = [sys.executable, "-c", _WINDOW, str(path), window]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    if found["devices"] != analyze(trace, window=parse_window(window, trace)).to_json()["devices"]:
        raise SystemExit("the figures of the window differ from those of the whole trace")
    share = 100 * found["bytes"] / path.stat().st_size
    yield row("analyze --window of 1 %: read of the file", share, "%", WINDOW_GOAL_PERCENT)
    yield row("analyze --window of 1 %: peak memory of the process", found["mib"], "MiB", WINDOW_GOAL_MIB)
    yield row("analyze --window of 1 %: time", found["s"], "s")
    yield row("analyze without a window: time", least(lambda: analyze_file(path), runs=1), "s")
    yield row("info: time", least(lambda: summarize(path)), "s")


def measure_shared(trace: Trace, folder: Path) -> Iterator[dict[str, Any]]:
    """Handed over as a mapped Arrow file."""
    path = folder / "shared.arrow"
    yield row("seven columns: shared with a process", least(lambda: write_shared(trace, path)), "s")
    check_same(open_shared(path), trace)
    yield row("seven columns: opened by it", least(lambda: open_shared(path)), "s", OPEN_GOAL_S)


def check_same(found: Trace, expected: Trace) -> None:
    """Stop where a column is not what was written."""
    for name in COLUMNS:
        if not (found[name] == expected[name]).all() or found.names != expected.names:
            raise SystemExit(f"the column {name} is not what was written")


def least(question: Callable[[], object], *, runs: int = 3) -> float:
    """Seconds of the quickest run."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        question()
        best = min(best, time.perf_counter() - start)
    return best


def row(what: str, value: float, unit: str, goal: float | None = None) -> dict[str, Any]:
    """One line of the table."""
    return {"what": what, "value": value, "unit": unit, "goal": goal}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000_000, help="slices")
    size = parser.parse_args().size
    spans = make_spans(size)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seven = seven_columns(spans)
        rows += measure_file(seven, folder / "seven.parquet", "seven columns", goals=True)
        rows += measure_shared(seven, folder)
        del seven
        rows += measure_file(every_column(spans), folder / "all.parquet", "every column and arguments", goals=False)
        rows += measure_window(as_trace(spans), folder / "window.parquet")
    about = f"{size:,} slices; least of three runs by the wall clock, the file in the page cache. All answers compared."
    print(json.dumps({"name": "native file", "about": about, "rows": rows}))


if __name__ == "__main__":
    main()
