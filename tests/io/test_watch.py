"""Whoever waits for a file hears how far it is, sees the rows read so far, and can stop the reading."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from profiler.errors import Cancelled, TraceReadError
from profiler.io import read_trace, text_blocks, write_trace
from profiler.io.ahead import ahead
from profiler.io.watch import Arrived, Watch, current
from profiler.trace.tables import Trace
from tests.io.databases import write_database

Pack = Callable[[bytes], bytes]


def events(count: int) -> list[dict[str, object]]:
    return [
        {
            "ph": "X",
            "cat": "kernel",
            "name": f"k{number % 700}",
            "pid": 0,
            "tid": number // 4000,
            "ts": number,
            "dur": 1,
        }
        for number in range(count)
    ]


@pytest.fixture(params=["0", "1"], ids=["decoded", "scanned"])
def scanned(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANESCOPE_COMPILED", request.param)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(params=[bytes, gzip.compress], ids=["plain", "gzip"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    found = tmp_path / "trace"
    found.write_bytes(request.param(json.dumps(events(30_000)).encode()))
    return found


@pytest.mark.usefixtures("scanned")
def test_progress_ends_with_the_whole_file(path: Path) -> None:
    heard: list[tuple[int, int]] = []
    read_trace(path, watch=Watch(on_progress=lambda done, total: heard.append((done, total)), interval_s=0))
    size = path.stat().st_size
    assert len(heard) > 1
    assert heard == sorted(heard)
    assert {total for _, total in heard} == {size}
    assert heard[-1] == (size, size)


@pytest.mark.usefixtures("scanned")
def test_rows_are_handed_over_as_they_come(path: Path) -> None:
    parts: list[Arrived] = []
    trace = read_trace(path, watch=Watch(on_rows=parts.append, interval_s=0))
    assert len(parts) > 1
    assert [part.first for part in parts] == np.cumsum([0, *map(len, parts[:-1])]).tolist()
    names = [name for part in parts for name in part.names]
    assert [part.first_name for part in parts] == np.cumsum([0, *(len(part.names) for part in parts[:-1])]).tolist()
    assert sum(map(len, parts)) == len(trace)
    for column in ("ts", "dur", "category", "track"):
        assert np.concatenate([getattr(part, column) for part in parts]).tolist() == trace[column].tolist()
    handed = [names[number] for number in np.concatenate([part.name for part in parts])]
    assert handed == [trace.name_of(row) for row in range(len(trace))]
    assert [track.name for track in parts[-1].tracks] == [track.name for track in trace.tracks]
    assert [int(part.track.max()) < len(part.tracks) for part in parts] == [True] * len(parts)


def test_rows_of_a_file_of_our_own(tmp_path: Path) -> None:
    source = tmp_path / "trace.json"
    source.write_text(json.dumps(events(100)), encoding="utf-8")
    write_trace(read_trace(source), tmp_path / "own.json")
    parts: list[Arrived] = []
    trace = read_trace(tmp_path / "own.json", watch=Watch(on_rows=parts.append, interval_s=0))
    assert sum(map(len, parts)) == len(trace) == 100
    assert parts[0].tracks == trace.tracks


@pytest.mark.usefixtures("scanned")
def test_reading_stops_when_it_is_asked_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_blocks.TextBlocks.__init__, "__defaults__", (1 << 12,))
    parts: list[Arrived] = []
    watch = Watch(on_rows=parts.append, is_cancelled=lambda: len(parts) > 0, interval_s=0)
    with pytest.raises(Cancelled):
        read_trace(path, watch=watch)
    assert len(parts) == 1
    assert current() is not watch


@pytest.mark.parametrize("ending", [".parquet", ".json", ".pftrace"])
def test_every_format_can_be_stopped_before_it_starts(ending: str, tmp_path: Path) -> None:
    source = tmp_path / "trace.json"
    source.write_text(json.dumps(events(10)), encoding="utf-8")
    target = tmp_path / f"copy{ending}"
    write_trace(read_trace(source), target)
    with pytest.raises(Cancelled, match="stopped"):
        read_trace(target, watch=Watch(is_cancelled=lambda: True))


def test_a_database_is_left_within_a_query(tmp_path: Path) -> None:
    rows = [
        {"start": n, "end": n + 1, "deviceId": 0, "streamId": 7, "globalPid": 1 << 24, "shortName": 1}
        for n in range(60_000)
    ]
    strings = [{"id": 1, "value": "k"}]
    write_database(tmp_path / "a.sqlite", {"StringIds": strings, "CUPTI_ACTIVITY_KIND_KERNEL": rows})
    asked = 0

    def later() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        read_trace(tmp_path / "a.sqlite", watch=Watch(is_cancelled=later))
    assert asked < 10


def test_calls_are_no_more_frequent_than_asked(path: Path) -> None:
    heard: list[int] = []
    read_trace(path, watch=Watch(on_progress=lambda done, total: heard.append(done), interval_s=3600))
    assert len(heard) <= 2


def test_what_a_callback_raises_comes_out(path: Path) -> None:
    def broken(done: int, total: int) -> None:
        raise RuntimeError("the window is gone")

    with pytest.raises(RuntimeError, match="window is gone"):
        read_trace(path, watch=Watch(on_progress=broken))


def test_ahead_gives_the_items_in_order_and_the_error_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise TraceReadError("damaged")

    taken: list[int] = []
    with pytest.raises(TraceReadError, match="damaged"):
        taken.extend(ahead(items()))
    assert taken == [0, 1, 2, 3, 4]


def test_ahead_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    source = ahead(iter(range(100)))
    assert next(source) == 0
    source.close()
    assert threading.active_count() == before


def test_trace_is_the_same_with_and_without_a_watch(path: Path) -> None:
    def columns(trace: Trace) -> list[list[int]]:
        return [trace[name].tolist() for name in ("ts", "dur", "name", "track", "pid")]

    watch = Watch(on_progress=lambda *_: None, on_rows=lambda _: None, is_cancelled=lambda: False, interval_s=0)
    assert columns(read_trace(path, watch=watch)) == columns(read_trace(path))
