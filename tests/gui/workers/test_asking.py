"""Queries, matching, export and stretches, against the library's own."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gui.workers import jobs
from gui.workers.tasks import exporting, matching, queries, ranges
from profiler.analysis.analyze import analyze
from profiler.analysis.diff import Diff, diff
from profiler.errors import OutputError, UsageError
from profiler.io import read_trace
from profiler.trace.mapped import load, save
from profiler.trace.schema import Category
from profiler.trace.subset import subset, touching
from profiler.trace.tables import Trace
from tests.gui.workers.tasks import Desk
from tests.timeline.synthetic import pipeline


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(pipeline(), tmp_path)


def test_sql_answers_with_rows_that_can_be_jumped_to(desk: Desk) -> None:
    pytest.importorskip("duckdb")
    job = jobs.Query(trace=desk.paths["trace"], sql="select id, ts, name from kernels order by ts", most_rows=5)
    answer = queries.query(job, desk.context)
    assert answer.columns == ["id", "ts", "name"]
    assert answer.row_column == 0
    assert answer.more
    assert len(answer.rows) == 5
    for row, ts, name in answer.rows:
        assert (int(desk.trace.ts[row]), desk.trace.name_of(row)) == (ts, name)


def test_sql_is_guarded(desk: Desk) -> None:
    pytest.importorskip("duckdb")
    for sql in ("drop view slices", "select * from read_csv('/etc/passwd')", "select"):
        with pytest.raises(UsageError):
            queries.query(jobs.Query(trace=desk.paths["trace"], sql=sql), desk.context)


def test_values_that_do_not_fit_are_texts(desk: Desk) -> None:
    pytest.importorskip("duckdb")
    sql = "select sum(ts) + 170141183460469231731687303715884105::hugeint, [1, 2], null, 1.5, true from slices"
    answer = queries.query(jobs.Query(trace=desk.paths["trace"], sql=sql), desk.context)
    big, several, nothing, number, flag = answer.rows[0]
    assert big == str(int(desk.trace.ts.sum()) + 170141183460469231731687303715884105)
    assert (several, nothing, number, flag) == ("[1, 2]", None, 1.5, True)


def test_matching_is_what_diff_says(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    other = Desk(pipeline(chunks=4, streams=2), folder)
    found = matching.match(jobs.Match(trace_a=desk.paths["trace"], trace_b=other.paths["trace"]), desk.context)
    wanted = diff(desk.trace, other.trace)
    assert found.figures == wanted.to_json()
    np.testing.assert_array_equal(load(found.file)["a_rows"], wanted.a_rows)
    np.testing.assert_array_equal(load(found.file)["b_rows"], wanted.b_rows)
    for row, example in zip(found.figures["rows"], found.examples, strict=True):
        assert example == _example(desk.trace, other.trace, wanted, row)


def test_of_very_many_operations_those_that_differ_most_are_handed_over(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    other = Desk(pipeline(chunks=4, streams=2), folder)
    paths = {"trace_a": desk.paths["trace"], "trace_b": other.paths["trace"]}
    everything = matching.match(jobs.Match(**paths), desk.context)
    some = matching.match(jobs.Match(**paths, most_rows=2), desk.context)
    rows = everything.figures["rows"]
    assert (len(some.figures["rows"]), some.left_out) == (2, len(rows) - 2)
    assert some.figures == {**everything.figures, "rows": rows[:2]}
    assert some.examples == everything.examples[:2]
    least = min(abs(row["delta_ns"]) for row in some.figures["rows"])
    assert all(abs(row["delta_ns"]) <= least for row in rows[2:])
    assert everything.left_out == 0


def _example(a: Trace, b: Trace, wanted: Diff, row: dict[str, Any]) -> tuple[int | None, int | None]:
    """The counterparts that differ most, found by looking at all; else the first operations without one."""

    def is_it(trace: Trace, number: int, name: str) -> bool:
        category = Category(int(trace.category[number])).name.lower()
        return (trace.name_of(number), category) == (name, row["category"]) and trace.dur[number] >= 0

    pairs = list(zip(wanted.a_rows.tolist(), wanted.b_rows.tolist(), strict=True))
    here = [pair for pair in pairs if is_it(a, pair[0], row["name"])]
    if here:
        return max(here, key=lambda pair: abs(int(b.dur[pair[1]]) - int(a.dur[pair[0]])))
    alone = []
    for trace, taken, name in ((a, 0, row["name"]), (b, 1, row["other_name"] or row["name"])):
        matched = {pair[taken] for pair in pairs}
        rows = [number for number in range(len(trace)) if number not in matched and is_it(trace, number, name)]
        alone.append(min(rows, key=lambda number, trace=trace: (trace.ts[number], number), default=None))
    return alone[0], alone[1]


@pytest.mark.parametrize("ending", [".parquet", ".json.gz", ".pftrace"])
def test_an_exported_trace_has_the_same_figures(desk: Desk, ending: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"out{ending}")
    written = exporting.export(jobs.Export(trace=desk.paths["trace"], path=path), desk.context)
    assert written.slices == len(desk.trace)
    again = analyze(read_trace(path)).to_json()["devices"]
    assert again == analyze(desk.trace).to_json()["devices"]


def test_a_stretch_is_exported_with_whole_slices(desk: Desk, tmp_path: Path) -> None:
    start, end = 100_000, 400_000
    path = str(tmp_path / "part.parquet")
    job = jobs.Export(trace=desk.paths["trace"], path=path, start_ns=start, end_ns=end)
    exporting.export(job, desk.context)
    found, trace = read_trace(path), desk.trace
    rows = [row for row in range(len(trace)) if trace.ts[row] < end and trace.ts[row] + trace.dur[row] > start]
    assert found.ts.tolist() == trace.ts[rows].tolist()
    assert found.dur.tolist() == trace.dur[rows].tolist()


def test_rows_are_exported_in_the_order_of_the_table(desk: Desk, tmp_path: Path) -> None:
    order = np.argsort(desk.trace.dur, kind="stable")[::-1].copy()
    save(tmp_path / "order", {"rows": order.astype(np.int32)})
    path = str(tmp_path / "rows.csv")
    job = jobs.ExportRows(trace=desk.paths["trace"], path=path, rows=str(tmp_path / "order"))
    assert exporting.export_rows(job, desk.context).slices == len(desk.trace)
    with open(path, newline="") as file:
        found = list(csv.DictReader(file))
    assert [int(row["dur"]) for row in found] == desk.trace.dur[order].tolist()
    assert [row["name"] for row in found] == [desk.trace.name_of(int(row)) for row in order]
    job = jobs.ExportRows(trace=desk.paths["trace"], path=path, chosen=(3, 1))
    assert exporting.export_rows(job, desk.context).slices == 2


def test_export_says_what_is_wrong(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="which format"):
        exporting.export(jobs.Export(trace=desk.paths["trace"], path=str(tmp_path / "a.xyz")), desk.context)
    with pytest.raises(OutputError):
        exporting.export(jobs.Export(trace=desk.paths["trace"], path=str(tmp_path / "no" / "a.csv")), desk.context)
    with pytest.raises(UsageError, match="not in the trace"):
        exporting.export_rows(jobs.ExportRows(trace=desk.paths["trace"], path="x.csv", chosen=(9999,)), desk.context)


def test_a_stretch_is_what_the_window_option_means(desk: Desk) -> None:
    found = ranges.stretch(jobs.Stretch(trace=desk.paths["trace"], text="100us:0.2ms"), desk.context)
    first = int(desk.trace.ts.min())
    assert (found.start_ns, found.end_ns) == (first + 100_000, first + 200_000)
    with pytest.raises(UsageError, match="not a window"):
        ranges.stretch(jobs.Stretch(trace=desk.paths["trace"], text="soon"), desk.context)


def test_a_subset_keeps_edges_counters_and_arguments_of_its_rows() -> None:
    from profiler.trace.builder import TraceBuilder
    from profiler.trace.schema import Category, EdgeKind, TrackKind
    from profiler.trace.tables import Track

    builder = TraceBuilder()
    track = Track(TrackKind.THREAD, "main")
    for row in range(5):
        builder.add(ts=row * 10, dur=5, category=Category.MARKER, name=f"n{row}", track=track, args=f'{{"r":{row}}}')
    builder.add_edge(0, 3, EdgeKind.FLOW)
    builder.add_edge(1, 2, EdgeKind.FLOW)
    builder.add_counters(np.array([0, 5, 20, 40]), 0, np.array([1.0, 2.0, 3.0, 4.0]))
    trace = builder.build()
    found = subset(trace, np.array([3, 0]), between=(10, 35))
    assert [found.name_of(row) for row in range(2)] == ["n3", "n0"]
    assert (found.edges.source.tolist(), found.edges.target.tolist()) == ([1], [0])
    assert found.args is not None
    assert [found.args[0], found.args[1]] == ['{"r":3}', '{"r":0}']
    assert found.counters.value.tolist() == [2.0, 3.0]
    assert touching(trace, 12, 31).tolist() == [1, 2, 3]
