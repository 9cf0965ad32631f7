"""The loading benchmark compares tools only once they read the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import bench_load
from benchmarks.load_once import sums_of
from benchmarks.spans import make_spans, write_profiler_json


def test_rows_of_a_small_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = bench_load.measure(500, tmp_path, 1, None)
    assert [(row["file"], row["tool"]) for row in rows] == [
        (file, tool) for file in ("plain", "gzip") for tool in bench_load.TOOLS.values()
    ]
    assert all(row["seconds"] > 0 and row["peak MB of the process"] > 10 for row in rows)
    assert list((tmp_path / "cache").rglob("scan_events-*.so"))


def test_the_standard_module_reads_the_same_counts_and_lengths(tmp_path: Path) -> None:
    spans = make_spans(300)
    write_profiler_json(spans, tmp_path / "t.json", base_us=bench_load.BASE_US)
    found = bench_load.read_once("json", tmp_path / "t.json")
    wanted = sums_of(spans.start + 1000 * bench_load.BASE_US, spans.dur)
    bench_load._check("json.load", found["sums"], wanted)
    with pytest.raises(SystemExit, match="read"):
        bench_load._check("lanescope", found["sums"], wanted)


@pytest.mark.parametrize(("tool", "sums"), [("lanescope", [10, 500, 7, 9]), (bench_load.HTA, [10, 494])])
def test_another_answer_stops_the_benchmark(tool: str, sums: list[int]) -> None:
    wanted = [10, 15_000, 7, 8]
    with pytest.raises(SystemExit, match=tool):
        bench_load._check(tool, sums, wanted)


def test_a_peer_that_cuts_to_microseconds_is_let_pass() -> None:
    bench_load._check(bench_load.HTA, [10, 9_000], [10, 15_000, 7, 8])


def test_times_are_set_against_the_peer_of_the_same_file() -> None:
    file = {"events": 5, "file": "plain"}
    rows = [{**file, "tool": "lanescope", "seconds": 2.0}, {**file, "tool": bench_load.HTA, "seconds": 30.0}]
    rows.append({**file, "tool": f"{bench_load.PERFETTO}: out of its 4 GiB of memory", "seconds": None})
    bench_load._compare(rows)
    assert [row[f"times {bench_load.HTA}"] for row in rows] == [15.0, 1.0, None]
    assert [row["times Perfetto"] for row in rows] == [None, None, None]
