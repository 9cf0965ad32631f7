"""Native files that are damaged, forged or rewritten: an error with a place, or what is whole and what was lost."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.spans import as_trace, make_spans
from profiler.errors import TraceReadError
from profiler.experiment.analyze_file import analyze_file
from profiler.io import memory, parquet, parquet_order
from profiler.io.parquet_window import open_window_file
from profiler.io.summary import summarize
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Counters, Edges, Trace, Track, TrackKind
from tests.helpers.patience import PATIENCE_S
from tests.helpers.project import tool
from tests.io.test_parquet import small


def same(one: Trace, other: Trace) -> bool:
    return one.names == other.names and all((one[name] == other[name]).all() for name in COLUMNS)


def reforged(path: Path, change: Callable[[dict[str, Any]], Any] | None = None, raw: str | None = None) -> None:
    """The file as another program writes it, the header changed on the way."""
    metadata = dict(pq.read_metadata(path).metadata)
    metadata.pop(b"ARROW:schema", None)
    header = json.loads(metadata[b"lanescope"])
    if change is not None:
        change(header)
    metadata[b"lanescope"] = (json.dumps(header) if raw is None else raw).encode()
    pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)


def refusal(path: Path, trace: Trace) -> TraceReadError | None:
    try:
        back = parquet.read(path)
    except TraceReadError as error:
        return error
    assert same(back, trace)
    return None


def test_no_flipped_bit_is_read_as_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 512)
    path = tmp_path / "t.parquet"
    trace = as_trace(make_spans(2000))
    parquet.write(trace, path)
    whole = path.read_bytes()
    refused = 0
    for at in range(3, len(whole), 131):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        error = refusal(path, trace)
        if error is not None:
            assert error.where == str(path)
            assert error.remedy
            refused += 1
    # Columns of one value are not read, nor what only windows need.
    assert refused > 0.7 * len(whole) / 131


@pytest.mark.parametrize("part", ["names", "edges", "counters"])
def test_a_damaged_part_is_noticed(part: str, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(with_everything(), path)
    place = json.loads(pq.read_metadata(path).metadata[b"lanescope"])["parts"][part]
    whole = path.read_bytes()
    at = place["offset"] + place["bytes"] // 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    with pytest.raises(TraceReadError, match="does not match its checksum"):
        parquet.read(path)


def with_everything() -> Trace:
    trace = small()
    size = len(trace)
    return Trace(
        {name: trace[name] for name in COLUMNS},
        names=trace.names,
        tracks=trace.tracks,
        edges=Edges(np.arange(size - 1), np.arange(1, size), np.zeros(size - 1, np.uint8)),
        counters=Counters(np.arange(3), np.zeros(3, np.int32), np.ones(3)),
    )


def test_what_another_program_did_not_keep_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(with_everything(), path)
    reforged(path)
    back = parquet.read(path)
    assert back.ts.tolist() == with_everything().ts.tolist()
    assert [back.name_of(row) for row in range(3)] == ["k0", "k1", "k0"]
    assert (len(back.edges), len(back.counters)) == (0, 0)
    assert (back.stats.count("edges_lost"), back.stats.count("counters_lost")) == (6, 3)


def test_what_was_noted_of_the_whole_is_not_believed_of_other_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 64)
    path = tmp_path / "t.parquet"
    parquet.write(as_trace(make_spans(1000)), path)
    table = pq.read_table(path)
    metadata = dict(pq.read_metadata(path).metadata)
    metadata.pop(b"ARROW:schema", None)
    pq.write_table(table.slice(0, 500).replace_schema_metadata(metadata), path, row_group_size=50)
    with open_window_file(path) as source:
        assert source is None
    assert summarize(path).whole.events == len(parquet.read(path)) == 500
    assert analyze_file(path, window="0:1s").devices


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(version="2"),
        lambda header: header.update(version=99),
        lambda header: header.update(version=1),
        lambda header: header.pop("version"),
        lambda header: header.update(meta=[1]),
        lambda header: header.pop("parts"),
        lambda header: header.update(parts=[]),
        lambda header: header.update(parts={"names": {"offset": "x"}}),
        lambda header: header.update(tracks={}),
        lambda header: header.update(tracks=[{"kind": "stream"}]),
        lambda header: header.update(tracks=[{"kind": "juggler", "name": ""}]),
        lambda header: header.update(tracks=[{"kind": "stream", "name": 5}]),
        lambda header: header.update(tracks=[{"kind": "stream", "name": "s", "pid": 1e300}]),
        lambda header: header.update(tracks=[{"kind": "stream", "name": "s", "pid": 2**70}]),
        lambda header: header.update(stats=[["a", "info"]]),
        lambda header: header.update(stats=[["a", "grave", 1]]),
        lambda header: header.update(stats=[["a", "info", "1"]]),
        lambda header: header.update(constants=5),
    ],
)
def test_forged_headers_are_refused(change: Callable[[dict[str, Any]], Any], tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    reforged(path, change)
    with pytest.raises(TraceReadError) as caught:
        parquet.read(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy


@pytest.mark.parametrize("raw", ["", "{", "[]", "5", "null", "[" * 200_000, '{"version": NaN}', "9" * 10_000])
def test_headers_that_are_no_json_are_refused(raw: str, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    reforged(path, raw=raw)
    for reading in (parquet.read, summarize, lambda file: analyze_file(file, window="0:1")):
        with pytest.raises(TraceReadError) as caught:
            reading(path)
        assert caught.value.where == str(path)


def replaced(path: Path, name: str, column: Any) -> None:
    table = pq.read_table(path)
    metadata = dict(pq.read_metadata(path).metadata)
    metadata.pop(b"ARROW:schema", None)
    table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table.replace_schema_metadata(metadata), path)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("ts", pa.array([2**64 - 1] * 7, pa.uint64())),
        ("ts", pa.array(["x"] * 7)),
        ("ts", pa.array([[1]] * 7)),
        ("track", pa.array([2**40] * 7, pa.int64())),
        ("track", pa.array([2**32] * 7, pa.int64())),
        ("name", pa.array(range(7), pa.int64())),
        ("name", pa.array([b"\xff"] * 7, pa.binary())),
        ("name", pa.array([1.5] * 7)),
        ("category", pa.array([3] * 7, pa.int8())),
        ("args", pa.array(range(7))),
    ],
)
def test_columns_of_other_types_are_refused(name: str, column: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    replaced(path, name, column)
    with pytest.raises(TraceReadError) as caught:
        parquet.read(path)
    assert caught.value.where == str(path)


def test_rows_without_a_name_have_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    replaced(path, "name", pa.array(["k0", None, "new", None, "k1", "k0", None]))
    back = parquet.read(path)
    assert [back.name_of(row) for row in range(7)] == ["k0", "", "new", "", "k1", "k0", ""]


def test_a_file_that_would_not_fit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that follow a rule take little of a file, and texts of equal letters next to nothing."""
    path = tmp_path / "t.parquet"
    size = 1_000_000
    trace = Trace(
        {"ts": np.arange(size), "dur": np.arange(size) % 2},
        names=["x" * 10_000_000],
        tracks=[Track(TrackKind.STREAM, "s")],
    )
    parquet.write(trace, path)
    assert path.stat().st_size < 1_000_000
    monkeypatch.setattr(memory, "available_bytes", lambda: 13_000_000)
    for columns in (None, ["ts", "dur"], ["name"]):
        with pytest.raises(TraceReadError, match=r"needs .* GB of memory") as caught:
            parquet.read(path, columns=columns)
        assert "--window" in str(caught.value)


def test_the_command_ends_with_one_line_and_exit_3(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write(small(), path)
    path.write_bytes(path.read_bytes()[:-40])
    for verb in (["info"], ["analyze"], ["analyze", "--window", "0:1"], ["query"]):
        more = ["SELECT 1"] if verb == ["query"] else []
        done = subprocess.run(
            [tool("lanescope"), verb[0], path, *more, *verb[1:]], capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert done.returncode == 3, done.stderr
        assert done.stderr.startswith(f"lanescope: error: {path}: ")
        assert done.stderr.count("\n") == 1
