"""Fuzz readers for some minutes each and keep what was learnt: ``run.py SECONDS READER...``.

Prints, for each reader, inputs executed, seconds, edges and features reached as libFuzzer counts them, and what broke.
Fuzzing is done in slices: each starts from what the slices before it found, in a new process.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import corpus
from tests.fuzz.distil import distil
from tests.fuzz.readers import READERS
from tests.fuzz.seeds import seeds

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "fuzz"
#: The fuzzer's own memory grows while it runs, some MiB a minute.
SLICE_S = 300

_DONE = re.compile(rb"#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)")


@dataclass(slots=True)
class Tally:
    """What fuzzing one reader came to."""

    reader: str
    executed: int = 0
    seconds: float = 0.0
    edges: int = 0
    features: int = 0
    found: int = 0
    ended_early: int = 0

    def __str__(self) -> str:
        return (
            f"{self.reader}: {self.executed:,} executions in {self.seconds:,.0f} s, {self.edges} edges, "
            f"{self.features} features, {self.found} findings, {self.ended_early} slices ended early"
        )


def fuzz(reader: str, seconds: float) -> Tally:
    """Fuzz one reader, and write its archive anew if nothing was found."""
    folder = FOLDER / reader
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for data in (*seeds(reader), *corpus.inputs(reader).values()):
        (inputs / hashlib.sha1(data).hexdigest()).write_bytes(data)
    tally = Tally(reader)
    while tally.seconds < seconds:
        _slice(tally, folder, int(min(SLICE_S, max(1, seconds - tally.seconds))))
        if tally.ended_early > 3:
            break
    tally.found = len(list(folder.glob("found-*")))
    if not tally.found and not tally.ended_early:
        corpus.save(reader, distil(reader, [path.read_bytes() for path in sorted(inputs.iterdir())]))
    return tally


def _slice(tally: Tally, folder: Path, seconds: int) -> None:
    started = time.monotonic()
    command = [sys.executable, str(Path(__file__).with_name("drive.py")), tally.reader, str(seconds), str(folder)]
    with (folder / "log").open("wb") as log:
        subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log, check=False)
    tally.seconds += time.monotonic() - started
    done = _DONE.search((folder / "log").read_bytes())
    if done is None:
        tally.ended_early += 1
        return
    executed, tally.edges, tally.features, _ = map(int, done.groups())
    tally.executed += executed
    with (folder / "slices").open("a") as slices:
        slices.write(f"{executed} {seconds} {tally.edges} {tally.features}\n")


if __name__ == "__main__":
    for name in sys.argv[2:] or list(READERS):
        print(fuzz(name, float(sys.argv[1])), flush=True)
