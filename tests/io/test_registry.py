"""A file is read for what it holds and written for what its name says."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from profiler.errors import TraceReadError, UsageError
from profiler.io import FORMATS, read_trace, write_trace
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from tests.io.test_chrome_write import sample

CHROME = json.dumps([{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1}]).encode()


@pytest.mark.parametrize("ending", [".parquet", ".json", ".json.gz", ".json.zst", ".PARQUET"])
def test_written_by_ending_and_read_by_content(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"trace{ending}"
    write_trace(sample(), path)
    for name in ("anything", "trace.json", "trace.parquet", "trace.sqlite"):
        other = tmp_path / "other" / name
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(path.read_bytes())
        trace = read_trace(other)
        assert trace.ts.tolist() == sample().ts.tolist()
        assert trace.meta["format"] == ("parquet" if "parquet" in ending.lower() else "chrome")


@pytest.mark.parametrize(
    "data", [CHROME, gzip.compress(CHROME), b"\xef\xbb\xbf " + CHROME], ids=["plain", "gzip", "byte order mark"]
)
def test_chrome_under_any_name(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.nsys-rep"
    path.write_bytes(data)
    assert len(read_trace(path)) == 1


def test_nsight_report_says_how_to_export_it(tmp_path: Path) -> None:
    path = tmp_path / "my report.nsys-rep"
    path.write_bytes(b"\x01\x02binary")
    with pytest.raises(TraceReadError) as caught:
        read_trace(path)
    assert f"nsys export --type sqlite --output '{tmp_path}/my report.sqlite' '{path}'" in str(caught.value)


@pytest.mark.parametrize("data", [b"\x7fELF", b"text", b"\x1f\x8bbroken", b"\0" * 100, b"\xff\xfe[\0"])
def test_unknown_content(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_bytes(data)
    with pytest.raises(TraceReadError, match="in no format known"):
        read_trace(path)


def test_missing_file_and_folder_are_wrong_use(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.json"):
        with pytest.raises(UsageError):
            read_trace(path)


@pytest.mark.parametrize("name", ["trace", "trace.txt", "trace.gz", "json"])
def test_ending_that_names_no_format(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="which format"):
        write_trace(sample(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_every_format_has_what_it_promises() -> None:
    for known in FORMATS:
        module = known.load()
        for name, promised in (("sniff", known.reads), ("read", known.reads), ("write", bool(known.endings))):
            assert callable(getattr(module, name, None)) or not promised
    assert len({known.name for known in FORMATS}) == len(FORMATS)


def test_importing_loads_no_reader() -> None:
    code = "import sys, profiler.io; print([m for m in ('pyarrow', 'msgspec', 'sqlite3') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_columns_that_are_not_needed_are_left_out_where_that_can_be(tmp_path: Path) -> None:
    builder = TraceBuilder()
    track = builder.track(Track(TrackKind.OTHER, "t"))
    builder.add(ts=5, dur=7, category=Category.MARKER, name="a", track=track, args='{"x":1}', size_bytes=9)
    trace = builder.build()
    write_trace(trace, tmp_path / "t.parquet")
    write_trace(trace, tmp_path / "t.json")
    found = read_trace(tmp_path / "t.parquet", without=("args", "size_bytes"))
    assert (found.args, found["size_bytes"].tolist(), found.ts.tolist()) == (None, [-1], [5])
    assert read_trace(tmp_path / "t.json", without=("args",)).ts.tolist() == [5]
