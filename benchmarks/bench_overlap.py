"""Time of the overlap questions on a trace in memory, and of the same question asked of HolisticTraceAnalysis.

usage: python benchmarks/bench_overlap.py [--sizes 1000000,10000000] [--peer-size 1000000] [--no-peer]

Times are the least of several runs, the picking of rows included; on both sides the trace is in memory beforehand. The
last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import peer_python
from benchmarks.spans import Spans, as_trace, make_spans, write_profiler_json
from profiler.analysis.analyze import analyze
from profiler.analysis.communication import communication_names
from profiler.analysis.intervals import union
from profiler.analysis.overlap import hidden_ns
from profiler.analysis.rows import ends
from profiler.trace.names import named
from profiler.trace.schema import Category
from profiler.trace.select import of_category
from profiler.trace.tables import Trace

#: Least time of the overlap question, by slices, that is aimed at.
GOALS_MS = {1_000_000: 40.0, 10_000_000: 450.0}

#: How many times faster than the peer, on its own question, is aimed at.
PEER_GOAL = 50.0

#: The peer cuts starts and lengths to whole microseconds, which moves its share by less than this.
PEER_TOLERANCE = 0.02

_PEER = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from importlib.metadata import version
from hta.trace_analysis import TraceAnalysis
folder, file = sys.argv[1:]
start = time.perf_counter()
analysis = TraceAnalysis(trace_files={0: file}, trace_dir=folder)
loaded = time.perf_counter() - start
times = []
for _ in range(3):
    start = time.perf_counter()
    table = analysis.get_comm_comp_overlap(visualize=False)
    times.append(time.perf_counter() - start)
share = float(table.iloc[0]["comp_comm_overlap_pctg"]) / 100
answer = {"s": min(times), "load_s": loaded, "share": share, "version": version("HolisticTraceAnalysis")}
print(json.dumps(answer))
"""


def communication_under_computation(trace: Trace) -> float:
    """The peer's question: the share of communication kernel time during which another kernel runs."""
    kernels = of_category(trace, Category.KERNEL)
    talks = named(trace, kernels, communication_names(trace))
    talking, computing = (union(trace.ts[rows], ends(trace, rows)) for rows in (kernels[talks], kernels[~talks]))
    return talking.overlap_ns(computing) / talking.total_ns


def measure(size: int) -> list[dict[str, Any]]:
    """Rows about one size."""
    trace = as_trace(make_spans(size))
    figures = analyze(trace)
    (device,) = figures.devices
    if hidden_ns(trace) != {0: device.hidden_ns}:
        raise SystemExit("the quick answer and the full one differ")
    asked = f"{size:,} slices"
    return [
        _row(f"copies under kernels, {asked}", _least(lambda: hidden_ns(trace)), goal=GOALS_MS.get(size)),
        _row(f"every figure and cause of analyze, {asked}", _least(lambda: analyze(trace), runs=3)),
    ]


def compare_with_peer(size: int, python: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Rows about the peer's own question, and its version."""
    spans = make_spans(size)
    trace = as_trace(spans)
    peer = _ask_peer(spans, python)
    share = communication_under_computation(trace)
    if abs(share - peer["share"]) > PEER_TOLERANCE:
        raise SystemExit(f"the answers differ: {share:.4f} here, {peer['share']:.4f} there")
    ours = _least(lambda: communication_under_computation(trace))
    theirs = 1e3 * peer["s"]
    name = "HolisticTraceAnalysis"
    asked = f"communication under computation, {size:,} slices"
    rows = [
        _row(asked, ours, peer=name, peer_value=theirs),
        _row(f"{asked}: times faster", theirs / ours, unit="x", goal=PEER_GOAL, peer=name, peer_value=1.0),
        _row(f"{asked}: the answer", 100 * share, unit="%", peer=name, peer_value=100 * peer["share"]),
    ]
    return rows, {name: peer["version"]}


def _ask_peer(spans: Spans, python: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rank0.json"
        write_profiler_json(spans, path)
        print(f"asking the peer about {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr, flush=True)
        command = [str(python), "-c", _PEER, folder, str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"the peer read it in {answer['load_s']:.0f} s", file=sys.stderr, flush=True)
    return answer


def _least(question: Callable[[], object], *, runs: int = 7) -> float:
    """Milliseconds of the quickest run."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        question()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best


def _row(what: str, value: float, unit: str = "ms", **more: Any) -> dict[str, Any]:
    known = {"goal": None, "peer": None, "peer_value": None}
    return {"what": what, "value": value, "unit": unit, **known, **more}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000000,10000000", help="numbers of slices")
    parser.add_argument("--peer-size", type=int, default=1_000_000, help="slices the peer is asked about")
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    options = parser.parse_args()
    rows = [row for size in options.sizes.split(",") for row in measure(int(size))]
    versions: dict[str, str] = {}
    given = os.environ.get("LANESCOPE_BENCH_PYTHON")
    python = None if options.no_peer else Path(given) if given else peer_python(Path(__file__))
    if python is not None:
        more, versions = compare_with_peer(options.peer_size, python)
        rows += more
    about = "Least of seven runs (three for every figure, and for the peer), everything in memory, rows picked anew."
    print(json.dumps({"name": "overlap", "about": about, "versions": versions, "rows": rows}))


if __name__ == "__main__":
    main()
