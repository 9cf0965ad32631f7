"""The SMs: blocks handed out in order of arrival, compared with an account of every single block."""

from __future__ import annotations

from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.devices.sim.sm import BlockDistributor

#: (blocks, units of each, nanoseconds of each, arrival)
Kernel = tuple[int, int, int, int]


def block_by_block(kernels: list[Kernel], capacity: int) -> list[tuple[int, int]]:
    running: list[tuple[int, int]] = []
    free, now, answers = capacity, 0, []
    for blocks, unit, block_ns, arrival in kernels:
        now = max(now, arrival)
        starts = []
        while len(starts) < blocks:
            while running and running[0][0] <= now:
                free += heappop(running)[1]
            if free >= unit:
                heappush(running, (now + block_ns, unit))
                free -= unit
                starts.append(now)
            else:
                now = running[0][0]
        answers.append((starts[0], starts[-1] + block_ns))
    return answers


@given(
    st.lists(
        st.tuples(
            st.sampled_from((1, 2, 3, 7, 12, 13, 40, 100)),
            st.sampled_from((1, 2, 3, 4, 5, 12)),
            st.sampled_from((0, 1, 3, 10, 17)),
            st.sampled_from((0, 0, 1, 5, 30)),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_equals_an_account_of_every_block(drawn: list[Kernel]) -> None:
    arrival, kernels = 0, []
    for blocks, unit, block_ns, later in drawn:
        arrival += later
        kernels.append((blocks, unit, block_ns, arrival))
    sms = BlockDistributor(12)
    answers = []
    for blocks, unit, block_ns, arrives in kernels:
        fits = sms.fits(unit, arrives)
        answers.append(sms.serve(blocks, unit, block_ns, arrives))
        assert fits == answers[-1][0]
    assert answers == block_by_block(kernels, 12)


@given(st.integers(1, 5000), st.integers(1, 300), st.integers(0, 10**6), st.integers(0, 10**9))
def test_a_lone_kernel_takes_its_waves(blocks: int, slots: int, block_ns: int, arrival: int) -> None:
    assert BlockDistributor(slots).serve(blocks, 1, block_ns, arrival) == (
        arrival,
        arrival + -(-blocks // slots) * block_ns,
    )


def test_two_halves_run_side_by_side() -> None:
    sms = BlockDistributor(132)
    assert sms.serve(66, 1, 1000, 0) == (0, 1000)
    assert sms.serve(66, 1, 1000, 1) == (1, 1001)


def test_a_small_kernel_behind_two_and_a_half_waves_starts_with_the_third() -> None:
    sms = BlockDistributor(132)
    assert sms.serve(330, 1, 1000, 0) == (0, 3000)
    assert sms.serve(10, 1, 1000, 1) == (2000, 3000)


def test_a_later_kernel_gets_no_slot_while_an_earlier_one_has_blocks_left() -> None:
    sms = BlockDistributor(10)
    assert sms.serve(4, 1, 100, 0) == (0, 100)
    # Six slots are free, and each of these blocks takes all ten: they wait, and so does the small kernel behind.
    assert sms.serve(1, 10, 50, 0) == (100, 150)
    assert sms.serve(1, 1, 5, 0) == (150, 155)


def test_millions_of_waves_cost_no_time_to_work_out() -> None:
    sms = BlockDistributor(10)
    assert sms.serve(3, 1, 7, 0) == (0, 7)
    # Seven slots from 0 on and three from 7 on, for 10^12 blocks of 2 ns each.
    start, end = sms.serve(10**12, 1, 2, 0)
    assert start == 0
    slot_time = 2 * 10**12 + 21
    assert slot_time / 10 <= end <= slot_time / 10 + 7


@pytest.mark.parametrize("unit", [1, 3])
def test_kernels_of_different_footprints_share_in_exact_parts(unit: int) -> None:
    sms = BlockDistributor(12)
    assert sms.serve(2, 4, 10, 0) == (0, 10)
    assert sms.serve(4 // unit, unit, 5, 0) == (0, 5)
    assert sms.serve(1, 1, 5, 0) == ((5, 10) if unit == 1 else (0, 5))
