"""What the window waits for: opening files, simulating, figures of what is seen, and gaps in its event loop.

usage: python benchmarks/bench_window_data.py [--slices 1e5 1e6 1e7] [--json 1e7]

Everything a window does without painting: the same services, controllers and worker processes in Qt's event loop. A
timer that is due every 5 ms tells the longest time in which the loop did not turn. Memory is the proportional set size
of this process and its workers above what they had before the file was opened, per slice.
The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from benchmarks.spans import as_trace, make_spans, write_profiler_json
from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.state.document import Document, Status
from gui.state.jobs import JobsState
from gui.state.scenario import ScenarioState
from gui.state.workspace import Workspace
from gui.workers.service import Service
from profiler.io import write_trace

TICK_MS = 5

#: Slices, and whether with the compiled scanner: seconds from the command to the picture of a JSON file.
JSON_S = {(10_000_000, True): 8.0, (10_000_000, False): 40.0}
BYTES_A_SLICE = 60
GAP_MS = 50
SLIDER_MS = 50
RANGE_MS = 100

Row = dict[str, Any]


class Bench:
    """A window without widgets, and a stopwatch."""

    def __init__(self) -> None:
        self.app = QCoreApplication.instance() or QCoreApplication([])
        self.workspace, self.jobs, self.scenario = Workspace(), JobsState(), ScenarioState()
        self.service = Service(self.jobs)
        self.opening = Opening(self.workspace, self.jobs, self.service)
        self.live = Live(self.scenario, self.workspace, self.service)
        self._last = self._used = self._gap = self._work = 0.0
        self._timer = QTimer(interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    def until(self, holds: Callable[[], bool]) -> float:
        """Turn the event loop until something holds; seconds it took."""
        start = time.perf_counter()
        while not holds():
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return time.perf_counter() - start

    @contextmanager
    def watched(self) -> Iterator[Callable[[], tuple[float, float]]]:
        """Measure gaps in the block: the longest in ms beyond the timer's own period, and the most work in one.

        The second is processor time: on a machine that does other things the loop may just not get its turn.
        """
        self._gap = self._work = 0.0
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()
        yield lambda: (max(self._gap * 1000 - TICK_MS, 0.0), self._work * 1000)
        self._timer.stop()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self._gap, self._work = max(self._gap, now - self._last), max(self._work, used - self._used)
        self._last, self._used = now, used

    def memory(self) -> int:
        """Proportional set size of this process and its workers, bytes."""
        pids = [os.getpid(), *(worker.pid for worker in self.service.pool.workers)]
        return sum(_pss(pid) for pid in pids)

    def close(self, document: Document) -> None:
        """Close a document and let everything about it go."""
        self.workspace.remove(document)
        self.until(lambda: self.service.busy == 0)


def simulation(bench: Bench) -> list[Row]:
    """From a knob's change to the new timeline."""
    bench.scenario.update(workload="resnet50", precision="int8", batch=64, strategy="depth-first", chunks=8)
    bench.live.start()
    bench.until(lambda: bench.live.document.figures is not None)
    times = []
    with bench.watched() as gap:
        for batch in range(65, 105):
            old = bench.live.document.timeline
            bench.scenario.batch = batch
            times.append(bench.until(lambda old=old: bench.live.document.timeline is not old) * 1000)
        worst = gap()
    bench.workspace.remove(bench.live.document)
    return [
        _row("slider to new timeline, ResNet-50, 8 chunks, median", statistics.median(times), "ms", SLIDER_MS),
        _row("the same, slowest of 40", max(times), "ms"),
        *_gap_rows("slider", worst),
    ]


def opening(bench: Bench, path: Path, slices: int, what: str, goal: float | None = None) -> list[Row]:
    """Open a file: to the first picture of all of it, to the figures, gaps, memory, figures of a range."""
    empty = bench.memory()
    with bench.watched() as gap:
        start = time.perf_counter()
        document = bench.opening.open(path)
        bench.until(lambda: document.status is Status.READY)
        drawn = time.perf_counter() - start
        bench.until(lambda: document.figures is not None and bench.service.busy == 0)
        measured = time.perf_counter() - start
        worst = gap()
    rows = [
        _row(f"{what}: opened to drawn", drawn, "s", goal),
        _row(f"{what}: opened to figures", measured, "s"),
        *_gap_rows(what, worst),
    ]
    times = _ranges(bench, document)
    rows.append(_row(f"{what}: figures of a range, median", statistics.median(times), "ms", RANGE_MS))
    rows.append(_row(f"{what}: figures of a range, slowest of {len(times)}", max(times), "ms"))
    rows.append(_row(f"{what}: memory", (bench.memory() - empty) / slices, "B a slice", BYTES_A_SLICE))
    bench.close(document)
    return rows


def cancelling(bench: Bench, path: Path, what: str) -> list[Row]:
    """Cancel a load in the middle."""
    document = bench.opening.open(path)
    bench.until(lambda: document.timeline is not None or document.figures is not None)
    with bench.watched() as gap:
        start = time.perf_counter()
        bench.opening.cancel(document)
        bench.until(lambda: not any(worker.busy for worker in bench.service.pool.workers))
        gone = time.perf_counter() - start
        worst = gap()
    bench.close(document)
    return [
        _row(f"{what}: cancelled to worker free", gone * 1000, "ms", 100),
        *_gap_rows(f"{what}, cancelled", worst),
    ]


def _use(bench: Bench, path: Path) -> None:
    """Open a small file, ask for figures and close it: what a used window holds is not taken for a file's."""
    write_trace(as_trace(make_spans(1000)), path)
    document = bench.opening.open(path)
    bench.until(lambda: document.figures is not None and bench.service.busy == 0)
    _ranges(bench, document)
    bench.close(document)


def _ranges(bench: Bench, document: Document) -> list[float]:
    random = np.random.default_rng(1)
    times = []
    for _ in range(40):
        start, end = sorted(random.integers(0, document.span_ns, 2).tolist())
        found: list[Any] = []
        bench.service.figures(document, (start, end + 1), found.append)
        times.append(bench.until(lambda found=found: bool(found)) * 1000)
    return times[5:]


def _gap_rows(what: str, worst: tuple[float, float]) -> list[Row]:
    gap, work = worst
    return [
        _row(f"{what}: longest gap of the event loop", gap, "ms", GAP_MS),
        _row(f"{what}: most processor time between two turns", work, "ms"),
    ]


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


def _row(what: str, value: float, unit: str, goal: float | None = None) -> Row:
    print(f"{what:70s} {value:10.3f} {unit}", file=sys.stderr, flush=True)
    return {"what": what, "value": value, "unit": unit, "goal": goal}


def make_bench() -> tuple[Bench, list[Row]]:
    """A window that has been used: its workers are there, so that their own memory is not taken for the file's."""
    bench = Bench()
    bench.service.warm("simulate", "figures")
    return bench, simulation(bench)


def texts(bench: Bench, counts: list[int], folder: Path, *, compiled: bool) -> list[Row]:
    """Rows of JSON files; each is made anew, so that the two ways of reading do not share a warm file."""
    rows = []
    for count in counts:
        path = folder / "trace.json"
        write_profiler_json(make_spans(count), path)
        what = f"JSON, {count:,} slices, {'compiled scanner' if compiled else 'no compiled scanner'}"
        rows += opening(bench, path, count, what, JSON_S.get((count, compiled)))
        rows += cancelling(bench, path, what)
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=float, nargs="*", default=[1e5, 1e6, 1e7], help="sizes of native files")
    parser.add_argument("--json", type=float, nargs="*", default=[1e6, 1e7], help="sizes of JSON files")
    options = parser.parse_args()
    counts = list(map(int, options.json))
    bench, rows = make_bench()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _use(bench, folder / "small.parquet")
        for count in map(int, options.slices):
            path = folder / "trace.parquet"
            write_trace(as_trace(make_spans(count)), path)
            rows += opening(bench, path, count, f"native file, {count:,} slices")
        rows += texts(bench, counts, folder, compiled=True)
        bench.service.close()
        # Workers take the variable with their environment when they start.
        os.environ["LANESCOPE_COMPILED"] = "0"
        bench, _ = make_bench()
        rows += texts(bench, counts, folder, compiled=False)
    bench.service.close()
    about = "The window's services, controllers and workers in Qt's event loop, without painting."
    print(json.dumps({"name": "window-data", "about": about, "rows": rows}))


if __name__ == "__main__":
    main()
