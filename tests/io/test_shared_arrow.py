"""A trace that another process maps is the same trace, and its columns are the file itself."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from profiler.errors import OutputError, TraceReadError, UsageError
from profiler.io.shared_arrow import open_shared, write_shared
from profiler.trace.schema import COLUMNS, TrackKind
from profiler.trace.tables import Trace, Track
from tests.helpers.patience import PATIENCE_S
from tests.io.traces import rest_of, traces


@settings(max_examples=60)
@given(traces())
def test_round_trip_is_exact(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_shared(trace, Path(folder) / "t.arrow")
        back = open_shared(Path(folder) / "t.arrow")
    assert back.names == trace.names
    for name in COLUMNS:
        assert back[name].dtype == trace[name].dtype
        assert back[name].tolist() == trace[name].tolist(), name
    assert rest_of(back) == rest_of(trace)
    assert back.meta == trace.meta


def many(size: int = 1000) -> Trace:
    return Trace(
        {"ts": np.arange(size) * 7, "dur": np.arange(size) % 5, "name": (np.arange(size) % 2).astype(np.int32)},
        names=["a", "b\udc80"],
        tracks=[Track(TrackKind.STREAM, "s")],
    )


def test_columns_of_one_value_take_no_room(tmp_path: Path) -> None:
    write_shared(many(100_000), tmp_path / "t.arrow")
    assert (tmp_path / "t.arrow").stat().st_size < 100_000 * (8 + 8 + 4) + 20_000
    back = open_shared(tmp_path / "t.arrow")
    assert back["device"].strides == (0,)
    assert len(back["device"]) == 100_000


def test_columns_are_the_mapped_file(tmp_path: Path) -> None:
    write_shared(many(), tmp_path / "t.arrow")
    allocated = pa.total_allocated_bytes()
    back = open_shared(tmp_path / "t.arrow")
    assert pa.total_allocated_bytes() - allocated < 1000  # offsets of nothing
    assert not back.ts.flags.writeable
    (tmp_path / "t.arrow").unlink()
    assert back.ts.tolist() == [7 * row for row in range(1000)]
    assert back.names == ("a", "b\udc80")


def test_another_process_opens_it(tmp_path: Path) -> None:
    write_shared(many(), tmp_path / "t.arrow")
    program = "import sys; from profiler.io.shared_arrow import open_shared; print(open_shared(sys.argv[1]).ts.sum())"
    found = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "t.arrow"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert int(found.stdout) == sum(7 * row for row in range(1000))


def test_what_is_no_shared_trace_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    with pytest.raises(UsageError, match="no such file"):
        open_shared(path)
    path.write_bytes(b"")
    with pytest.raises(TraceReadError):
        open_shared(path)
    with pa.ipc.new_file(path, pa.schema([("x", pa.int64())])) as writer:
        writer.write_batch(pa.record_batch({"x": [1]}))
    with pytest.raises(TraceReadError, match="no trace shared"):
        open_shared(path)
    write_shared(many(), path)
    whole = path.read_bytes()
    for keep in (len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:keep])
        with pytest.raises(TraceReadError, match="no trace shared"):
            open_shared(path)


def test_unwritable_place(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_shared(many(), tmp_path / "no" / "t.arrow")
