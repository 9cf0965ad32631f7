"""Speed of reading and writing Perfetto protobuf.

usage: python benchmarks/bench_perfetto.py [--size 1000000]

Processor time, the least of three runs for reading. What is read is compared with what was written before any speed is.
The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.spans import as_trace, make_spans
from profiler.io import perfetto
from profiler.trace.tables import Trace

#: MB a second of text that are aimed at.
READ_GOAL = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="slices")
    size = parser.parse_args().size
    trace = as_trace(make_spans(size))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.pftrace"
        started = time.process_time()
        perfetto.write(trace, path)
        written = time.process_time() - started
        megabytes = path.stat().st_size / 1e6
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            back = perfetto.read(path)
            best = min(best, time.process_time() - started)
        if not same(back, trace):
            raise SystemExit("what was read is not what was written")
    rows = [
        row("written", megabytes / written, "MB/s"),
        row("read", megabytes / best, "MB/s", READ_GOAL),
        row("read", round(size / best), "slices/s"),
    ]
    about = f"{size:,} slices, {megabytes:.0f} MB; processor time, least of three runs of reading."
    print(json.dumps({"name": "perfetto", "about": about, "rows": rows}))


def same(back: Trace, trace: Trace) -> bool:
    """Whether times and names are those that were written; names are numbered anew."""
    numbers = {name: number for number, name in enumerate(trace.names)}
    names = np.array([numbers.get(name, -1) for name in back.names])[back["name"]]
    return bool((back.ts == trace.ts).all() and (back.dur == trace.dur).all() and (names == trace["name"]).all())


def row(what: str, value: float, unit: str, goal: float | None = None) -> dict[str, Any]:
    return {"what": what, "value": value, "unit": unit, "goal": goal}


if __name__ == "__main__":
    main()
