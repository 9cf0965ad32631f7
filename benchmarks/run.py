"""Run benchmarks, keep what came out and write docs/benchmarks.md of it; README.md beside this has the protocol."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import describe_machine
from benchmarks.peers import peer_python
from benchmarks.table import render_page

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
RESULTS = "results"


class BenchmarkFailed(Exception):
    """A benchmark did not run, or did not say what it found."""


def parse_result(output: str, script: str) -> dict[str, Any]:
    """The JSON object on the last line that is not blank.

    Raises
    ------
    BenchmarkFailed
        There is no such line, or it does not have a ``name`` and at least one row, each a JSON object.
    """
    lines = [line for line in output.splitlines() if line.strip()]
    try:
        result = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError as error:
        raise BenchmarkFailed(f"{script}: the last line is not JSON: {lines[-1][:200]}") from error
    if not isinstance(result, dict) or not isinstance(result.get("name"), str):
        raise BenchmarkFailed(f'{script}: the last line is not an object with a "name"')
    rows = result.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BenchmarkFailed(f'{script}: "rows" is not a list of at least one object')
    return result


def run_benchmark(script: Path) -> dict[str, Any]:
    """What one benchmark found; its own progress on stderr is passed through."""
    environment = dict(os.environ)
    try:
        peer = peer_python(script)
    except subprocess.CalledProcessError as error:
        raise BenchmarkFailed(f"{script.name}: its peers cannot be installed") from error
    if peer is not None:
        environment["LANESCOPE_BENCH_PYTHON"] = str(peer)
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        cwd=HERE.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchmarkFailed(f"{script.name}: exit code {done.returncode}")
    return parse_result(done.stdout, script.name)


def select(names: Sequence[str], folder: Path) -> list[Path]:
    """Scripts ``bench_NAME.py`` in ``folder``: all of them, or those named, in alphabetical order."""
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*.py"))}
    unknown = sorted(set(names) - set(scripts))
    if unknown or not scripts:
        raise BenchmarkFailed(
            f"no benchmark {', '.join(unknown) or 'at all'} in {folder}; there are: {', '.join(scripts)}"
        )
    return [path for name, path in scripts.items() if not names or name in names]


def commit() -> str:
    """The commit that is checked out, with a plus sign where files differ from it; empty outside a checkout.

    What benchmarks themselves write does not count.
    """
    others = [":(exclude)docs/benchmarks.md", ":(exclude)benchmarks/results"]
    try:
        head, changes = (
            subprocess.run(["git", *command], cwd=HERE.parent, capture_output=True, text=True, check=True).stdout
            for command in (
                ["rev-parse", "--short", "HEAD"],
                ["status", "--porcelain", "--untracked-files=no", "--", ".", *others],
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.strip() + ("+" if changes.strip() else "")


def keep(script: Path, result: dict[str, Any], machine: dict[str, str]) -> None:
    """Put a result in place of the one before, with when, where and on which commit it was measured."""
    measured = {"on": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit(), "machine": machine}
    _replace(_kept(script), json.dumps({**result, "measured": measured}, indent=1) + "\n")


def kept(scripts: Sequence[Path]) -> list[dict[str, Any]]:
    """The last result of each script that has one."""
    paths = [path for path in map(_kept, scripts) if path.is_file()]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named, or all, and write the page with the last result of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="bench_NAME.py; default: all")
    names = parser.parse_args(arguments).names
    try:
        results = []
        for script in select(names, HERE):
            print(f"running {script.name}", file=sys.stderr, flush=True)
            results.append((script, run_benchmark(script)))
    except BenchmarkFailed as failure:
        print(f"{failure}; nothing was written", file=sys.stderr)
        return 1
    machine = describe_machine()
    for script, result in results:
        keep(script, result, machine)
    _replace(PAGE, render_page(kept(select([], HERE)), machine))
    print(f"wrote {PAGE.relative_to(HERE.parent)}", file=sys.stderr)
    return 0


def _kept(script: Path) -> Path:
    return script.parent / RESULTS / f"{script.stem.removeprefix('bench_')}.json"


def _replace(path: Path, text: str) -> None:
    """Write a file, complete or not at all."""
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
