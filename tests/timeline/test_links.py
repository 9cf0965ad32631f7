from __future__ import annotations

import numpy as np

from profiler.timeline.links import MOST_LINKS, Link, find_links
from profiler.trace.schema import Category, EdgeKind, TrackKind
from profiler.trace.tables import Edges, Trace, Track
from tests.timeline.synthetic import Rows

THREAD, STREAM = Track(TrackKind.THREAD, "main", 1, 1), Track(TrackKind.STREAM, "", 1, device=0, stream=7)


def launches(kernels: int = 3) -> Trace:
    rows = Rows()
    for pid in (1, 2):
        rows.add("launch", THREAD, 0, 5, Category.RUNTIME, correlation_id=9, pid=pid)
        for place in range(kernels):
            rows.add("k", STREAM, 10 * place, 5, Category.KERNEL, device=0, stream=7, correlation_id=9, pid=pid)
    return rows.trace()


def test_a_call_leads_to_all_it_started_in_its_own_process() -> None:
    assert [*find_links(launches(), 0)][-1] == tuple(Link(0, row, EdgeKind.LAUNCH) for row in (1, 2, 3))


def test_work_comes_from_its_call() -> None:
    assert [*find_links(launches(), 6)][-1] == (Link(4, 6, EdgeKind.LAUNCH),)


def test_the_answer_is_the_same_in_however_many_steps() -> None:
    for step in (1, 3, 1000):
        assert [*find_links(launches(), 0, step=step)][-1] == [*find_links(launches(), 0)][-1]


def test_edges_keep_their_kind() -> None:
    trace = launches()
    ends = [(0, 1, EdgeKind.LAUNCH), (1, 2, EdgeKind.EVENT), (2, 3, EdgeKind.BUFFER)]
    columns = [np.array([end[side] for end in ends]) for side in range(3)]
    trace = trace.with_columns({}, edges=Edges(columns[0], columns[1], columns[2].astype(np.uint8)))
    assert set([*find_links(trace, 2)][-1]) == {
        Link(1, 2, EdgeKind.EVENT),
        Link(2, 3, EdgeKind.BUFFER),
        Link(0, 2, EdgeKind.LAUNCH),
    }


def test_a_slice_without_a_number_has_no_links_and_one_with_thousands_keeps_a_few() -> None:
    rows = Rows()
    alone = rows.add("k", STREAM, 0, 5, Category.KERNEL, device=0)
    assert [*find_links(rows.trace(), alone)][-1] == ()
    assert len([*find_links(launches(500), 0)][-1]) == MOST_LINKS
