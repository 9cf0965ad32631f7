"""Whatever trace the readers make of odd files, figures, pictures, queries and writers take it, or say why not."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiler.cli import main
from profiler.trace.tables import Trace
from tests.fuzz import corpus
from tests.fuzz.readers import READERS, file_of, fuzz_one
from tests.fuzz.seeds import seeds

pytestmark = pytest.mark.fuzz

VERBS = (
    ("info", "--json"),
    ("info",),
    ("analyze", "--json", "--by", "name"),
    ("analyze", "--by", "stream"),
    ("diff", "TRACE", "--host"),
    ("query", "select * from slices"),
    ("render", "-o", "OUT.svg"),
    *(("convert", f"OUT.{ending}") for ending in ("parquet", "json", "pftrace", "csv", "sqlite")),
)
TRACES = [name for name in READERS if not name.endswith("toml")]


def readable(reader: str) -> Iterator[tuple[str, bytes]]:
    kept = {**corpus.inputs(reader), **{f"seed {number}": data for number, data in enumerate(seeds(reader))}}
    for name, data in kept.items():
        found = fuzz_one(reader, data)
        if isinstance(found, Trace) and len(found):
            yield name, file_of(reader, data)


@pytest.mark.parametrize("reader", TRACES)
def test_every_verb_takes_what_the_readers_made(reader: str, capfd: pytest.CaptureFixture[str]) -> None:
    broken = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        for name, data in readable(reader):
            path.write_bytes(data)
            for verb, *more in VERBS:
                args = [
                    verb,
                    str(path),
                    *(one.replace("OUT", f"{folder}/out").replace("TRACE", str(path)) for one in more),
                ]
                try:
                    code = main(args)
                except Exception as error:
                    broken[name, verb, *more] = repr(error)
                    continue
                out, err = capfd.readouterr()
                if code not in (0, 2, 3) or "Traceback" in err:
                    broken[name, verb, *more] = err
                elif code == 0 and "--json" in more:
                    json.loads(out)
    assert not broken
