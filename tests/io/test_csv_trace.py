"""A trace as CSV: every value in its place, no formula, no control character."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from profiler.errors import OutputError
from profiler.io import csv_trace, write_trace
from profiler.io.csv_text import harmless
from profiler.io.losses import losses
from profiler.io.parquet_columns import WORDS, stored_columns
from profiler.trace.schema import COLUMNS, MISSING, TrackKind
from profiler.trace.tables import TextColumn, Trace, Track
from tests.io.traces import column_of, traces

ODD = ["k[/foo]", "f<a>(b)", "<img src=x>", "[with T=float]", "\x1b]0;x", "=1+1", "a\0b", 'say "hi", twice', "-\n"]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def named() -> Trace:
    size = len(ODD)
    args = [b"" for _ in ODD]
    args[0], args[1] = b'{"a": "x"}', b'=cmd|"/c calc"'
    return Trace(
        {"ts": np.arange(size), "dur": np.full(size, -1), "name": np.arange(size, dtype=np.int32)},
        names=ODD,
        tracks=[Track(TrackKind.THREAD, "=track", pid=1, tid=2)],
        args=TextColumn(np.cumsum([0, *map(len, args)]), b"".join(args)),
    )


def test_texts_are_harmless(tmp_path: Path) -> None:
    write_trace(named(), tmp_path / "t.csv")
    rows = rows_of(tmp_path / "t.csv")
    assert [row["name"] for row in rows] == [harmless(name) for name in ODD]
    assert rows[0]["args"] == '{"a": "x"}'
    assert rows[1]["args"] == '\'=cmd|"/c calc"'
    assert {(row["track_name"], row["track_kind"], row["tid"], row["dur"]) for row in rows} == {
        ("'=track", "thread", "2", "")
    }
    data = (tmp_path / "t.csv").read_bytes()
    assert not set(data) & (set(range(32)) - {10})


def test_kept_texts_are_as_they_were(tmp_path: Path) -> None:
    csv_trace.write(named(), tmp_path / "t.csv", keep_text=True)
    rows = rows_of(tmp_path / "t.csv")
    assert [row["name"] for row in rows] == ODD
    assert rows[1]["args"] == '=cmd|"/c calc"'


@settings(max_examples=50)
@given(traces())
def test_every_value_stands_in_its_place(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_trace(trace, Path(folder) / "t.csv")
        with (Path(folder) / "t.csv").open(newline="", encoding="utf-8") as file:
            first, *lines = list(csv.reader(file))
    assert first == csv_trace.header(trace)
    rows = [dict(zip(first, line, strict=True)) for line in lines]
    assert len(rows) == len(trace)
    for name in stored_columns(trace):
        assert [row[name] for row in rows] == [cell(trace, name, value) for value in column_of(trace, name)], name
    for row, number in zip(rows, trace["track"].tolist(), strict=True):
        assert row["track_name"] == harmless(trace.tracks[number].name)


def cell(trace: Trace, name: str, value: Any) -> str:
    if name in ("name", "source_category"):
        return harmless(value or "")
    always = name in ("ts", "category", "track")
    if value is None or (not always and value == (MISSING if name == "dur" else COLUMNS[name][1])):
        return ""
    return WORDS[name](value).name.lower() if name in WORDS else str(value)


def test_more_rows_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_trace, "_ROWS", 2)
    write_trace(named(), tmp_path / "t.csv")
    assert [row["ts"] for row in rows_of(tmp_path / "t.csv")] == [str(ts) for ts in range(len(ODD))]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_trace(named(), tmp_path / "nowhere" / "t.csv")


@given(traces())
def test_losses_are_said_where_there_are_any(trace: Trace) -> None:
    said = " ".join(losses(trace, "csv"))
    assert ("flows" in said) == bool(len(trace.edges))
    assert ("counter" in said) == bool(len(trace.counters))
    assert losses(trace, "parquet") == []


def test_words_that_mean_another_category_are_losses() -> None:
    trace = Trace(
        {
            "ts": np.arange(3),
            "dur": np.arange(3),
            "category": np.array([0, 0, 9], np.uint8),
            "source_category": np.array([0, 1, 1], np.int32),
        },
        names=["kernel", "cpu_op"],
        tracks=[Track(TrackKind.THREAD, "t")],
    )
    said = ["1 category words of the source that mean another category"]
    assert (losses(trace, "chrome"), losses(trace, "perfetto")) == (said, said)
