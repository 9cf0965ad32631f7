"""Bounds against every schedule of small plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.analysis.bounds import Bounds, achieved, overlap_bounds
from profiler.trace.schema import Engine

H, D, K, COPY, NONE = Engine.HTOD, Engine.DTOH, Engine.COMPUTE, Engine.COPY, Engine.NONE

#: Slots of the SMs in the schedules tried; a kernel fills one to all of them.
SLOTS = 4


@dataclass(frozen=True)
class Op:
    engine: Engine
    alone: int
    slots: int

    @property
    def work(self) -> int:
        return self.alone * self.slots // SLOTS if self.engine == K else self.alone

    @property
    def needs(self) -> int:
        """Slots of its engine that it holds while it runs; a copy holds its engine whole."""
        return self.slots if self.engine == K else SLOTS


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Op], list[tuple[int, int]]]:
    copies = (COPY,) if draw(st.booleans()) else (H, D)
    op = st.builds(Op, st.sampled_from((K, K, NONE, *copies)), st.integers(0, 6), st.integers(1, SLOTS))
    ops = draw(st.lists(op, min_size=1, max_size=5))
    pairs = [(one, other) for other in range(len(ops)) for one in range(other)]
    return ops, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6)) if pairs else []


def _schedules(ops: list[Op], edges: list[tuple[int, int]]) -> Iterator[int]:
    """Makespan of the schedule that each order of the operations gives: each as early as its engine allows.

    One of these is the shortest there is (serial generation reaches an optimum of every regular measure).
    """
    for order in permutations(range(len(ops))):
        place = {op: n for n, op in enumerate(order)}
        if all(place[one] < place[other] for one, other in edges):
            yield _makespan(ops, edges, order)


def _makespan(ops: list[Op], edges: list[tuple[int, int]], order: tuple[int, ...]) -> int:
    horizon = sum(op.alone for op in ops) + 1
    used = {engine: [0] * (2 * horizon) for engine in Engine}
    end: dict[int, int] = {}
    for number in order:
        op, lane = ops[number], used[ops[number].engine]
        start = max((end[one] for one, other in edges if other == number), default=0)
        needs = 0 if op.engine == NONE else op.needs
        while any(lane[t] + needs > SLOTS for t in range(start, start + op.alone)):
            start += 1
        for t in range(start, start + op.alone):
            lane[t] += needs
        end[number] = start + op.alone
    return max(end.values())


def _bounds(ops: list[Op], edges: list[tuple[int, int]]) -> Bounds:
    columns = zip(*((op.alone, op.work, op.engine) for op in ops), strict=True)
    return overlap_bounds(*columns, np.array(edges, np.int64).reshape(-1, 2))


@settings(max_examples=60)
@given(plans())
def test_no_schedule_beats_the_bound(plan: tuple[list[Op], list[tuple[int, int]]]) -> None:
    ops, edges = plan
    bounds = _bounds(ops, edges)
    best = min(_schedules(ops, edges))
    assert bounds.overlap_ns <= best
    assert bounds.serial_ns == sum(op.alone for op in ops)
    share = bounds.achieved(best)
    assert share is None or share <= 1


def _chunks(count: int, *, copy: int, compute: int) -> tuple[list[Op], list[tuple[int, int]]]:
    ops, edges = [], []
    for chunk in range(count):
        ops += [Op(H, copy, SLOTS), Op(K, compute, SLOTS), Op(D, copy, SLOTS)]
        edges += [(3 * chunk, 3 * chunk + 1), (3 * chunk + 1, 3 * chunk + 2)]
    return ops, edges


@pytest.mark.parametrize(
    ("count", "copy", "compute", "best"),
    [
        pytest.param(1, 5, 7, 17, id="one chunk is a chain"),
        pytest.param(4, 5, 7, 5 + 4 * 7 + 5, id="bound by compute: fill, compute, drain"),
        pytest.param(4, 9, 7, 4 * 9 + 7 + 9, id="bound by the link: load, compute, drain"),
    ],
)
def test_a_pipeline(count: int, copy: int, compute: int, best: int) -> None:
    assert _bounds(*_chunks(count, copy=copy, compute=compute)) == Bounds(count * (2 * copy + compute), best)


def test_one_copy_engine_does_the_copies_of_both_directions() -> None:
    ops = [Op(COPY, 10, SLOTS), Op(K, 1, SLOTS), Op(COPY, 10, SLOTS)]
    assert _bounds(ops, []) == Bounds(21, 20)


def test_kernels_that_fill_half_the_slots_may_run_two_at_a_time() -> None:
    assert _bounds([Op(K, 10, 2)] * 4, []) == Bounds(40, 20)


def test_what_has_no_engine_only_lengthens_chains() -> None:
    ops = [Op(K, 3, SLOTS), Op(NONE, 4, SLOTS), Op(K, 3, SLOTS)]
    assert _bounds(ops, [(0, 1), (1, 2)]) == Bounds(10, 10)


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        overlap_bounds([1, 1], [1, 1], [0, 0], [(0, 1), (1, 0)])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        overlap_bounds([1, 1], [1], [0, 0], [])


def test_nothing_takes_no_time() -> None:
    assert overlap_bounds([], [], [], []) == Bounds(0, 0)


def test_achieved_is_never_clamped() -> None:
    assert achieved(100, 60, 100) == 0
    assert achieved(100, 60, 60) == 1
    assert achieved(100, 60, 140) == -1
    assert achieved(100, 60, 80) == 0.5


@pytest.mark.parametrize("bounds", [(100, 100, 100), (None, 1, 1), (1, None, 1), (2, 1, None)])
def test_achieved_has_no_meaning(bounds: tuple[int | None, int | None, int | None]) -> None:
    assert achieved(*bounds) is None
