"""The native file gives back the trace it was given, and stands on its own for other programs."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import Cancelled, OutputError, TraceReadError, UsageError
from profiler.io import parquet, parquet_file, parquet_order, parquet_seal, read_trace
from profiler.io.watch import Watch
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, Category, EdgeKind, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.io.traces import rest_of, traces


def are_equal(back: Trace, trace: Trace) -> None:
    assert back.names == trace.names
    for name in COLUMNS:
        assert back[name].dtype == trace[name].dtype
        assert back[name].tolist() == trace[name].tolist(), name
    assert rest_of(back) == rest_of(trace)


def there_and_back(trace: Trace, folder: Path) -> Trace:
    parquet.write(trace, folder / "trace.parquet")
    return parquet.read(folder / "trace.parquet")


@settings(max_examples=60)
@given(traces())
def test_round_trip_is_exact(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        back = there_and_back(trace, Path(folder))
    are_equal(back, trace)
    assert back.meta["format"] == "parquet"
    assert back.meta["source_format"] == "made"


@settings(max_examples=60, deadline=None)
@given(traces(), st.integers(1, 3), st.integers(1, 3))
def test_round_trip_is_exact_in_many_groups(trace: Trace, rows: int, groups: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_order, "ROWS_PER_GROUP", rows)
        patch.setattr(parquet_file, "_AT_ONCE", groups)
        are_equal(there_and_back(trace, Path(folder)), trace)


@settings(max_examples=40)
@given(traces(), st.sets(st.sampled_from([*COLUMNS, "args"])))
def test_some_columns(trace: Trace, wanted: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parquet.write(trace, Path(folder) / "t.parquet")
        back = parquet.read(Path(folder) / "t.parquet", columns=sorted(wanted))
    assert len(back) == len(trace)
    for name, (_, missing) in COLUMNS.items():
        if name not in wanted:
            assert set(back[name].tolist()) <= {int(missing)}
        elif name != "source_category":
            assert back[name].tolist() == trace[name].tolist()
    assert (back.args is not None) == ("args" in wanted and trace.args is not None)


def small() -> Trace:
    builder = TraceBuilder()
    stream = Track(TrackKind.STREAM, "stream 7", pid=1, device=0, stream=7)
    for number in range(6):
        builder.add(ts=10 * number, dur=5, category=Category.KERNEL, name=f"k{number % 2}", track=stream, device=0)
    builder.add(
        ts=100, dur=9, category=Category.MEMCPY, name="copy", track=stream, device=0, size_bytes=64,
        memcpy_kind=MemcpyKind.HTOD, args='{"a":1}',
    )  # fmt: skip
    builder.add_edge(0, 1, EdgeKind.STREAM)
    return builder.build()


def test_other_programs_see_words_and_nulls(tmp_path: Path) -> None:
    parquet.write(small(), tmp_path / "t.parquet")
    table = pq.read_table(tmp_path / "t.parquet")
    assert table["category"].to_pylist() == ["kernel"] * 6 + ["memcpy"]
    assert table["name"].to_pylist() == ["k0", "k1"] * 3 + ["copy"]
    assert table["memcpy_kind"].to_pylist() == [None] * 6 + ["htod"]
    assert pc.sum(table["size_bytes"]).as_py() == 64
    assert table["args"].to_pylist() == [None] * 6 + ['{"a":1}']
    assert "chunk" not in table.column_names


def test_row_groups_keep_their_order_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 3)
    trace = small()
    back = there_and_back(trace, tmp_path)
    assert pq.read_metadata(tmp_path / "trace.parquet").num_row_groups == 3
    assert [back.name_of(row) for row in range(7)] == [trace.name_of(row) for row in range(7)]
    assert back.ts.tolist() == trace.ts.tolist()
    assert back["size_bytes"].tolist() == trace["size_bytes"].tolist()


def test_constant_columns_are_not_read(tmp_path: Path) -> None:
    back = there_and_back(small(), tmp_path)
    assert back["device"].strides == (0,)
    assert back["device"].tolist() == [0] * 7


def test_many_long_names_stay_a_dictionary(tmp_path: Path) -> None:
    builder = TraceBuilder()
    size = 30_000
    codes = builder.names(f"kernel_with_a_long_name<{number}>" + "x" * 60 for number in range(size))
    builder.add_block(
        size, {"ts": np.arange(size), "dur": 1, "name": codes, "track": builder.track(Track(TrackKind.STREAM, "s"))}
    )
    back = there_and_back(builder.build(), tmp_path)
    assert len(back.names) == size
    assert back["name"].tolist() == list(range(size))


def test_names_given_twice_are_one(tmp_path: Path) -> None:
    trace = Trace(
        {"ts": np.arange(3), "name": np.array([0, 1, 2], np.int32)},
        names=["a", "b", "a"],
        tracks=[Track(TrackKind.OTHER, "")],
    )
    back = there_and_back(trace, tmp_path)
    assert [back.name_of(row) for row in range(3)] == ["a", "b", "a"]


def rewritten(path: Path, **changes: Any) -> None:
    table = pq.read_table(path)
    for name, column in changes.items():
        table = table.set_column(table.column_names.index(name), name, column)
    metadata = {**pq.read_metadata(path).metadata}
    metadata.pop(b"ARROW:schema", None)
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_plain_strings_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    names = pq.read_table(path)["name"].cast(pa.string())
    rewritten(path, name=names)
    assert [parquet.read(path).name_of(row) for row in range(3)] == ["k0", "k1", "k0"]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("track", pa.array([5] * 7, pa.int32()), "track number points outside"),
        ("category", pa.array(["juggling"] * 7).dictionary_encode(), "'JUGGLING'|'juggling'"),
        ("dur", pa.array([1.5] * 7), "holds double"),
    ],
)
def test_numbers_that_point_nowhere_are_refused(column: str, values: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    rewritten(path, **{column: values})
    with pytest.raises(TraceReadError, match=message) as caught:
        parquet.read(path)
    assert caught.value.where == str(path)


def test_foreign_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(TraceReadError, match="not a trace of Lanescope"):
        parquet.read(tmp_path / "x.parquet")


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_cut_file_is_refused(keep: float, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(TraceReadError):
        parquet.read(path)


def test_unknown_column_is_wrong_use(tmp_path: Path) -> None:
    parquet.write(small(), tmp_path / "t.parquet")
    with pytest.raises(UsageError, match="colour"):
        parquet.read(tmp_path / "t.parquet", columns=["colour"])


def test_unwritable_place(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        parquet.write(small(), tmp_path / "no" / "such" / "t.parquet")


def footer_of(data: bytes) -> range:
    return range(len(data) - 8 - int.from_bytes(data[-8:-4], "little"), len(data))


def test_damaged_footer_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    data = path.read_bytes()
    key = data.rfind(parquet_seal.KEY.encode())
    for at in footer_of(data):
        if at in range(key, key + len(parquet_seal.KEY)) or (at % 5 and at < len(data) - 8):
            continue
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        with pytest.raises(TraceReadError):
            parquet.read(path)


def test_seal_is_the_same_for_the_same_footer(tmp_path: Path) -> None:
    parquet.write(small(), tmp_path / "t.parquet")
    sealed = (tmp_path / "t.parquet").read_bytes()
    place = sealed.rfind(parquet_seal.KEY.encode()) + len(parquet_seal.KEY) + 2
    unsealed = io.BytesIO(sealed[:place] + parquet_seal.OPEN.encode() + sealed[place + 16 :])
    parquet_seal.check(unsealed)
    parquet_seal.seal(unsealed)
    assert unsealed.getvalue() == sealed


def test_reading_says_how_far_it_is_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 1)
    trace = Trace({"ts": np.arange(200), "dur": np.arange(200)}, names=["a"], tracks=[Track(TrackKind.OTHER, "")])
    path = tmp_path / "t.parquet"
    parquet.write(trace, path)
    said: list[tuple[int, int]] = []
    read_trace(path, watch=Watch(on_progress=lambda *far: said.append(far), interval_s=0))
    size = path.stat().st_size
    assert said[-1] == (size, size)
    assert any(0 < done < size for done, _ in said)
    with pytest.raises(Cancelled):
        read_trace(path, watch=Watch(on_progress=lambda *far: said.clear(), is_cancelled=lambda: not said))
