"""Causes that lie with the host: synchronizations, and work called too late. Times are ns."""

from __future__ import annotations

import pytest

from profiler.analysis.overlap import analyze_devices
from profiler.trace.schema import Category, EdgeKind
from tests.analysis.timelines import Timeline, causes_of, complete


def _result_copy(*, sync_thread: int | None, call_thread: int = 0, next_call: int = 260) -> Timeline:
    """A result copied back at 200..250 while nothing else is there to run; the next request is called at 260."""
    timeline = Timeline()
    first = timeline.kernel(100, 200, stream=1, request=0)
    copy = timeline.dtoh(200, 250, stream=1, request=0)
    load = timeline.htod(280, 300, stream=1, request=1)
    second = timeline.kernel(300, 400, stream=1, request=1)
    for source, target in ((first, copy), (copy, load), (load, second)):
        timeline.edge(source, target, EdgeKind.STREAM)
    timeline.call(load, next_call, next_call + 5, thread=call_thread)
    timeline.call(second, next_call + 5, next_call + 10, thread=call_thread)
    if sync_thread is not None:
        timeline.sync(150, 255, thread=sync_thread)
    return timeline


def test_host_sync() -> None:
    assert causes_of(_result_copy(sync_thread=0).trace(**complete(chunks=1))) == {"host-sync": 50, "dependency": 20}


def test_of_kernels_that_start_together_one_without_a_call_says_nothing() -> None:
    timeline = _result_copy(sync_thread=0)
    timeline.kernel(300, 350, stream=5)
    assert causes_of(timeline.trace(**complete(chunks=1)))["host-sync"] == 50


def test_host_sync_counts_only_while_it_lasts() -> None:
    timeline = _result_copy(sync_thread=None)
    timeline.sync(210, 230)
    assert causes_of(timeline.trace(**complete(chunks=1)))["host-sync"] == 20


@pytest.mark.parametrize(
    "timeline",
    [
        pytest.param(_result_copy(sync_thread=None), id="the host is in no synchronization"),
        pytest.param(_result_copy(sync_thread=1), id="another thread is in one"),
        pytest.param(_result_copy(sync_thread=0, next_call=20), id="the next work was already called"),
    ],
)
def test_no_host_sync(timeline: Timeline) -> None:
    assert "host-sync" not in causes_of(timeline.trace(**complete(chunks=1)))


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("cudaStreamSynchronize_v3020", True),
        ("hipDeviceSynchronize", True),
        ("cuMemcpyDtoH_v2", True),
        ("cudaMemcpyAsync_v3020", False),
        ("cudaStreamWaitEvent_v3020", False),
        ("cudaLaunchKernel", False),
    ],
)
def test_host_sync_of_an_imported_trace_is_told_by_the_name_of_the_call(name: str, held: bool) -> None:
    timeline = _result_copy(sync_thread=None)
    timeline.edges.clear()
    timeline.add(Category.RUNTIME, 150, 255, name, track=10)
    assert ("host-sync" in causes_of(timeline.trace())) == held


@pytest.mark.parametrize(("name", "held"), [("Event Sync", True), ("Stream Wait Event", False)])
def test_a_synchronization_record_without_a_thread(name: str, held: bool) -> None:
    timeline = _result_copy(sync_thread=None)
    timeline.add(Category.SYNC, 150, 255, name, track=14)
    assert ("host-sync" in causes_of(timeline.trace())) == held


def test_a_record_without_a_thread_yields_to_calls_that_show_the_thread() -> None:
    timeline = _result_copy(sync_thread=1)
    timeline.add(Category.SYNC, 150, 255, "Event Sync", track=14)
    assert "host-sync" not in causes_of(timeline.trace())


def test_late_enqueue() -> None:
    """A kernel whose input is there is called only at 230, and starts at 235: its way there belongs to the lateness."""
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1), 0, 1)
    ready = timeline.htod(110, 150, stream=4)
    timeline.htod(150, 300, stream=2)
    late = timeline.kernel(235, 300, stream=4)
    timeline.edge(ready, late, EdgeKind.STREAM)
    timeline.call(late, 230, 233)
    assert causes_of(timeline.trace(**complete())) == {"late-enqueue": 35}


@pytest.mark.parametrize(("start", "late"), [(250_000, 220_000), (250_001, 200_000)])
def test_a_launch_that_takes_too_long_to_arrive_waits_for_something_else(start: int, late: int) -> None:
    timeline = Timeline()
    timeline.call(timeline.kernel(10_000, 30_000, stream=1), 0, 1)
    timeline.htod(20_000, 400_000, stream=2)
    delayed = timeline.kernel(start, 900_000, stream=1)
    timeline.call(delayed, 230_000, 231_000)
    causes = causes_of(timeline.trace(kernel_gap_ns=0))
    assert causes["late-enqueue"] == late
    assert causes.get("unknown", 0) == start - 30_000 - late


@pytest.mark.parametrize(("called", "cause"), [(215_000, "late-enqueue"), (214_999, "dependency")])
def test_a_launch_on_its_way_is_late_though_it_was_called_before_its_input_was_there(called: int, cause: str) -> None:
    timeline = Timeline()
    timeline.call(timeline.kernel(100_000, 200_000, stream=1), 0, 1)
    needed = timeline.htod(110_000, 220_000, stream=4)
    timeline.dtoh(200_000, 235_000, stream=2)
    after = timeline.kernel(235_000, 400_000, stream=4)
    timeline.edge(needed, after, EdgeKind.STREAM)
    timeline.call(after, called, called + 1)
    found = causes_of(timeline.trace(**complete()))
    assert found == ({cause: 35_000} if cause == "dependency" else {"late-enqueue": 15_000, "dependency": 20_000})
    assert "late-enqueue" not in causes_of(timeline.trace())


def test_work_that_could_not_run_is_not_late() -> None:
    """The kernel needs the very copy that is exposed: calling it earlier would change nothing."""
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    copy = timeline.htod(200, 300, stream=2)
    after = timeline.kernel(300, 400, stream=2)
    timeline.edge(copy, after, EdgeKind.STREAM)
    timeline.call(after, 290, 295)
    assert causes_of(timeline.trace(**complete())) == {"dependency": 100}


def test_a_copy_that_the_next_kernel_waits_for_is_late_while_its_engine_is_free() -> None:
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1), 0, 1)
    timeline.dtoh(200, 300, stream=1)
    load = timeline.htod(250, 290, stream=2)
    after = timeline.kernel(290, 400, stream=2)
    timeline.edge(load, after, EdgeKind.STREAM)
    timeline.call(load, 245, 248)
    timeline.call(after, 248, 249)
    assert causes_of(timeline.trace(**complete())) == {"late-enqueue": 50, "dependency": 40}


def test_an_imported_trace_tells_lateness_by_stream_order() -> None:
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1), 0, 1)
    timeline.htod(150, 300, stream=2)
    late = timeline.kernel(235, 300, stream=1)
    timeline.call(late, 230, 233)
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"late-enqueue": 35}


def test_work_is_not_ready_before_everything_ahead_of_it_in_its_stream_has_ended() -> None:
    """A long kernel and a short one of the same stream overlap: the next waits for the long one."""
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1, name="ncclAllReduce"), 0, 1)
    timeline.kernel(110, 120, stream=1)
    timeline.htod(150, 300, stream=2)
    timeline.call(timeline.kernel(235, 400, stream=1), 160, 161)
    (device,) = analyze_devices(timeline.trace(kernel_gap_ns=0))
    assert device.causes == {"unknown": 35}
    assert device.without_communication.causes == {"unknown": 85}


def test_an_imported_trace_without_calls_cannot_tell() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    timeline.htod(150, 300, stream=2)
    timeline.kernel(235, 400, stream=1)
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"unknown": 35}


def test_of_several_calls_with_one_id_the_earliest_counts() -> None:
    """A runtime call and the driver call inside it carry the same correlation id."""
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1), 0, 1)
    timeline.htod(150, 300, stream=2)
    late = timeline.kernel(235, 400, stream=1)
    timeline.call(late, 205, 209)
    timeline.call(late, 190, 210, name="cudaLaunchKernel")
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"unknown": 35}


def test_a_call_is_found_in_its_own_process_only() -> None:
    """The same correlation id in another process is another call."""
    timeline = Timeline()
    timeline.call(timeline.kernel(100, 200, stream=1), 0, 1)
    timeline.htod(150, 300, stream=2)
    late = timeline.kernel(235, 300, stream=1)
    call = timeline.call(late, 230, 233)
    timeline.rows[call]["pid"] = 2
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"unknown": 35}
    timeline.edge(call, late, EdgeKind.LAUNCH)
    assert causes_of(timeline.trace(kernel_gap_ns=0)) == {"late-enqueue": 35}
