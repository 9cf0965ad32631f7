"""Pixels from the spans themselves, against a count of every nanosecond."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from profiler.timeline.near import Spans, begun_before, exact_pixels, sparse_shares

Int64 = npt.NDArray[np.int64]


def random_spans(random: np.random.Generator, start: int, end: int) -> Spans:
    """Up to three rows of disjoint spans that touch a view, some of them next to each other, some rows empty."""
    starts, lengths, sizes = [], [], [0]
    for _ in range(random.integers(1, 4)):
        count = int(random.integers(0, 40))
        length = random.integers(1, 40, count)
        gap = random.integers(0, 30, count) * (random.random(count) < 0.6)
        begin = np.cumsum(gap + length) - length + start - int(random.integers(0, 100))
        seen = (begin < end) & (begin + length > start)
        starts.append(begin[seen])
        lengths.append(length[seen])
        sizes.append(int(seen.sum()))
    return Spans(np.concatenate(starts), np.concatenate(lengths), np.cumsum(sizes))


def by_nanosecond(spans: Spans, edges: Int64, row: int) -> list[Int64]:
    """For each pixel the numbers of the row's spans that fill each of its nanoseconds; -1 where none does."""
    owner = np.full(int(edges[-1] - edges[0]), -1, np.int64)
    for place in range(int(spans.offset[row]), int(spans.offset[row + 1])):
        begin = max(int(spans.starts[place] - edges[0]), 0)
        owner[begin : max(int(spans.starts[place] + spans.lengths[place] - edges[0]), 0)] = place
    return np.split(owner, (edges[1:-1] - edges[0]).tolist())


def cases() -> list[tuple[Spans, Int64, npt.NDArray[np.uint8]]]:
    random = np.random.default_rng(5)
    made = []
    for _ in range(150):
        width = int(random.integers(1, 60))
        start, span = int(random.integers(0, 10**6)), int(random.integers(width, 400))
        spans = random_spans(random, start, start + span)
        edges = start + np.arange(width + 1) * span // width
        paints = random.integers(0, 5, len(spans.starts)).astype(np.uint8)
        if random.random() < 0.3:
            paints[: spans.offset[1]] = 3  # a row of one colour
        made.append((spans, edges, paints))
    return made


def test_shares_and_colours_are_those_of_a_count() -> None:
    for spans, edges, paints in cases():
        share, paint = exact_pixels(spans, edges, paints)
        assert paint is not None
        for row in range(len(spans)):
            for column, filled in enumerate(by_nanosecond(spans, edges, row)):
                assert share[row, column] == np.float32((filled >= 0).mean())
                there, times = np.unique(paints[filled[filled >= 0]], return_counts=True)
                if len(there):
                    assert paint[row, column] in there[times == times.max()]


def test_few_spans_give_the_same_shares() -> None:
    for spans, edges, _ in cases():
        share, paint = exact_pixels(spans, edges, None)
        assert paint is None
        assert (sparse_shares(spans, edges) == share).all()


def test_spans_next_to_a_rounded_edge_are_counted_on_its_right_side() -> None:
    edges = np.arange(8) * 1_000 // 7
    starts = np.sort(np.concatenate((edges - 1, edges, edges + 1)))[1:]
    starts = starts[starts < edges[-1]]
    spans = Spans(starts, np.ones_like(starts), np.array([0, len(starts)]))
    assert begun_before(spans, edges)[0].tolist() == [int((starts < edge).sum()) for edge in edges]


@pytest.mark.parametrize("paints", [None, np.empty(0, np.uint8)])
def test_no_spans(paints: npt.NDArray[np.uint8] | None) -> None:
    none = np.empty(0, np.int64)
    share, _ = exact_pixels(Spans(none, none, np.zeros(3, np.int64)), np.arange(5), paints)
    assert share.shape == (2, 4)
    assert not share.any()
