"""``lanescope info``: what a trace holds, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from profiler.cli import app
from profiler.cli.info import SHOWN_TRACKS, describe
from profiler.io import read_trace, write_trace
from profiler.io.summary import summarize, summary_of
from profiler.trace.schema import Category, Severity, TrackKind
from profiler.trace.tables import Counters, Stats, Trace, Track


def trace() -> Trace:
    """Two kernels, one of which never completed, a copy and a host call."""
    stats = Stats()
    stats.add("never_completed", Severity.DATA_LOSS, 1)
    stats.add("clock_shifted", Severity.INFO, 12345)
    return Trace(
        {
            "ts": np.array([1000, 0, 400, 300]),
            "dur": np.array([250, 0, 100, 20]),
            "category": np.array([Category.KERNEL, Category.KERNEL, Category.MEMCPY, Category.RUNTIME], np.uint8),
            "name": np.array([0, 0, 1, 2], np.int32),
            "track": np.array([0, 0, 0, 1], np.int32),
            "device": np.array([3, 3, 3, -1], np.int32),
        },
        names=["k\x1b[1m", "HtoD", "cudaMemcpyAsync"],
        tracks=[
            Track(TrackKind.STREAM, "stream 7\x1b[2J", pid=4242, device=3, context=1, stream=7),
            Track(TrackKind.THREAD, "main [bold]", pid=4242, tid=4243),
        ],
        stats=stats,
        meta={"format": "parquet", "resolution_ns": 32, "gpus": {"3": {"name": "A GPU"}}, "note": "[red]\x1b"},
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trace.parquet"
    write_trace(trace(), str(path))
    return path


def test_json_counts_what_is_there(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["info", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert (found["file"], found["format"], found["file_bytes"]) == (str(file), "parquet", file.stat().st_size)
    assert (found["events"], found["names"], found["edges"], found["counters"]) == (4, 3, 0, 0)
    assert (found["start_ns"], found["end_ns"], found["span_ns"], found["resolution_ns"]) == (300, 1250, 950, 32)
    assert found["categories"] == {"kernel": 2, "memcpy": 1, "runtime": 1}
    assert found["devices"] == [{"device": 3, "name": "A GPU", "events": 3}]
    stream = {"kind": "stream", "name": "stream 7\x1b[2J", "pid": 4242, "tid": None}
    thread = {"kind": "thread", "name": "main [bold]", "pid": 4242, "tid": 4243}
    assert found["tracks"] == [
        {**stream, "device": 3, "context": 1, "stream": 7, "events": 3},
        {**thread, "device": None, "context": None, "stream": None, "events": 1},
    ]
    assert found["stats"] == [
        {"name": "never_completed", "severity": "data_loss", "count": 1},
        {"name": "clock_shifted", "severity": "info", "count": 12345},
    ]
    assert found["meta"]["note"] == "[red]\x1b"


def test_lanes_are_those_of_the_window(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand; a record that never completed has no place in time and stands in none."""
    whole = trace()
    counter = Track(TrackKind.COUNTER, "power\x1b[2J", pid=4242)
    counters = Counters(np.array([300, 900]), np.array([2, 2], np.int32), np.array([1.0, 2.0]))
    parts = {"stats": whole.stats, "meta": whole.meta, "counters": counters}
    columns = {name: whole[name] for name in ("ts", "dur", "category", "name", "track", "device")}
    other = tmp_path / "other.parquet"
    write_trace(Trace(columns, names=whole.names, tracks=[*whole.tracks, counter], **parts), str(other))
    gpu, host = "GPU 3 · A GPU", "Host"
    wanted = [
        {"groups": [gpu], "kind": "engine", "name": "compute", "device": 3, "slices": 1, "rows": 1},
        {"groups": [gpu], "kind": "engine", "name": "DtoD", "device": 3, "slices": 1, "rows": 1},
        {"groups": [gpu, "streams"], "kind": "stream", "name": "stream 7\x1b[2J", "device": 3, "slices": 2, "rows": 1},
        {"groups": [host], "kind": "host", "name": "main [bold]", "device": None, "slices": 1, "rows": 1},
    ]
    power = {"groups": ["counters"], "kind": "counter", "name": counter.name, "device": None, "slices": 2, "rows": 1}
    for path, lanes in ((file, wanted), (other, [*wanted, power])):
        assert app.run(["info", str(path), "--lanes", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found.pop("lanes") == lanes
        assert app.run(["info", str(path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == found
        assert app.run(["info", str(path), "--lanes"]) == 0
        text = capsys.readouterr().out
        assert text.replace("\n", "").isprintable()
        assert [*host.split(), "host", "main", "[bold]", "–", "1", "1"] in [line.split() for line in text.splitlines()]


def test_text_shows_the_same_and_nothing_that_a_terminal_obeys(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["info", str(file)]) == 0
    text = capsys.readouterr().out
    rows = [line.split() for line in text.splitlines()]

    assert text.replace("\n", "").isprintable()
    assert "4 events over 950 ns, times to 32 ns" in text
    assert ["kernel", "2"] in rows
    assert ["3", "A", "GPU", "3"] in rows
    assert ["stream", "stream", "7\\x1b[2J", "4242", "–", "3", "1", "7", "3"] in rows
    assert ["thread", "main", "[bold]", "4242", "4243", "–", "–", "–", "1"] in rows
    assert rows.index(["never_completed", "data_loss", "1"]) < rows.index(["clock_shifted", "info", "12,345"])
    assert ["note", "[red]\\x1b"] in rows


def test_a_trace_without_events_has_no_times(file: Path) -> None:
    found = describe(summary_of(Trace({}, tracks=[Track(TrackKind.THREAD, "main")])), str(file))

    assert (found["events"], found["start_ns"], found["end_ns"], found["span_ns"]) == (0, None, None, None)
    assert (found["categories"], found["devices"], found["format"]) == ({}, [], None)
    assert [track["events"] for track in found["tracks"]] == [0]


def test_more_tracks_than_a_person_reads_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "many.parquet"
    count = SHOWN_TRACKS + 1234
    tracks = [Track(TrackKind.STREAM, f"stream {number}", stream=number) for number in range(count)]
    ones = np.ones(count, np.int64)
    write_trace(
        Trace({"ts": ones, "dur": ones, "track": np.arange(count, dtype=np.int32)}, names=["x"], tracks=tracks), path
    )

    assert app.run(["info", str(path)]) == 0
    text = capsys.readouterr().out
    assert f"stream {SHOWN_TRACKS - 1} " in text
    assert f"stream {SHOWN_TRACKS} " not in text
    assert "… and 1,234 more tracks; --json has them all." in text


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, 2),
        (Path.mkdir, 2),
        (lambda path: path.write_bytes(b""), 3),
        (lambda path: path.write_bytes(b"PAR1 and no more"), 3),
        (lambda path: path.write_text("neither JSON nor anything else"), 3),
    ],
)
def test_what_cannot_be_read_is_one_line_that_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make, code: int
) -> None:
    path = tmp_path / "trace.parquet"
    make(path)

    assert app.run(["info", str(path)]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"lanescope: error: {path}: ")
    assert captured.err.count("\n") == 1


def test_a_native_file_is_not_read_beyond_its_footer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    write_trace(trace(), path)
    whole = describe(summary_of(read_trace(path)), str(path))
    monkeypatch.setattr("profiler.io.summary.read_trace", None)
    assert describe(summarize(path), str(path)) == whole
