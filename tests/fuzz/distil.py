"""The least inputs that reach every branch that all of them reach, short ones first."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from coverage import Coverage

from tests.fuzz.readers import fuzz_one

_READ_BY = [str(Path(__file__).parents[2] / "profiler" / part) for part in ("io", "workload", "devices/sim")]


def distil(reader: str, inputs: list[bytes]) -> list[bytes]:
    """Those of ``inputs`` that reach a branch of a reader which no shorter one kept before reaches."""
    reached: set[tuple[str, int, int]] = set()
    kept = []
    for data in sorted(set(inputs), key=lambda one: (len(one), one)):
        found = _branches(reader, data)
        if not found <= reached:
            reached |= found
            kept.append(data)
    return kept


def _branches(reader: str, data: bytes) -> set[tuple[str, int, int]]:
    watch = Coverage(data_file=None, branch=True, source=_READ_BY)
    watch.start()
    with suppress(Exception):
        fuzz_one(reader, data)
    watch.stop()
    seen = watch.get_data()
    return {(path, *arc) for path in seen.measured_files() for arc in seen.arcs(path) or ()}
