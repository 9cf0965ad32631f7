"""Columns that are read into a file are the trace's columns, and another process finds them there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from profiler.errors import TraceReadError
from profiler.io import column_file, read_trace, write_trace
from profiler.io.column_file import ColumnFile
from profiler.io.shared_arrow import open_shared, write_shared
from profiler.io.watch import Watch
from profiler.trace.schema import COLUMNS, TrackKind
from profiler.trace.tables import Trace, Track
from tests.io.traces import rest_of, traces


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(column_file, "_SHORTEST", 1)
    return tmp_path


def handed_over(trace: Trace, folder: Path) -> Trace:
    """A trace written to a file, read into a file of columns, and opened from there."""
    write_trace(trace, folder / "t.parquet")
    columns = ColumnFile(folder / "columns")
    write_shared(
        read_trace(folder / "t.parquet", watch=Watch(columns=columns.empty)), folder / "t.arrow", columns=columns
    )
    return open_shared(folder / "t.arrow")


@settings(max_examples=60, deadline=None)
@given(traces())
def test_what_is_handed_over_is_exact(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_file, "_SHORTEST", 1)
        back = handed_over(trace, Path(folder))
        straight = read_trace(Path(folder) / "t.parquet")
    assert back.names == trace.names
    for name in COLUMNS:
        assert back[name].dtype == trace[name].dtype
        assert back[name].tolist() == trace[name].tolist(), name
    assert rest_of(back) == rest_of(straight)


def many(size: int) -> Trace:
    columns = {"ts": np.arange(size) * 7, "dur": np.arange(size) % 5}
    return Trace(columns, names=["a"], tracks=[Track(TrackKind.OTHER, "")])


def test_columns_are_not_written_twice(files: Path) -> None:
    back = handed_over(many(10_000), files)
    assert (files / "columns").stat().st_size >= 10_000 * (8 + 8)
    assert (files / "t.arrow").stat().st_size < 20_000
    assert not back.ts.flags.writeable
    for path in files.iterdir():
        path.unlink()
    assert back.ts.tolist() == list(range(0, 70_000, 7))


def test_columns_made_elsewhere_are_written(files: Path) -> None:
    columns = ColumnFile(files / "columns")
    ts = columns.empty(100, np.int64)
    ts[:] = np.arange(100)
    dur = np.arange(200)[::2]
    write_shared(Trace({"ts": ts, "dur": dur}, names=["a"]), files / "t.arrow", columns=columns)
    back = open_shared(files / "t.arrow")
    assert back.ts.tolist() == ts.tolist()
    assert back.dur.tolist() == dur.tolist()
    assert columns.place(ts[1:]) is columns.place(ts[::2]) is columns.place(dur) is None


def test_short_columns_are_made_in_memory(tmp_path: Path) -> None:
    columns = ColumnFile(tmp_path / "columns")
    assert len(columns.empty(1000, np.int64)) == 1000
    assert len(columns.empty(0, np.int64)) == 0
    assert not (tmp_path / "columns").exists()


def test_without_room_columns_are_made_in_memory(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = ColumnFile(files / "none" / "columns")
    assert nowhere.empty(1000, np.int32).dtype == np.int32
    assert nowhere.place(nowhere.empty(1000, np.int32)) is None

    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    columns = ColumnFile(files / "columns")
    assert columns.place(columns.empty(1000, np.int32)) is None


@pytest.mark.parametrize("left", [0, 100, None])
def test_a_file_of_columns_that_is_cut_off_or_gone_is_refused(files: Path, left: int | None) -> None:
    handed_over(many(1000), files)
    if left is None:
        (files / "columns").unlink()
    else:
        (files / "columns").write_bytes((files / "columns").read_bytes()[:left])
    with pytest.raises(TraceReadError, match="no trace shared"):
        open_shared(files / "t.arrow")
