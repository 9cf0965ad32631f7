from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from gui.workers import jobs
from gui.workers.tasks import searching, tables
from profiler.errors import UsageError
from profiler.trace.schema import Category
from profiler.trace.tables import Trace
from tests.gui.workers.tasks import Desk
from tests.timeline.synthetic import pipeline, random_trace


@pytest.fixture(params=["pipeline", "random"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    trace = pipeline() if request.param == "pipeline" else random_trace(3, size=3000, tracks=4, span=200_000)
    return Desk(trace, tmp_path)


def placed(trace: Trace) -> list[int]:
    """Rows with a place in time."""
    return [row for row in range(len(trace)) if trace.dur[row] >= 0]


@pytest.mark.parametrize(
    ("text", "regex"),
    [("conv", False), ("CONV", False), ("^conv[13]x", True), ("nothing", False), ("", False), ("<|k", True)],
)
def test_search_finds_what_reading_every_name_finds(desk: Desk, text: str, regex: bool) -> None:
    found = searching.search(jobs.Search(trace=desk.paths["trace"], text=text, regex=regex), desk.context)
    names = [desk.trace.name_of(row) for row in range(len(desk.trace))]
    if regex:
        wanted = [row for row in placed(desk.trace) if re.search(text, names[row])]
    else:
        wanted = [row for row in placed(desk.trace) if text.lower() in names[row].lower()]
    wanted.sort(key=lambda row: (int(desk.trace.ts[row]), row))
    assert desk.rows(found.file) == wanted
    assert found.count == len(wanted)
    assert found.names == len(
        {name for name in names if (re.search(text, name) if regex else text.lower() in name.lower())}
    )


def test_a_wrong_expression_is_explained(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no regular expression") as error:
        searching.search(jobs.Search(trace=desk.paths["trace"], text="a(", regex=True), desk.context)
    assert error.value.remedy


@pytest.mark.parametrize("share", [(0.0, 1.0), (0.2, 0.6), (0.5, 0.5001)])
def test_an_area_is_summed_by_name(desk: Desk, share: tuple[float, float]) -> None:
    timeline, trace = desk.timeline, desk.trace
    span = timeline.end_ns - timeline.start_ns
    start, end = (timeline.start_ns + int(part * span) for part in share)
    for lanes in (None, tuple(range(len(timeline.lanes))), (0,), (1, 2)):
        job = jobs.Area(
            trace=desk.paths["trace"], timeline=desk.paths["timeline"], lanes=lanes, start_ns=start, end_ns=end
        )
        table = tables.area(job, desk.context)
        rows = {
            int(row)
            for lane in ([timeline.lanes[n] for n in lanes] if lanes is not None else [])
            for part in lane.rows
            for row in part
        }
        rows = set(placed(trace)) if lanes is None else rows
        groups: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
        for row in sorted(rows):
            begin, stop = int(trace.ts[row]), int(trace.ts[row] + trace.dur[row])
            if begin < end and (stop > start or begin >= start):
                key = trace.name_of(row), Category(int(trace.category[row])).name.lower()
                groups.setdefault(key, []).append(
                    (max(begin, start), min(stop, end), max(int(trace["size_bytes"][row]), 0))
                )
        assert table.slices == sum(map(len, groups.values()))
        first = tables.area(msgspec.structs.replace(job, most_rows=2), desk.context)
        assert first.rows == table.rows[:2]
        assert (first.slices, first.busy_ns) == (table.slices, table.busy_ns)
        assert (first.left_out, table.left_out) == (max(len(groups) - 2, 0), 0)
        assert {(row.name, row.category) for row in table.rows} == set(groups)
        assert [row.sum_ns for row in table.rows] == sorted((row.sum_ns for row in table.rows), reverse=True)
        for row in table.rows:
            slices = groups[row.name, row.category]
            lengths = [b - a for a, b, _ in slices]
            assert (row.count, row.sum_ns, row.min_ns, row.max_ns) == (
                len(slices),
                sum(lengths),
                min(lengths),
                max(lengths),
            )
            assert row.median_ns == round(statistics.median(lengths))
            assert row.union_ns == len({t for a, b, _ in slices for t in range(a, b)})
            assert row.size_bytes == sum(size for *_, size in slices)
            assert trace.name_of(row.first_row) == row.name


def test_a_lane_that_is_not_there_is_refused(desk: Desk) -> None:
    job = jobs.Area(trace=desk.paths["trace"], timeline=desk.paths["timeline"], lanes=(99,), start_ns=0, end_ns=10)
    with pytest.raises(UsageError, match="no lane 99"):
        tables.area(job, desk.context)


def test_a_histogram_holds_every_slice_once(desk: Desk) -> None:
    trace = desk.trace
    for name in range(len(trace.names)):
        lengths = sorted(int(trace.dur[row]) for row in placed(trace) if trace["name"][row] == name)
        found = tables.histogram(jobs.Histogram(trace=desk.paths["trace"], name=name, bins=20), desk.context)
        assert (found.count, found.sum_ns) == (len(lengths), sum(lengths))
        assert sum(found.counts) == len(lengths)
        if not lengths:
            assert found.median_ns is None
            continue
        assert (found.min_ns, found.max_ns) == (lengths[0], lengths[-1])
        assert found.median_ns == round(statistics.median(lengths))
        edges = found.edges_ns
        assert edges == sorted(set(edges))
        assert len(edges) == len(found.counts) + 1
        for low, high, count in zip(edges, edges[1:], found.counts, strict=False):
            assert count == sum(low <= length < high for length in lengths)


def test_instances_follow_each_other_in_time(desk: Desk) -> None:
    trace = desk.trace
    row = placed(trace)[0]
    key = trace["name"][row], trace.category[row]
    wanted = [r for r in placed(trace) if (trace["name"][r], trace.category[r]) == key]
    wanted.sort(key=lambda r: (int(trace.ts[r]), r))

    def step(start: int, forward: bool) -> jobs.Neighbour:
        return tables.instance(jobs.Instance(trace=desk.paths["trace"], row=start, forward=forward), desk.context)

    walked = [wanted[0]]
    while (following := step(walked[-1], True)).row is not None:
        assert (following.place, following.count) == (len(walked), len(wanted))
        walked.append(following.row)
    assert walked == wanted
    assert step(wanted[-1], False).row == (wanted[-2] if len(wanted) > 1 else None)
    assert step(wanted[0], False).row is None


@pytest.mark.parametrize("column", ["ts", "dur", "end", "row", "name", "track", "category", "size_bytes", "stream"])
@pytest.mark.parametrize("descending", [False, True])
def test_the_order_of_all_events(desk: Desk, column: str, descending: bool) -> None:
    trace = desk.trace

    def key(row: int) -> Any:
        if column in ("row", "end"):
            return row if column == "row" else int(trace.ts[row]) + max(int(trace.dur[row]), 0)
        value = int(trace[column][row])
        words = {"name": trace.names, "track": [track.name for track in trace.tracks]}
        if column == "category":
            return Category(value).name
        return words[column][value].casefold() if words.get(column) else value

    found = tables.sort(
        jobs.Sort(trace=desk.paths["trace"], timeline=desk.paths["timeline"], column=column, descending=descending),
        desk.context,
    )
    wanted = sorted(range(len(trace)), key=key, reverse=descending)
    assert [key(row) for row in desk.rows(found.file)] == [key(row) for row in wanted]
    assert sorted(desk.rows(found.file)) == list(range(len(trace)))
    # Equal ones stay in the order of the trace.
    pairs = zip(desk.rows(found.file), desk.rows(found.file)[1:], strict=False)
    assert all(a < b for a, b in pairs if key(a) == key(b))


def test_filters_of_the_table_meet(desk: Desk) -> None:
    trace, timeline = desk.trace, desk.timeline
    middle = (timeline.start_ns + timeline.end_ns) // 2
    kernel = int(Category.KERNEL)
    found = tables.sort(
        jobs.Sort(
            trace=desk.paths["trace"], timeline=desk.paths["timeline"], text="o", categories=(kernel,),
            start_ns=timeline.start_ns, end_ns=middle, lanes=tuple(range(len(timeline.lanes))),
        ),
        desk.context,
    )  # fmt: skip
    wanted = [
        row for row in placed(trace)
        if trace.category[row] == kernel and "o" in trace.name_of(row).lower() and trace.ts[row] < middle
    ]  # fmt: skip
    assert sorted(desk.rows(found.file)) == wanted
    assert found.count == len(wanted)
    with pytest.raises(UsageError, match="no column"):
        tables.sort(
            jobs.Sort(trace=desk.paths["trace"], timeline=desk.paths["timeline"], column="colour"), desk.context
        )


def test_an_empty_trace_has_empty_tables(tmp_path: Path) -> None:
    desk = Desk(Trace({"ts": np.empty(0, np.int64)}), tmp_path)
    where = {"trace": desk.paths["trace"], "timeline": desk.paths["timeline"]}
    assert tables.area(jobs.Area(**where, lanes=None, start_ns=0, end_ns=1), desk.context).rows == []
    assert tables.sort(jobs.Sort(**where, descending=True), desk.context).count == 0
    assert searching.search(jobs.Search(trace=where["trace"], text="a"), desk.context).count == 0
