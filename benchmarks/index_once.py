"""Seconds from columns in memory to the index of a timeline, in a process that has memory as the window's reader has.

usage: python benchmarks/index_once.py SIZE [--shape plain|lanes|nested]

The slices are written to a native file and read by a fresh process, as when the file is opened in the window. Prints
one number.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gui.workers.memory import settings_of
from profiler.io.registry import read_trace, write_trace
from profiler.timeline.model import Timeline


def index_s(size: int, shape: str) -> float:
    """Seconds to index so many slices of a shape: the least of three processes."""
    from benchmarks.frames_once import make_trace

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.parquet"
        write_trace(make_trace(size, shape), path)
        command = [sys.executable, __file__, "--file", str(path)]
        environment = {**os.environ, **settings_of("open")}
        runs = [subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True) for _ in "abc"]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--shape", choices=("plain", "lanes", "nested"), default="plain")
    parser.add_argument("--file", help="a native file to read and index in this process")
    options = parser.parse_args()
    if options.file is None:
        print(index_s(options.size, options.shape))
        return
    trace = read_trace(options.file)
    start = time.perf_counter()
    Timeline(trace)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
