"""Each cause on a timeline made for it. Times are ns; the copy that is judged is the one named ``copy``."""

from __future__ import annotations

import pytest

from profiler.analysis.overlap import analyze_devices
from profiler.trace.schema import EdgeKind, Engine, MemoryKind
from tests.analysis.timelines import Timeline, causes_of, complete

#: So early that the launch cannot be on its way still.
LONG_AGO = -1_000_000


def _around(timeline: Timeline, copy: int, *, stream: int = 1) -> tuple[int, int]:
    """A long kernel before the copy and one after it that waits for it: a plain dependency if nothing else holds."""
    row = timeline.rows[copy]
    before = timeline.kernel(row["ts"] - 100, row["ts"], stream=stream)
    end = row["ts"] + row["dur"]
    after = timeline.kernel(end, end + 100, stream=stream)
    timeline.edge(copy, after)
    timeline.call(after, LONG_AGO, LONG_AGO + 1)
    return before, after


def test_dependency() -> None:
    timeline = Timeline()
    _around(timeline, timeline.htod(200, 250))
    assert causes_of(timeline.trace(**complete())) == {"dependency": 50}


@pytest.mark.parametrize("up", [True, False])
def test_pageable(up: bool) -> None:
    timeline = Timeline()
    pageable = MemoryKind.PAGEABLE
    copy = timeline.htod(200, 250, src_kind=pageable) if up else timeline.dtoh(200, 250, dst_kind=pageable)
    _around(timeline, copy)
    assert causes_of(timeline.trace(**complete())) == {"pageable": 50}


def test_device_memory_is_not_pageable_host_memory() -> None:
    timeline = Timeline()
    copy = timeline.htod(200, 250, dst_kind=MemoryKind.PAGEABLE)
    _around(timeline, copy)
    assert causes_of(timeline.trace(**complete())) == {"dependency": 50}


def test_default_stream() -> None:
    timeline = Timeline()
    _around(timeline, timeline.htod(200, 250, stream=0))
    assert causes_of(timeline.trace(**complete(default_streams=[0]))) == {"default-stream": 50}
    assert causes_of(timeline.trace(**complete())) == {"dependency": 50}


def test_default_stream_by_the_number_that_profilers_give_it() -> None:
    timeline = Timeline()
    _around(timeline, timeline.htod(200, 250, stream=7), stream=7)
    assert causes_of(timeline.trace(format="kineto")) == {"default-stream": 50}
    assert causes_of(timeline.trace(format="chrome")) == {"dependency": 50}
    assert causes_of(timeline.trace(format="kineto", default_streams=[])) == {"dependency": 50}
    assert causes_of(timeline.trace(format="parquet", source_format="kineto")) == {"default-stream": 50}


def _between_kernels(gap: int, in_between: int | None = None) -> Timeline:
    timeline = Timeline()
    first = timeline.kernel(100, 200, stream=1)
    last = timeline.kernel(200 + gap, 400, stream=1)
    timeline.edge(first, last, EdgeKind.STREAM)
    timeline.call(last, LONG_AGO, LONG_AGO + 1)
    timeline.htod(150, 350, stream=2)
    if in_between is not None:
        timeline.memset(in_between, in_between + 1, stream=1)
    return timeline


@pytest.mark.parametrize(("gap", "cause"), [(5, "kernel-gap"), (6, "dependency")])
def test_kernel_gap_no_longer_than_the_floor(gap: int, cause: str) -> None:
    timeline = _between_kernels(gap)
    assert causes_of(timeline.trace(**complete(kernel_gap_ns=5))) == {cause: gap}


def test_a_gap_that_other_work_of_the_stream_fills_is_no_kernel_gap() -> None:
    timeline = _between_kernels(5, in_between=202)
    assert "kernel-gap" not in causes_of(timeline.trace(**complete(kernel_gap_ns=5)))


def test_a_gap_between_kernels_of_two_streams_is_no_kernel_gap() -> None:
    timeline = _between_kernels(5)
    timeline.rows[1]["stream"] = 4
    assert "kernel-gap" not in causes_of(timeline.trace(**complete(kernel_gap_ns=5)))


@pytest.mark.parametrize(("gap", "held"), [(2000, True), (2001, False)])
def test_kernel_gap_of_a_trace_that_brings_no_floor(gap: int, held: bool) -> None:
    timeline = _between_kernels(gap)
    timeline.rows[2]["dur"] = 10_000
    timeline.rows[1]["dur"] = 10_000
    assert ("kernel-gap" in causes_of(timeline.trace())) == held


def _two_loads(**values: int) -> Timeline:
    """Two copies up, one behind the other; the next kernel needs only the second, the first is for later."""
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    timeline.htod(200, 260, stream=2)
    wanted = timeline.htod(260, 300, stream=3, **values)
    after = timeline.kernel(300, 400, stream=3)
    timeline.edge(wanted, after, EdgeKind.STREAM)
    timeline.call(after, LONG_AGO, LONG_AGO + 1)
    return timeline


def test_same_direction_queue() -> None:
    timeline = _two_loads(queued_ns=10)
    assert causes_of(timeline.trace(**complete())) == {"same-direction-queue": 60, "dependency": 40}


def test_a_copy_waits_in_the_queue_only_from_its_arrival() -> None:
    timeline = _two_loads(queued_ns=230)
    assert causes_of(timeline.trace(**complete()))["same-direction-queue"] == 30


def test_arrival_follows_from_the_call_where_it_is_not_recorded() -> None:
    timeline = _two_loads()
    timeline.call(2, 240, 241)
    assert causes_of(timeline.trace(**complete()))["same-direction-queue"] == 20
    assert causes_of(timeline.trace())["same-direction-queue"] == 20


def test_a_copy_called_early_arrives_when_its_stream_lets_it() -> None:
    timeline = _two_loads()
    timeline.call(2, 0, 1)
    timeline.edge(timeline.memset(220, 230, stream=3), 2, EdgeKind.STREAM)
    assert causes_of(timeline.trace(**complete()))["same-direction-queue"] == 30
    assert causes_of(timeline.trace())["same-direction-queue"] == 30


def test_the_other_direction_is_another_queue_unless_one_engine_serves_both() -> None:
    for engine, causes in (
        (Engine.NONE, {"dependency": 100}),
        (Engine.COPY, {"same-direction-queue": 60, "dependency": 40}),
    ):
        timeline = Timeline()
        timeline.kernel(100, 200, stream=1)
        timeline.dtoh(200, 260, stream=2, engine=engine)
        wanted = timeline.htod(260, 300, stream=3, queued_ns=10, engine=engine)
        after = timeline.kernel(300, 400, stream=3)
        timeline.edge(wanted, after, EdgeKind.STREAM)
        timeline.call(wanted, LONG_AGO, LONG_AGO + 1)
        timeline.call(after, LONG_AGO, LONG_AGO + 1)
        assert causes_of(timeline.trace(**complete())) == causes


def _ring(kind: EdgeKind) -> Timeline:
    """A result leaves a slot at 260; the load of a later chunk, which the next kernel needs, waits for the slot."""
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    leaving = timeline.dtoh(200, 260, stream=2)
    load = timeline.htod(260, 300, stream=3)
    after = timeline.kernel(300, 400, stream=1)
    timeline.edge(leaving, load, kind)
    timeline.edge(load, after)
    timeline.call(load, LONG_AGO, LONG_AGO + 1)
    timeline.call(after, LONG_AGO, LONG_AGO + 1)
    return timeline


def test_buffer() -> None:
    assert causes_of(_ring(EdgeKind.BUFFER).trace(**complete())) == {"buffer": 60, "dependency": 40}
    assert causes_of(_ring(EdgeKind.EVENT).trace(**complete())) == {"dependency": 100}


def _one_request() -> Timeline:
    timeline = Timeline()
    load = timeline.htod(100, 150, stream=1)
    kernel = timeline.kernel(150, 300, stream=1)
    result = timeline.dtoh(300, 320, stream=1)
    timeline.edge(load, kernel, EdgeKind.STREAM)
    timeline.edge(kernel, result, EdgeKind.STREAM)
    for place, row in enumerate((load, kernel, result)):
        timeline.call(row, place, place + 1)
    timeline.sync(3, 325)
    return timeline


def test_no_other_work() -> None:
    assert causes_of(_one_request().trace(**complete(requests=1, chunks=1))) == {"no-other-work": 70}


@pytest.mark.parametrize(("requests", "chunks"), [(1, 2), (2, 1)])
def test_fill_or_drain(requests: int, chunks: int) -> None:
    assert causes_of(_one_request().trace(**complete(requests, chunks))) == {"fill-or-drain": 70}


def test_fill_or_drain_is_not_the_middle() -> None:
    timeline = _one_request()
    _around(timeline, timeline.htod(600, 610))
    assert causes_of(timeline.trace(**complete())) == {"fill-or-drain": 50, "dependency": 30}


def test_parts_are_counted_where_the_metadata_is_silent() -> None:
    timeline = _one_request()
    for row in timeline.rows:
        row["request"], row["chunk"] = 0, 0
    assert causes_of(timeline.trace()) == {"no-other-work": 70}
    timeline.rows[2]["request"] = 1
    assert causes_of(timeline.trace()) == {"fill-or-drain": 70}


@pytest.mark.parametrize(("longer", "cause"), [(1, "link-bound"), (0, "dependency")])
def test_link_bound(longer: int, cause: str) -> None:
    """Engine total against compute total, over the whole trace; equal totals are not bound by the link."""
    timeline = Timeline()
    timeline.kernel(0, 50, stream=1)
    copy = timeline.htod(50, 100 + longer, stream=2)
    timeline.edge(copy, timeline.kernel(100 + longer, 100 + longer, stream=1))
    assert causes_of(timeline.trace(**complete())) == {cause: 50 + longer}


def test_the_link_of_the_other_direction_does_not_bind() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    timeline.htod(200, 210, stream=2)
    timeline.dtoh(210, 400, stream=3)
    timeline.kernel(400, 450, stream=1)
    assert causes_of(timeline.trace(**complete())) == {"dependency": 10, "link-bound": 190}


def test_one_copy_engine_adds_up_both_directions() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    timeline.htod(200, 280, stream=2, engine=Engine.COPY)
    timeline.dtoh(280, 360, stream=3, engine=Engine.COPY)
    timeline.kernel(360, 380, stream=1)
    assert causes_of(timeline.trace(**complete())) == {"link-bound": 160}


def test_stream_order_is_a_dependency_in_an_imported_trace() -> None:
    timeline = Timeline()
    timeline.kernel(0, 100, stream=1)
    timeline.htod(100, 150, stream=1)
    timeline.memset(150, 155, stream=1)
    timeline.kernel(155, 200, stream=1)
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"dependency": 50}


def test_queries_of_a_timing_file_depend_in_their_own_order() -> None:
    timeline = Timeline()
    for request in range(3):
        begin = 100 + 200 * request
        timeline.htod(begin, begin + 20, stream=-1, request=request)
        timeline.stage(begin + 20, begin + 120, request=request)
        timeline.dtoh(begin + 120, begin + 130, stream=-1, request=request)
    causes = causes_of(timeline.trace(format="trtexec-times"))
    assert causes == {"fill-or-drain": 30, "dependency": 40, "unknown": 20}


def test_a_graph_in_one_row_leaves_the_rest_unknown() -> None:
    timeline = Timeline()
    _around(timeline, timeline.htod(200, 250, stream=1))
    timeline.graph(200, 230, stream=4)
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"unknown": 30, "dependency": 20}
    assert causes_of(timeline.trace(**complete())) == {"dependency": 50}


def test_the_copy_that_started_first_is_judged() -> None:
    timeline = Timeline()
    timeline.kernel(0, 100, stream=1)
    timeline.htod(100, 150, stream=2, src_kind=MemoryKind.PAGEABLE)
    timeline.dtoh(120, 200, stream=3)
    timeline.kernel(200, 300, stream=1)
    assert causes_of(timeline.trace(**complete())) == {"pageable": 50, "dependency": 50}


@pytest.mark.parametrize("pageable_up", [True, False])
def test_of_two_that_start_together_the_copy_up_is_judged(pageable_up: bool) -> None:
    timeline = Timeline()
    timeline.kernel(0, 300, stream=1)
    up, down = (MemoryKind.PAGEABLE if here else MemoryKind.PINNED for here in (pageable_up, not pageable_up))
    timeline.dtoh(300, 350, stream=3, dst_kind=down)
    timeline.htod(300, 350, stream=2, src_kind=up)
    timeline.kernel(350, 400, stream=1)
    assert causes_of(timeline.trace(**complete())) == ({"pageable": 50} if pageable_up else {"dependency": 50})


def test_causes_without_communication_are_judged_anew() -> None:
    timeline = Timeline()
    _around(timeline, timeline.htod(200, 250))
    timeline.kernel(190, 230, stream=5, name="ncclDevKernel_AllReduce")
    (device,) = analyze_devices(timeline.trace(**complete()))
    assert device.causes == {"dependency": 20}
    assert device.without_communication.causes == {"dependency": 50}
    assert device.without_communication.exposed_ns == 50
