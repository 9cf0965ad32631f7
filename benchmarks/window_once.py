"""One trace in the whole window: every panel that a new window has, minimap and figures of the visible range live.

usage: python benchmarks/window_once.py TRACE [--second TRACE] [--json FILE] [--blame]

Prints one JSON object: seconds to the empty window and to the picture, frames at each zoom, gaps of the event loop,
memory. A frame is the time from the change of the view to the painted and flushed window. With ``--second``, a smaller
trace, also the longest gap at each of the things that a person does; ``--json`` is read half-way, cancelled, and read
whole. ``--blame`` says on standard error what the window was at in gaps of more than 25 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtCore import QCoreApplication, QEvent

from benchmarks.gaps import Gaps
from benchmarks.window_actions import WAIT, Hand, handle_files, look_around, simulate, turn
from gui.application import Application
from gui.state.document import Status

SIZE = (1600, 800)
STEPS = 60


def running_s() -> float:
    """Seconds since this process was started, the interpreter's own start included."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def memory_mb() -> float:
    """Proportional set size of this process and its workers."""
    me, children = os.getpid(), Path(f"/proc/{os.getpid()}/task")
    pids = [me]
    for task in children.iterdir():
        pids += map(int, (task / "children").read_text(encoding="ascii").split())
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            total += int(line.split()[1]) if line.startswith("Pss:") else 0
    return total / 1024


def frames(application: Application) -> list[dict[str, Any]]:
    """Median and 99th percentile of a frame at each zoom, panels kept up to date between the frames."""
    view = application.session.view
    whole, found, every = view.limits[1], [], []
    for name, width in (("whole", whole), ("1/10", whole // 10), ("1/100", whole // 100), ("10 ms", 10**7),
                        ("1 ms", 10**6), ("100 us", 10**5)):  # fmt: skip
        start, span, times = int(0.37 * (whole - width)), width, []
        for step in range(STEPS):
            if step < STEPS // 2:
                start += span // 50
            else:
                middle = start + int(0.4 * span)
                span = int(span * (0.93 if step // 5 % 2 else 1 / 0.93))
                start = middle - int(0.4 * span)
            begin = time.perf_counter()
            view.show(start, start + span)
            # All that is to be painted, panels that changed since the last frame included, in one pass and flushed.
            QCoreApplication.sendPostedEvents(application.window, QEvent.Type.UpdateRequest.value)
            times.append(1000 * (time.perf_counter() - begin))
            application.qt.processEvents()
        times.sort()
        every += times
        found.append({"zoom": name, "median_ms": times[STEPS // 2], "most_ms": times[-1]})
    every.sort()
    return [*found, {"zoom": "all", "median_ms": every[len(every) // 2], "p99_ms": every[int(0.99 * len(every))]}]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    parser.add_argument("--second", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--blame", action="store_true")
    options = parser.parse_args()
    application = Application(["lanescope"], remembers=False)
    application.open_window(SIZE)
    application.qt.processEvents()
    found: dict[str, Any] = {"window_s": running_s()}
    application.prepare()
    turn(2.0)
    gaps = Gaps(named=options.blame)
    empty, begin = memory_mb(), time.perf_counter()
    application.start([options.trace], compare=False, scenario={})
    (document,) = application.session.workspace
    while document.status in (Status.LOADING, Status.PARTIAL) or application.session.jobs.jobs:
        application.qt.processEvents(WAIT)
        if document.timeline is not None and "picture_s" not in found:
            application.window.timeline.canvas.repaint()
            found["picture_s"] = time.perf_counter() - begin
    found["ready_s"] = time.perf_counter() - begin
    turn(3.0)
    found["gap_loading_ms"] = 1000 * gaps.take().wall_s
    slices = len(document.trace)
    found["bytes_a_slice"] = (memory_mb() - empty) * 2**20 / slices
    found["frames"] = frames(application)
    found["slices"] = slices
    if options.second is not None:
        hand = Hand(application, gaps, document)
        look_around(hand)
        handle_files(hand, options.second, options.json)
        simulate(hand)
        found["actions"] = hand.found
    application.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
