"""Figures of a device against sets of nanoseconds, and on timelines made by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.figures import DeviceOverlap
from profiler.analysis.overlap import analyze_devices, device_name, hidden_ns, prepare
from profiler.errors import UsageError
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.tables import Trace
from tests.analysis.oracle import Oracle, covered_instants
from tests.analysis.timelines import Timeline, timelines

#: Times that add up over the windows of a cut span.
ADDITIVE = (
    "span_ns",
    "kernel_sum_ns",
    "compute_ns",
    "copy_sum_ns",
    "copy_ns",
    "htod_ns",
    "dtoh_ns",
    "duplex_ns",
    "hidden_ns",
    "hidden_sum_ns",
    "exposed_ns",
    "busy_ns",
    "idle_ns",
    "covered_ns",
    "graph_ns",
)


def _only(trace: Trace, **options: Any) -> DeviceOverlap:
    (device,) = analyze_devices(trace, **options)
    return device


@given(timelines(with_edges=False))
def test_times_against_sets_of_nanoseconds(timeline: Timeline) -> None:
    trace = timeline.trace(kernel_gap_ns=3)
    found, oracle = _only(trace), Oracle(trace)
    up = oracle.instants([row for row in oracle.copies if row["memcpy_kind"] == MemcpyKind.HTOD])
    down = oracle.instants([row for row in oracle.copies if row["memcpy_kind"] == MemcpyKind.DTOH])
    work, compute = oracle.work, oracle.compute
    assert found.compute_ns == len(compute)
    assert found.kernel_sum_ns == sum(row["dur"] for row in oracle.kernels)
    assert (found.htod_ns, found.dtoh_ns, found.duplex_ns) == (len(up), len(down), len(up & down))
    assert (found.copy_ns, found.copy_sum_ns) == (len(up | down), sum(row["dur"] for row in oracle.copies))
    assert (found.hidden_ns, found.exposed_ns) == (len((up | down) & compute), len((up | down) - compute))
    pieces = [oracle.instants([row]) & compute for row in oracle.copies]
    assert found.hidden_sum_ns == sum(len(piece) for piece in pieces)
    assert found.covered_ns == len((up | down) & (compute | oracle.gaps))
    busy = oracle.instants(work)
    span = max(row["end"] for row in work) - min(row["start"] for row in work) if work else 0
    assert (found.busy_ns, found.span_ns, found.idle_ns) == (len(busy), span, span - len(busy))
    assert found.streams == len({row["stream"] for row in work if row["stream"] != -1})
    assert found.graph_ns == len(oracle.instants(oracle.of(Category.GRAPH)))
    assert sum(found.causes.values()) == found.exposed_ns
    assert hidden_ns(trace) == ({0: found.hidden_ns} if oracle.copies else {})


@given(timelines(with_edges=False))
def test_without_communication_is_as_if_those_kernels_were_not_there(timeline: Timeline) -> None:
    trace = timeline.trace(kernel_gap_ns=3)
    found, oracle = _only(trace), Oracle(trace, without_communication=True)
    rest, copies = found.without_communication, oracle.instants(oracle.copies)
    assert rest.kernels == len(oracle.kernels) == (found.kernels or 0) - found.communication_kernels
    assert rest.compute_ns == len(oracle.compute)
    assert (rest.hidden_ns, rest.exposed_ns) == (len(copies & oracle.compute), len(copies - oracle.compute))
    assert sum(rest.causes.values()) == rest.exposed_ns


@given(timelines(with_edges=False), st.lists(st.integers(0, 90), max_size=6))
def test_windows_of_a_cut_add_up_to_the_whole(timeline: Timeline, cuts: list[int]) -> None:
    trace = timeline.trace()
    (device,) = prepare(trace)
    edges = sorted({0, 200, *cuts})
    parts = [device.figures(window) for window in pairwise(edges)]
    whole = device.figures((0, 200))
    for key in ADDITIVE:
        assert sum(getattr(part, key) for part in parts) == getattr(whole, key), key
    for figures in (lambda one: one, lambda one: one.without_communication):
        for cause in figures(whole).causes:
            assert sum(figures(part).causes.get(cause, 0) for part in parts) == figures(whole).causes[cause]
    unclipped = device.figures()
    for key in set(ADDITIVE) - {"span_ns", "idle_ns"}:
        assert getattr(whole, key) == getattr(unclipped, key), key


def _sample() -> Timeline:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    timeline.kernel(150, 250, stream=2, name="ncclDevKernel")
    timeline.htod(120, 140, stream=3, size_bytes=7)
    timeline.dtoh(240, 300, stream=4, size_bytes=5)
    timeline.copy(MemcpyKind.DTOD, 300, 310)
    timeline.copy(MemcpyKind.PTOP, 310, 330)
    timeline.copy(MemcpyKind.HTOA, 330, 340)
    timeline.memset(340, 345)
    timeline.graph(400, 450)
    timeline.add(Category.MIGRATION, 500, 520, "Unified HtoD", device=0, memcpy_kind=MemcpyKind.UM_HTOD)
    timeline.add(Category.MIGRATION, 505, 510, "Unified DtoH", device=0, memcpy_kind=MemcpyKind.UM_DTOH)
    timeline.sync(0, 600)
    return timeline


def test_every_key() -> None:
    found = _only(_sample().trace(gpus={"0": {"name": "GPU"}})).to_json()
    assert found == {
        "device": 0, "name": "GPU", "kernels": 2, "communication_kernels": 1, "htod": 1, "dtoh": 1, "dtod": 1,
        "other_copies": 2, "memsets": 1, "graphs": 1, "graph_ns": 50,
        "migrations": {"htod": 1, "dtoh": 1, "sum_ns": 25}, "streams": 4, "span_ns": 245, "kernel_sum_ns": 200,
        "compute_ns": 150, "copy_sum_ns": 80, "copy_ns": 80, "htod_ns": 20, "dtoh_ns": 60, "duplex_ns": 0,
        "hidden_ns": 30, "hidden_sum_ns": 30, "hidden_fraction": 0.375, "exposed_ns": 50, "busy_ns": 245, "idle_ns": 0,
        "covered_ns": 30, "causes": {"unknown": 50},
        "without_communication": {
            "kernels": 1, "compute_ns": 100, "hidden_ns": 20, "hidden_sum_ns": 20, "hidden_fraction": 0.25,
            "exposed_ns": 60, "causes": {"unknown": 60},
        },
        "groups": [],
    }  # fmt: skip


def test_a_window_clips_and_counts_what_it_touches() -> None:
    found = _only(_sample().trace(), window=(140, 160))
    assert (found.kernels, found.communication_kernels, found.htod, found.dtoh) == (2, 1, 0, 0)
    assert (found.span_ns, found.compute_ns, found.kernel_sum_ns, found.streams) == (20, 20, 30, 2)
    assert found.hidden_fraction is None
    assert found.causes == {}


@pytest.mark.parametrize(("window", "count"), [((50, 60), 1), ((40, 50), 0), ((51, 60), 0), ((0, 100), 1)])
def test_a_slice_without_length_touches_the_window_it_starts_in(window: tuple[int, int], count: int) -> None:
    timeline = Timeline()
    timeline.kernel(50, 50)
    assert _only(timeline.trace(), window=window).kernels == count


def test_a_record_of_length_zero_counts_and_extends_the_span() -> None:
    timeline = Timeline()
    timeline.kernel(100, 110)
    timeline.htod(200, 200)
    found = _only(timeline.trace())
    assert (found.htod, found.span_ns, found.copy_ns, found.streams) == (1, 100, 0, 2)
    assert found.hidden_fraction is None


def test_records_that_cannot_be_counted_are_in_no_figure() -> None:
    timeline = Timeline()
    timeline.kernel(100, 110)
    good = _only(timeline.trace()).to_json()
    timeline.kernel(0, 0, stream=5)
    timeline.kernel(500, 400, stream=6)
    timeline.htod(900, 899, stream=7)
    timeline.add(Category.MIGRATION, 0, 0, "never", device=0)
    timeline.graph(0, 0)
    assert _only(timeline.trace()).to_json() == good


def test_a_host_call_at_time_zero_is_real() -> None:
    """A call without length at 0 is how a run on an ideal machine begins; only device records are blank there."""
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1), 0, 0)
    timeline.htod(150, 300, stream=2)
    timeline.call(timeline.kernel(235, 400, stream=1), 230, 230)
    assert _only(timeline.trace(kernel_gap_ns=0)).causes == {"late-enqueue": 35}


def test_processes_and_contexts_of_a_gpu_are_united_and_gpus_kept_apart() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=7, pid=1)
    timeline.htod(150, 250, stream=7, pid=2)
    timeline.kernel(100, 120, stream=7, device=3)
    timeline.htod(110, 130, stream=7, device=3, context=2)
    first, other = analyze_devices(timeline.trace())
    assert (first.device, first.hidden_ns, first.streams) == (0, 50, 2)
    assert (other.device, other.hidden_ns, other.streams) == (3, 10, 2)
    assert hidden_ns(timeline.trace()) == {0: 50, 3: 10}


def test_work_on_no_known_stream_makes_no_stream() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=-1)
    assert _only(timeline.trace()).streams == 0


def test_compute_spans_are_compute_but_no_kernels() -> None:
    timeline = Timeline()
    timeline.stage(100, 200)
    timeline.htod(150, 250)
    found = _only(timeline.trace())
    assert found.kernels is None
    assert found.without_communication.kernels is None
    assert (found.compute_ns, found.kernel_sum_ns, found.hidden_ns, found.busy_ns) == (100, 100, 50, 150)


def test_migrations_filed_as_copies_are_still_migrations() -> None:
    timeline = Timeline()
    timeline.copy(MemcpyKind.UM_HTOD, 100, 200)
    timeline.copy(MemcpyKind.UM_DTOH, 100, 150)
    found = _only(timeline.trace())
    assert found.migrations.to_json() == {"htod": 1, "dtoh": 1, "sum_ns": 150}
    assert (found.span_ns, found.busy_ns, found.streams, found.other_copies) == (0, 0, 0, 0)


def test_gaps_within_the_floor_cover_and_do_not_hide() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200)
    timeline.kernel(203, 300)
    timeline.htod(150, 250)
    found = _only(timeline.trace(kernel_gap_ns=3))
    assert (found.hidden_ns, found.covered_ns, found.exposed_ns) == (97, 100, 3)
    assert _only(timeline.trace(kernel_gap_ns=2)).covered_ns == 97


@pytest.mark.parametrize(("pattern", "count"), [(None, 1), ("", 1), ("^kern", 2), ("KERN", 1), ("kernel|x", 2)])
def test_communication_by_name(pattern: str | None, count: int) -> None:
    timeline = Timeline()
    timeline.kernel(1, 2)
    timeline.kernel(1, 2, name="gemm")
    timeline.kernel(1, 2, name="RCCL_reduce")
    assert _only(timeline.trace(), communication=pattern).communication_kernels == count


def test_a_bad_expression_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        analyze_devices(Timeline().trace(), communication="(")


def test_no_rows_no_devices() -> None:
    assert analyze_devices(Timeline().trace()) == ()
    assert hidden_ns(Timeline().trace()) == {}
    assert device_name(Timeline().trace(), 0) == ""


def test_covered_instants_is_what_the_tests_think() -> None:
    assert covered_instants([(1, 3), (2, 4), (9, 9)]) == {1, 2, 3}
