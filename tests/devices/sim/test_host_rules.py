"""Rules of host threads and streams, each on a timeline worked out by hand. One byte takes one nanosecond."""

from __future__ import annotations

import pytest

from profiler.devices.base import NO_TIME
from profiler.devices.sim.compile import compile_plan
from profiler.devices.sim.cosim import cosimulate
from profiler.errors import PlanError
from profiler.plan.model import RangePop, RangePush, StreamSpec
from tests.helpers.gpus import toy_gpu
from tests.helpers.plans import Steps
from tests.helpers.simulate import run


def test_a_call_takes_its_time_and_its_step_is_seen_when_it_is_over() -> None:
    s = Steps()
    copy, kernel = s.htod(0, 5), s.kernel(1, 5)
    sync = s.sync()
    t = run(s, 2, call={"memcpy": 2, "launch": 3, "sync": 4})
    assert (t.call(copy), t[copy]) == ((0, 2), (2, 7))
    assert (t.call(kernel), t[kernel]) == ((2, 5), (5, 10))
    assert t.call(sync) == (5, 10)


def test_ranges_cost_nothing_and_are_on_no_device() -> None:
    s = Steps()
    push = s.add(RangePush(name="r"))
    s.kernel(0, 5)
    pop = s.add(RangePop())
    t = run(s, call={"launch": 3})
    assert (t.call(push), t.call(pop)) == ((0, 0), (3, 3))
    assert (t[push], t.queued(push)) == ((NO_TIME, NO_TIME), NO_TIME)


def test_a_stream_is_in_order_and_streams_are_not_in_each_other_s_way() -> None:
    s = Steps()
    copy, kernel, other = s.htod(0, 10), s.kernel(0, 5), s.dtoh(1, 4)
    t = run(s, 2)
    assert (t[copy], t[kernel], t[other]) == ((0, 10), (10, 15), (0, 4))
    assert t.queued(kernel) == 10


def test_launch_latency_counts_from_the_start_of_the_call() -> None:
    s = Steps()
    first, second = s.kernel(0, 5), s.kernel(0, 5)
    t = run(s, launch_latency=4, call={"launch": 3})
    assert t[first] == (4, 9)
    assert t.queued(first) == 3
    # The second was called at 3 and could start at 7, but its stream gets to it at 9 only.
    assert t[second] == (9, 14)


def test_a_call_longer_than_the_latency_is_seen_at_its_end() -> None:
    s = Steps()
    kernel = s.kernel(0, 5)
    assert run(s, launch_latency=4, call={"launch": 6})[kernel] == (6, 11)


def test_copy_latency_leaves_the_engine_to_others() -> None:
    s = Steps()
    late, ready = s.htod(0, 5), s.kernel(1, 1)
    second = s.htod(1, 5)
    t = run(s, 2, copy_latency=3)
    assert (t[late], t[ready], t[second]) == ((3, 8), (0, 1), (8, 13))


def test_the_kernel_gap_lies_between_kernels_only() -> None:
    s = Steps()
    one, two = s.kernel(0, 5), s.kernel(0, 5)
    copy, three = s.htod(0, 4), s.kernel(0, 5)
    elsewhere = s.kernel(1, 5)
    t = run(s, 2, kernel_gap=3)
    assert (t[one], t[elsewhere], t[two]) == ((0, 5), (5, 10), (10, 15))
    assert (t[copy], t[three]) == ((15, 19), (19, 24))


def test_the_kernel_gap_counts_from_the_kernel_over_records_and_waits() -> None:
    s = Steps()
    s.htod(1, 6)
    s.record(1, 0)
    s.kernel(0, 5)
    wait = s.wait(0, 0)
    record, after = s.record(0, 1), s.kernel(0, 5)
    t = run(s, 2, kernel_gap=3)
    assert (t.queued(wait), t[wait], t[record], t.queued(after)) == (5, (6, 6), (6, 6), 6)
    assert t[after] == (8, 13)


def test_a_full_stream_holds_the_host_until_something_is_done() -> None:
    s = Steps()
    first, second, third, other = s.kernel(0, 10), s.kernel(0, 10), s.kernel(0, 10), s.htod(1, 5)
    t = run(s, 2, pending_ops=2, launch_latency=4, call={"launch": 1, "memcpy": 1})
    assert (t.call(first), t.call(second)) == ((0, 1), (1, 2))
    # The first kernel ran from 4 to 14: only then is there a place, and the call goes on for its own nanosecond.
    assert t.call(third) == (2, 15)
    assert t[third] == (24, 34)
    assert (t.call(other), t[other]) == ((15, 16), (16, 21))


def test_the_latency_of_a_call_that_was_held_counts_from_when_it_went_on() -> None:
    s = Steps()
    s.kernel(0, 10)
    held = s.kernel(0, 10)
    t = run(s, pending_ops=1, launch_latency=4, call={"launch": 1})
    assert (t.call(held), t[held]) == ((1, 15), (18, 28))


def test_records_and_waits_take_places_too() -> None:
    s = Steps()
    s.kernel(0, 10)
    s.record(0, 0)
    third = s.htod(0, 1)
    assert run(s, pending_ops=2).call(third) == (0, 10)


@pytest.mark.parametrize(("kind", "end"), [("stream", 12), ("event", 7), ("device", 32)])
def test_a_synchronization_waits_for_what_it_names_and_for_the_news(kind: str, end: int) -> None:
    s = Steps()
    s.kernel(0, 5)
    s.record(0, 0)
    s.dtoh(0, 5)
    s.htod(1, 30)
    sync = {"stream": lambda: s.sync(0), "event": lambda: s.sync(event=0), "device": s.sync}[kind]()
    after = s.htod(0, 1)
    t = run(s, 2, sync_return=2)
    assert t.call(sync) == (0, end)
    assert t.call(after)[0] == end
    assert t[sync] == (NO_TIME, NO_TIME)


def test_a_synchronization_takes_its_own_time_at_least() -> None:
    s = Steps()
    s.htod(0, 3)
    first, second = s.sync(0), s.sync(0)
    empty = s.sync(1)
    t = run(s, 2, sync_return=2, call={"sync": 4})
    # The copy is over at 3 and known at 5: later than the call would take. Then there is nothing to wait for.
    assert (t.call(first), t.call(second), t.call(empty)) == ((0, 5), (5, 9), (9, 13))


def test_threads_issue_side_by_side_from_0() -> None:
    s = Steps()
    one, two = s.htod(0, 5, thread=0), s.dtoh(1, 5, thread=1)
    t = run(s, 2, call={"memcpy": 3})
    assert (t.call(one), t.call(two), t[two]) == ((0, 3), (0, 3), (3, 8))


@pytest.mark.parametrize("record_first", [True, False])
def test_a_wait_for_another_thread_s_event_is_called_after_the_record(record_first: bool) -> None:
    s = Steps()

    def recorder() -> int:
        s.htod(0, 4, thread=0)
        return s.record(0, 0, thread=0)

    def waiter() -> tuple[int, int]:
        return s.wait(1, 0, thread=1), s.kernel(1, 5, thread=1)

    if record_first:
        record, (wait, kernel) = recorder(), waiter()
    else:
        (wait, kernel), record = waiter(), recorder()
    t = run(s, 2, call={"memcpy": 3, "record": 2, "wait": 1})
    assert t.call(record) == (3, 5)
    assert t.call(wait) == (5, 6)
    assert (t[record], t[wait], t[kernel]) == ((7, 7), (7, 7), (7, 12))


def test_a_device_synchronization_waits_for_what_all_threads_have_issued_so_far() -> None:
    s = Steps()
    s.htod(0, 5, thread=0)
    s.dtoh(1, 20, thread=1)
    s.dtoh(1, 50, thread=1)
    sync = s.sync(thread=0)
    t = run(s, 2, call={"memcpy": 2})
    # At 2 the other thread has called its first copy, which runs from 2 to 22; it is about to call the second.
    assert t.call(sync) == (2, 22)


BLOCKING = [StreamSpec("default", legacy_default=True, non_blocking=False), StreamSpec("a", non_blocking=False)]


def test_the_default_stream_waits_for_blocking_streams_and_they_for_it() -> None:
    s = Steps()
    before, default, after = s.htod(1, 10), s.kernel(0, 5), s.htod(1, 10)
    free, default_too = s.dtoh(2, 3), s.kernel(0, 5)
    t = run(s, [*BLOCKING, StreamSpec("free")])
    assert (t[before], t[default], t[after]) == ((0, 10), (10, 15), (15, 25))
    assert (t[free], t[default_too]) == ((0, 3), (25, 30))
    assert t.queued(default) == 10


def test_steps_that_wait_for_each_other_are_refused_not_lost() -> None:
    s = Steps()
    s.wait(0, 0, thread=0)
    s.record(0, 1, thread=0)
    s.wait(1, 1, thread=1)
    s.record(1, 0, thread=1)
    with pytest.raises(PlanError, match="step 0 never ends"):
        cosimulate(compile_plan(s.plan(2), toy_gpu()))
