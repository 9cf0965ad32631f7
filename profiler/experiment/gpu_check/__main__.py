"""The command line of the check: ``python3 -m profiler.experiment.gpu_check --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from profiler.errors import LanescopeError, OutputError, UsageError, suggestion
from profiler.experiment.gpu_check.calibration_stage import FILE as GPU_FILE
from profiler.experiment.gpu_check.cell_traces import FILE as CELLS
from profiler.experiment.gpu_check.context import Knobs, open_checked
from profiler.experiment.gpu_check.results import FILE as RESULTS
from profiler.experiment.gpu_check.results import Results
from profiler.experiment.gpu_check.runner import LOG, TOTAL_S, run_inside, run_stages
from profiler.experiment.gpu_check.stages import NAMES, STAGES, find_stage
from profiler.experiment.gpu_check.table import FILE as TABLE
from profiler.workload.networks import NETWORKS

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 if no stage failed, 1 if one did, 2 wrong use, 4 without a GPU, 5 no place to write."""
    given = _parser().parse_args(arguments)
    try:
        return _check(given)
    except LanescopeError as error:
        sys.stderr.write(f"gpu-check: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("gpu-check: interrupted; what was finished is kept\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gpu-check", description="Measure, calibrate and check a GPU in 8 minutes.")
    parser.add_argument("--out", default="lanescope-out", metavar="FOLDER", help="where the results go")
    parser.add_argument("--only", default="", metavar="STAGE,...", help=f"rerun these: {', '.join(NAMES)}")
    parser.add_argument("--device", default="cuda:0", help="cuda:N; or sim:NAME to try the check itself")
    parser.add_argument("--networks", default=",".join(NETWORKS), metavar="NAME,...")
    parser.add_argument("--batches", default="1,128", metavar="N,...")
    parser.add_argument("--repeats", default="5", metavar="N")
    parser.add_argument("--seconds", default=f"{TOTAL_S:.0f}", metavar="N", help="time for all stages together")
    parser.add_argument("--inside", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser


def _check(given: argparse.Namespace) -> int:
    knobs, total_s = _knobs(given), _whole("--seconds", given.seconds)
    stages = [find_stage(name) for name in given.only.split(",") if name] or list(STAGES)
    results = Results(Path(given.out))
    if given.inside:
        run_inside(stages[0], results, knobs, given.inside)
        return 0
    with closing(open_checked(knobs.device, alone=False)) as device:
        info = device.info
    _make(results.folder)
    if not given.only or results.load().get("device") != info.name:
        _clear(results.folder)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    results.put(device=info.name, spec=info.spec, simulated=info.simulated, started=started)
    _say(f"{info.name}{' (simulated)' if info.simulated else ''}: results go to {results.folder}")
    return 0 if run_stages(stages, results, knobs, say=_say, total_s=total_s) else 1


def _knobs(given: argparse.Namespace) -> Knobs:
    networks = tuple(given.networks.split(","))
    for name in networks:
        if name not in NETWORKS:
            raise UsageError(f"there is no network {name!r}", where="--networks", remedy=suggestion(name, NETWORKS))
    batches = tuple(_whole("--batches", text) for text in given.batches.split(","))
    return Knobs(given.device, networks, batches, _whole("--repeats", given.repeats))


def _whole(option: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 10_000:
        raise UsageError(f"{text!r} is not a whole number above 0", where=option, remedy="Give 1 to 10,000.")
    return int(text)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot be made: {error.strerror}", where=str(folder), remedy="Name another --out."
        ) from error


def _clear(folder: Path) -> None:
    """Take away what an earlier run left, so that no figure of it can be mistaken for one of this run."""
    for name in (RESULTS, TABLE, GPU_FILE, CELLS, LOG):
        (folder / name).unlink(missing_ok=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
