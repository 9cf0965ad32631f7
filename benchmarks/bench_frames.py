"""Time of a frame of the timeline while it pans and zooms, from the change of view to the flushed picture.

usage: python benchmarks/bench_frames.py [--sizes 100000,1000000,10000000] [--no-peer] [--no-screen]

Sixty steps at each of six zooms, from the whole trace to 100 us, in a window of 1600x800: on Qt's offscreen platform,
and under Xvfb where it is installed. The peer is pyqtgraph's BarGraphItem over the same slices, in the same run. The
last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ONCE = Path(__file__).resolve().with_name("frames_once.py")

#: What is aimed at, ms: median and 99th percentile at every zoom, and the latter for the other shapes.
MEDIAN_GOAL, P99_GOAL, SHAPE_GOAL = 6.0, 12.0, 16.0


@contextmanager
def screen() -> Iterator[str]:
    """A display of Xvfb's own; its name."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def cell(tool: str, size: int, *, shape: str = "plain", display: str = "") -> dict[str, Any]:
    """What one process measured."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb" if display else "offscreen"}
    if display:
        environment["DISPLAY"] = display
    print(f"{tool}, {size:,} slices, {shape}, {environment['QT_QPA_PLATFORM']}", file=sys.stderr, flush=True)
    command = [sys.executable, str(ONCE), tool, str(size), "--shape", shape]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(tool: str, size: int, shape: str, found: dict[str, Any]) -> dict[str, Any]:
    """One line of the table: the worst zoom's figures, and what else was measured."""
    zooms = found["zooms"]
    worst = max(zooms, key=lambda name: zooms[name]["median_ms"])
    truth = found.get("truth") or {}
    return {
        "slices": size,
        "tool": tool,
        "shape": shape,
        "platform": found["platform"],
        "rows in sight": found["rows_in_sight"],
        "median ms": max(zoom["median_ms"] for zoom in zooms.values()),
        "p99 ms": max(zoom["p99_ms"] for zoom in zooms.values()),
        "processor ms": max(zoom["processor_ms"] for zoom in zooms.values()),
        "worst zoom": worst,
        "index s": found.get("index_s"),
        "first picture s": found["first_picture_s"],
        "bytes a slice": found["bytes_a_slice"],
        "mean share error %": 100 * truth["mean_error"] if truth else None,
        "busy pixels empty": truth.get("busy_pixels_left_empty"),
        "goal ms": _goal(tool, shape),
    }


def _goal(tool: str, shape: str) -> str | None:
    """Median and 99th percentile that are aimed at."""
    if tool != "lanescope":
        return None
    return f"{MEDIAN_GOAL:g} / {P99_GOAL:g}" if shape == "plain" else f"– / {SHAPE_GOAL:g}"


def measure(sizes: list[int], *, peer: bool, display: str) -> list[dict[str, Any]]:
    """All rows of one platform."""
    rows = [row("lanescope", size, "plain", cell("lanescope", size, display=display)) for size in sizes]
    rows.append(
        row("lanescope", max(sizes), "300 lanes", cell("lanescope", max(sizes), shape="lanes", display=display))
    )
    deep = min(max(sizes), 1_000_000)
    rows.append(row("lanescope", deep, "40 deep", cell("lanescope", deep, shape="nested", display=display)))
    if peer:
        rows += [row("BarGraphItem", size, "plain", cell("bargraph", size, display=display)) for size in sizes]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000,10000000")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--no-screen", action="store_true")
    options = parser.parse_args()
    sizes = [int(float(size)) for size in options.sizes.split(",")]
    rows = measure(sizes, peer=not options.no_peer, display="")
    if shutil.which("Xvfb") and not options.no_screen:
        with screen() as display:
            rows += measure(sizes, peer=not options.no_peer, display=display)
    about = (
        "Milliseconds from a change of view to the flushed picture, 1600x800, sixty steps at each of six zooms; median "
        "and 99th percentile of the worst zoom. The index is built in another process in the program, and timed in "
        "three like it here, from columns in memory, of which the least stands here; with the first picture 0.15 s for "
        "a million plain slices and 1.2 s for ten million are aimed at. Bytes a slice are of the process above an "
        "empty window, columns included. Share errors are against running sums over all slices."
    )
    print(json.dumps({
        "name": "Frames of the timeline",
        "about": about,
        "versions": {"pyqtgraph": version("pyqtgraph"), "PySide6": version("PySide6-Essentials")},
        "rows": rows,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
