from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.lanes import build_lanes
from profiler.timeline.mipmap import Mipmap
from profiler.timeline.recent import Recent
from profiler.timeline.viewport import Viewport
from tests.timeline.synthetic import random_trace


@given(
    st.integers(0, 10**6),
    st.sampled_from([60, 3_000, 90_000, 10**6]),
    st.lists(st.tuples(st.sampled_from(["pan", "zoom", "stay"]), st.integers(-120, 120)), min_size=1, max_size=12),
)
def test_while_a_view_moves_its_pixels_are_those_of_a_new_one(
    seed: int, span: int, moves: list[tuple[str, int]]
) -> None:
    trace = random_trace(seed, size=300)
    rows = [row for lane in build_lanes(trace) for row in lane.rows]
    kept, numbers = Mipmap.build(trace, rows), range(len(rows))
    view = Viewport(300_000, 300_000 + span, 80)
    for move, by in moves:
        if move == "pan":
            view = view.pan(by)
        elif move == "zoom":
            view = view.zoom(1.5 if by > 0 else 0.7, 40)
        edges, _ = view.grid()
        fresh = Mipmap.build(trace, rows).pixels(numbers, edges)
        found = kept.pixels(numbers, edges)
        assert np.abs(found[0] - fresh[0]).max(initial=0) <= 1e-5
        assert ((found[0] > 0) == (fresh[0] > 0)).all()
        assert (found[1] == fresh[1]).mean() > 0.99


def test_only_the_columns_that_come_into_sight_are_computed() -> None:
    asked: list[int] = []

    def compute(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(len(edges) - 1)
        return edges[None, :-1].astype(np.float32), np.zeros((1, len(edges) - 1), np.uint8)

    recent, edges = Recent(), np.arange(0, 1010, 10)
    for shift in (0, 30, 30, -50, 5, 905):
        share, _ = recent.pixels((1,), edges + shift, compute)
        assert share[0].tolist() == (edges + shift)[:-1].tolist()
    assert asked == [100, 3, 8, 100, 100]
