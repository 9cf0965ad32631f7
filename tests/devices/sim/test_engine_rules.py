"""Rules of copy engines, SMs, queues and graphs, each on a timeline worked out by hand. One byte is one nanosecond."""

from __future__ import annotations

import pytest

from profiler.devices.base import NO_TIME
from profiler.plan.model import StreamSpec
from profiler.workload.model import KernelCall
from tests.helpers.plans import Steps
from tests.helpers.simulate import run


def blocks(count: int, ns: int = 10) -> KernelCall:
    """A kernel of so many blocks, each of which takes ``ns`` on one of the ten SMs: 100 operations a nanosecond."""
    return KernelCall(f"{count} blocks", (count, 1, 1), (1024, 1, 1), flops=ns * 100 * count)


def test_each_direction_has_one_engine_first_come_first_served() -> None:
    s = Steps()
    one, two, back = s.htod(0, 10), s.htod(1, 10), s.dtoh(2, 5)
    t = run(s, 3)
    assert (t[one], t[two], t[back]) == ((0, 10), (10, 20), (0, 5))


def test_one_engine_serves_both_directions() -> None:
    s = Steps()
    one, back, two = s.htod(0, 10), s.dtoh(1, 5), s.htod(2, 10)
    t = run(s, 3, copy_engines=1)
    assert (t[one], t[back], t[two]) == ((0, 10), (10, 15), (15, 25))


def test_requests_go_by_time_and_at_one_instant_by_step() -> None:
    s = Steps()
    s.kernel(0, 5)
    after_kernel = s.htod(0, 10)
    s.dtoh(1, 5)
    same_time, earlier = s.htod(1, 10), s.htod(2, 1)
    t = run(s, 3)
    assert (t[earlier], t[after_kernel], t[same_time]) == ((0, 1), (5, 15), (15, 25))


def test_an_engine_filled_in_issue_order_lets_its_head_block() -> None:
    s = Steps()
    s.kernel(0, 5)
    head, behind = s.htod(0, 10), s.htod(1, 1)
    assert run(s, 2)[behind] == (0, 1)
    t = run(s, 2, engine_queue="issue")
    assert (t[head], t[behind]) == ((5, 15), (15, 16))


def test_the_overhead_of_a_copy_holds_its_engine() -> None:
    s = Steps()
    one, two = s.htod(0, 10), s.htod(1, 10)
    t = run(s, 2, copy_overhead=3)
    assert (t[one], t[two]) == ((0, 13), (13, 26))


def test_bytes_over_rate_round_up() -> None:
    s = Steps()
    into, out = s.htod(0, 100), s.dtoh(1, 100)
    t = run(s, 2, htod_gb_per_s=3.0, dtoh_gb_per_s=0.3)
    assert (t[into], t[out]) == ((0, 34), (0, 334))


def test_both_directions_slow_each_other_while_both_transfer() -> None:
    s = Steps()
    into = s.htod(0, 100)
    s.kernel(1, 50)
    out = s.dtoh(1, 100)
    t = run(s, 2, duplex_factor=0.5)
    # 50 bytes in alone, 50 in at half rate until 150; by then 50 bytes are out, and 50 follow at full rate.
    assert (t[into], t[out]) == ((0, 150), (50, 200))


def test_the_overhead_is_not_slowed_and_slows_nobody() -> None:
    s = Steps()
    into, out = s.htod(0, 100), s.dtoh(1, 10)
    t = run(s, 2, duplex_factor=0.5, copy_overhead=20)
    assert t[out] == (0, 40)
    assert t[into] == (0, 130)


def test_a_slowed_copy_ends_with_its_last_byte_rounded_up() -> None:
    s = Steps()
    into, out = s.htod(0, 100), s.dtoh(1, 100)
    t = run(s, 2, duplex_factor=0.3)
    # 100 / 0.3 is 333 and a third.
    assert (t[into], t[out]) == ((0, 334), (0, 334))


def test_one_engine_knows_no_duplex() -> None:
    s = Steps()
    s.htod(0, 100)
    out = s.dtoh(1, 100)
    assert run(s, 2, copy_engines=1, duplex_factor=0.5)[out] == (100, 200)


def test_copies_inside_the_device_run_on_the_sms_at_half_the_memory_rate() -> None:
    s = Steps()
    inside, into, kernel = s.dtod(0, 1000), s.htod(1, 5), s.kernel(2, 5)
    t = run(s, 3, copy_overhead=1)
    assert (t[inside], t[into], t[kernel]) == ((0, 21), (0, 6), (21, 26))


def test_kernels_share_the_sms_by_blocks() -> None:
    s = Steps()
    half, other_half, third = (s.launch(stream, blocks(5)) for stream in (0, 1, 2))
    t = run(s, 3)
    assert (t[half], t[other_half], t[third]) == ((0, 10), (0, 10), (10, 20))


def test_a_kernel_gets_slots_as_the_one_before_leaves_them() -> None:
    s = Steps()
    long, behind = s.launch(0, blocks(25)), s.launch(1, blocks(6))
    t = run(s, 2)
    # Two full waves, then five slots are free; the sixth block of the other kernel has to wait.
    assert (t[long], t[behind]) == ((0, 30), (20, 40))


def test_a_kernel_of_fixed_duration_holds_every_slot() -> None:
    s = Steps()
    held, small = s.kernel(0, 7), s.launch(1, blocks(1))
    t = run(s, 2)
    assert (t[held], t[small]) == ((0, 7), (7, 17))


def test_priority_decides_among_kernels_that_wait_and_stops_none_that_runs() -> None:
    s = Steps()
    running, low, high = s.launch(0, blocks(20)), s.launch(1, blocks(10)), s.launch(2, blocks(10))
    streams = [StreamSpec("a"), StreamSpec("b"), StreamSpec("c", priority=-1)]
    t = run(s, streams)
    # The second wave of the first kernel comes after the kernel of higher priority.
    assert (t[running], t[high], t[low]) == ((0, 30), (10, 20), (30, 40))


def test_streams_that_share_a_hardware_queue_block_each_other() -> None:
    s = Steps()
    copy, kernel, other = s.htod(0, 10), s.kernel(0, 5), s.dtoh(1, 3)
    assert run(s, 2, hardware_queues=2)[other] == (0, 3)
    t = run(s, 2, hardware_queues=1)
    # The copy out stands behind the kernel, which is taken when the copy in is over.
    assert (t[copy], t[kernel], t[other]) == ((0, 10), (10, 15), (10, 13))
    assert t.queued(other) == 0


def test_a_wait_blocks_its_hardware_queue() -> None:
    s = Steps()
    s.htod(2, 10)
    s.record(2, 0)
    s.wait(0, 0)
    behind, elsewhere = s.dtoh(3, 3), s.kernel(1, 3)
    t = run(s, 4, hardware_queues=3)
    assert (t[behind], t[elsewhere]) == ((10, 13), (0, 3))


def test_kernels_called_back_to_back_may_signal_together() -> None:
    s = Steps()
    one, two, three = (s.kernel(stream, 5) for stream in (0, 1, 1))
    out, out_too = s.dtoh(0, 2), s.dtoh(1, 2)
    four = s.kernel(0, 5)
    t = run(s, 2, late_kernel_signal=True)
    # The run of three ends at 15, for the copies; within it the third follows the second at once.
    assert (t[one], t[two], t[three]) == ((0, 5), (5, 10), (10, 15))
    assert (t[out], t[out_too], t[four]) == ((15, 17), (17, 19), (17, 22))
    assert run(s, 2)[out] == (5, 7)


def test_a_synchronization_ends_a_run_of_kernels() -> None:
    s = Steps()
    s.kernel(0, 5)
    sync, second = s.sync(0), s.kernel(0, 5)
    t = run(s, late_kernel_signal=True)
    assert (t.call(sync), t[second]) == ((0, 5), (5, 10))


def test_a_kernel_with_bytes_on_the_link_holds_that_direction() -> None:
    s = Steps()
    copy = s.htod(0, 10)
    mapped, behind = s.kernel(1, 5, mapped_read_bytes=3), s.kernel(2, 1)
    second, out = s.htod(3, 4), s.dtoh(4, 2)
    t = run(s, 5)
    assert (t[copy], t[out]) == ((0, 10), (0, 2))
    # It asked for the link at 0 before the second copy did; kernels behind it wait too.
    assert (t[mapped], t[behind], t[second]) == ((10, 15), (15, 16), (15, 19))
    assert t.queued(mapped) == 0


def test_a_kernel_may_need_both_directions() -> None:
    s = Steps()
    s.htod(0, 10)
    s.dtoh(1, 20)
    mapped = s.kernel(2, 5, mapped_read_bytes=3, mapped_write_bytes=3)
    into, out = s.htod(3, 1), s.dtoh(4, 1)
    t = run(s, 5)
    # It asks for the way out when it has the way in, at 10, and the second copy out asked before.
    assert (t[out], t[mapped], t[into]) == ((20, 21), (21, 26), (26, 27))
    assert run(s, 5, copy_engines=1)[mapped] == (30, 35)


def test_the_link_bounds_a_kernel_with_bytes_on_it() -> None:
    s = Steps()
    mapped = s.kernel(0, 5, mapped_read_bytes=30)
    assert run(s)[mapped] == (0, 30)


def test_a_pageable_copy_in_holds_the_host_until_it_is_staged() -> None:
    s = Steps()
    copy, kernel = s.htod(0, 50, pageable=True), s.kernel(0, 5)
    t = run(s, pageable_async_max_bytes=49, call={"memcpy": 3, "launch": 1})
    assert (t.call(copy), t[copy]) == ((0, 103), (3, 103))
    assert (t.call(kernel), t[kernel]) == ((103, 104), (104, 109))


def test_the_last_staged_piece_may_still_travel_when_the_host_goes_on() -> None:
    s = Steps()
    copy, kernel = s.htod(0, 50, pageable=True), s.kernel(0, 5)
    t = run(s, pageable_async_max_bytes=0, staging_bytes=20)
    # The last 20 bytes leave the staging buffer at the pinned rate.
    assert (t.call(copy), t[copy]) == ((0, 80), (0, 100))
    assert (t.call(kernel)[0], t[kernel]) == (80, (100, 105))


def test_a_small_pageable_copy_in_returns_at_once() -> None:
    s = Steps()
    copy, after = s.htod(0, 50, pageable=True), s.kernel(1, 5)
    t = run(s, 2, pageable_async_max_bytes=50)
    assert (t.call(copy), t[copy], t[after]) == ((0, 0), (0, 100), (0, 5))


def test_a_pageable_copy_out_holds_the_host_until_all_has_come() -> None:
    s = Steps()
    kernel, copy, after = s.kernel(0, 7), s.dtoh(0, 5, pageable=True), s.kernel(1, 5)
    t = run(s, 2, sync_return=2)
    assert (t[kernel], t[copy]) == ((0, 7), (7, 17))
    assert (t.call(copy), t[after]) == ((0, 19), (19, 24))


def graph_of_two_chains(s: Steps) -> tuple[int, int, int, int]:
    launch = s.graph(0)
    s.record(0, 0, graph=launch)
    first = s.kernel(0, 5, graph=launch)
    s.wait(1, 0, graph=launch)
    copy, third = s.htod(1, 12, graph=launch), s.kernel(0, 5, graph=launch)
    return launch, first, copy, third


def test_a_graph_is_one_call_and_ends_with_its_last_node() -> None:
    s = Steps()
    launch, first, copy, third = graph_of_two_chains(s)
    after = s.dtoh(0, 1)
    t = run(s, 2, graph_node_gap=1, kernel_gap=9, launch_latency=3, call={"launch": 2, "memcpy": 50})
    assert (t.call(launch), t.queued(launch), t[launch]) == ((0, 2), 2, (3, 15))
    assert (t[first], t[third], t[copy]) == ((3, 8), (9, 14), (3, 15))
    assert (t.call(first), t.queued(first)) == ((NO_TIME, NO_TIME), 3)
    assert (t.call(after), t[after]) == ((2, 52), (52, 53))


def test_a_graph_has_a_latency_and_a_cost_of_its_own() -> None:
    s = Steps()
    launch, *_ = graph_of_two_chains(s)
    t = run(s, 2, launch_latency=3, graph_launch=7, call={"launch": 2, "graph_launch": 4})
    assert (t.call(launch), t[launch]) == ((0, 4), (7, 19))


def test_nodes_stand_in_no_hardware_queue_and_take_no_place_in_a_stream() -> None:
    s = Steps()
    launch, first, copy, third = graph_of_two_chains(s)
    other = s.dtoh(2, 1)
    t = run(s, 3, hardware_queues=1, pending_ops=1)
    assert (t[launch], t[first], t[copy], t[third]) == ((0, 12), (0, 5), (0, 12), (5, 10))
    assert t[other] == (0, 1)


def test_a_graph_without_nodes_is_over_at_once() -> None:
    s = Steps()
    launch, kernel = s.graph(0), s.kernel(0, 5)
    t = run(s, kernel_gap=3)
    assert (t[launch], t[kernel]) == ((0, 0), (0, 5))


@pytest.mark.parametrize("engines", [1, 2, 3, 7])
def test_more_than_two_engines_are_one_for_each_direction(engines: int) -> None:
    s = Steps()
    s.htod(0, 10)
    second, out = s.htod(1, 10), s.dtoh(2, 10)
    t = run(s, 3, copy_engines=engines)
    assert t[second] == (10, 20)
    assert t[out] == ((20, 30) if engines == 1 else (0, 10))
