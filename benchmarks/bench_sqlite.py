"""Rows a second out of exports of Nsight Systems and databases of nvprof, and into exports of our own.

usage: python benchmarks/bench_sqlite.py [--size 1000000]

Processor time, the least of three runs. The answer is compared with what was written before any speed is. The last
line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nsys_ai.profile import Profile

from benchmarks.spans import as_trace, make_spans
from profiler.io import read_trace, write_trace
from profiler.trace.select import kernels
from profiler.trace.tables import Trace

#: Rows a second that are aimed at, through Python's own sqlite3 module.
NEEDED_GOAL, ALL_GOAL = 400_000.0, 250_000.0

_TABLE = "CUPTI_ACTIVITY_KIND_KERNEL"
_NAMES = 300
_BASE = 26_590_627_110_965
_NEEDED = ("start", "end", "deviceId", "contextId", "streamId", "correlationId", "globalPid", "demangledName")
_REST = (
    "greenContextId", "shortName", "launchType", "registersPerThread", "gridX", "gridY", "gridZ", "blockX", "blockY",
    "blockZ", "staticSharedMemory", "dynamicSharedMemory", "localMemoryPerThread", "localMemoryTotal", "gridId",
    "sharedMemoryExecuted", "graphNodeId",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="rows of a table")
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory() as folder:
        rows = [*measure_nsys(size, Path(folder)), *measure_nvprof(size, Path(folder))]
        rows += measure_own(size, Path(folder))
    about = f"{size:,} kernels; processor time, least of three runs."
    print(json.dumps({"name": "sqlite", "about": about, "versions": {"nsys-ai": version("nsys-ai")}, "rows": rows}))


def measure_nsys(size: int, folder: Path) -> Iterator[dict[str, Any]]:
    """An export with the columns that figures need, and one with all that a kernel has; a peer on the same file."""
    needed, everything = folder / "needed.sqlite", folder / "all.sqlite"
    texts = {"StringIds": ("id", "value")}
    fill(needed, texts, _TABLE, _NEEDED, size)
    fill(everything, texts, _TABLE, (*_NEEDED, *_REST), size)
    with closing(sqlite3.connect(everything)) as connection:
        profile = Profile._from_conn(connection)
        checked(len(profile.kernels(0)), size)
        peer = size / least(lambda: profile.kernels(0))
        fetched = size / least(lambda: fetch(connection))
    for path, what, goal in (
        (needed, "the 8 columns that figures need", NEEDED_GOAL),
        (everything, "all columns", ALL_GOAL),
    ):
        checked_trace(read_trace(path), size)
        yield row(f"Nsight Systems, {what}", size / least(lambda path=path: read_trace(path)), goal, peer)
    yield row("the same 8 columns fetched as tuples and thrown away", fetched)


def measure_nvprof(size: int, folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / "nvprof.nvvp"
    columns = ("start", "end", "deviceId", "contextId", "streamId", "correlationId", "name", *_REST[3:12])
    fill(path, {"StringTable": ("_id_", "value")}, "CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL", columns, size)
    checked_trace(read_trace(path), size)
    yield row("nvprof, all columns", size / least(lambda: read_trace(path)), ALL_GOAL)


def measure_own(size: int, folder: Path) -> Iterator[dict[str, Any]]:
    """An export of our own: written, read back by its tables of ours, and without them."""
    trace, path = as_trace(make_spans(size)), folder / "own.sqlite"
    yield row("written, with tables of our own", size / least(lambda: write_trace(trace, path), runs=1))
    back = read_trace(path)
    checked(int(back.ts.sum()), int(trace.ts.sum()))
    yield row("read by tables of our own", size / least(lambda: read_trace(path)))


def fill(path: Path, texts: dict[str, tuple[str, str]], table: str, columns: tuple[str, ...], size: int) -> None:
    """A database of kernels, and of their names."""
    with closing(sqlite3.connect(path)) as connection:
        for name, (key, value) in texts.items():
            connection.execute(f"CREATE TABLE {name} ({key} INTEGER PRIMARY KEY, {value} TEXT)")
            connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", ((n, f"kernel {n}") for n in range(_NAMES)))
        quoted = ", ".join(f'"{column}" INTEGER' for column in columns)
        connection.execute(f"CREATE TABLE {table} ({quoted})")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", (values(n, columns) for n in range(size)))
        connection.commit()


def values(n: int, columns: tuple[str, ...]) -> tuple[int | None, ...]:
    known: dict[str, int | None] = {
        "start": _BASE + n * 1000, "end": _BASE + n * 1000 + 700, "deviceId": 0, "contextId": 1, "streamId": 7 + n % 8,
        "correlationId": n, "globalPid": (1 << 48) | 4242 << 24, "demangledName": n % _NAMES, "shortName": n % _NAMES,
        "name": n % _NAMES, "gridX": 1 + n % 50, "blockX": 256, "gridId": n, "greenContextId": None,
        "graphNodeId": None,
    }  # fmt: skip
    return tuple(known.get(column, 1) for column in columns)


def fetch(connection: sqlite3.Connection) -> None:
    selected = ", ".join(f'"{column}"' for column in _NEEDED)
    cursor = connection.execute(f"SELECT {selected} FROM {_TABLE}")
    while cursor.fetchmany(256):
        pass


def checked_trace(trace: Trace, size: int) -> None:
    checked(len(kernels(trace)), size)
    checked(int(trace.dur.sum()), 700 * size)
    checked(len(trace.names), _NAMES)


def checked(found: int, expected: int) -> None:
    if found != expected:
        raise SystemExit(f"the answers differ: {found} here, {expected} there")


def least(question: Callable[[], object], runs: int = 3) -> float:
    """Seconds of processor time of the quickest run."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        question()
        best = min(best, time.process_time() - start)
    return best


def row(what: str, rate: float, goal: float | None = None, peer: float | None = None) -> dict[str, Any]:
    name = "nsys-ai, kernels of a device" if peer is not None else None
    return {"what": what, "value": round(rate), "unit": "rows/s", "goal": goal, "peer": name, "peer_value": peer}


if __name__ == "__main__":
    main()
