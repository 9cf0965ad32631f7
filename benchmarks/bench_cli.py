"""Time of whole commands from the shell: process start, imports, work and output.

usage: python benchmarks/bench_cli.py [--runs 7]

The least wall time of several runs, output thrown away. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("lanescope")

#: What is run, and the seconds it may take.
COMMANDS: tuple[tuple[tuple[str, ...], float | None], ...] = (
    (("--help",), 0.3),
    (("compare", "resnet50", "--batch", "1,128", "--strategy", "all", "--device", "sim:h100-sxm"), 3.0),
    (("run", "resnet50", "--batch", "128", "--strategy", "depth-first", "--device", "sim:h100-sxm"), None),
    (("devices",), None),
)


def least_s(args: tuple[str, ...], runs: int) -> float:
    """Seconds of the quickest of several runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([COMMAND, *args], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7, help="runs of each command")
    runs = parser.parse_args().runs
    rows: list[dict[str, Any]] = []
    for args, goal in COMMANDS:
        what = f"lanescope {' '.join(args)}"
        rows.append({"what": what, "value": least_s(args, runs), "unit": "s", "goal": goal})
        print(f"{what:90s} {rows[-1]['value']:.3f} s", flush=True)
    about = "Wall time of whole commands from the shell, least of several runs, output thrown away."
    print(json.dumps({"name": "commands", "about": about, "rows": rows}))


if __name__ == "__main__":
    main()
