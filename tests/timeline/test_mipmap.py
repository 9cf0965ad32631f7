from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.buckets import MIN_BUCKETS, build_buckets
from profiler.timeline.fullest import NO_PAINT
from profiler.timeline.lanes import build_lanes
from profiler.timeline.mipmap import Mipmap
from profiler.timeline.paint import Paint, paint_of
from profiler.timeline.pyramid import PaintPyramid, build_pyramid
from profiler.timeline.viewport import Viewport
from profiler.trace.tables import Trace
from tests.timeline.synthetic import random_trace


def made(trace: Trace) -> Mipmap:
    return Mipmap.build(trace, [row for lane in build_lanes(trace) for row in lane.rows])


def exact_busy(trace: Trace, rows: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Busy ns of every pixel, slice by slice."""
    starts = trace.ts[rows]
    ends = starts + np.maximum(trace.dur[rows], 1)
    low, high = np.maximum.outer(starts, edges[:-1]), np.minimum.outer(ends, edges[1:])
    return np.maximum(high - low, 0).sum(axis=0)


@st.composite
def views(draw: st.DrawFn) -> tuple[Trace, Viewport]:
    trace = random_trace(draw(st.integers(0, 10**6)), size=draw(st.integers(1, 400)), disjoint=draw(st.booleans()))
    start = draw(st.integers(0, 900_000))
    span = draw(st.sampled_from([10, 300, 5_000, 100_000, 2_000_000]))
    return trace, Viewport(start, start + span, draw(st.sampled_from([7, 100, 640])))


@given(views())
def test_no_busy_pixel_is_empty_and_no_far_pixel_busy(case: tuple[Trace, Viewport]) -> None:
    trace, view = case
    mipmap = made(trace)
    edges, _ = view.grid()
    share, paint = mipmap.pixels(range(len(mipmap.maps)), edges)
    assert ((share >= 0) & (share <= 1)).all()
    assert ((share > 0) == (paint != NO_PAINT)).all()
    right = np.maximum(edges[1:], edges[:-1] + 1)
    for number, tables in enumerate(mipmap.maps):
        starts = trace.ts[tables.rows]
        ends = starts + np.maximum(trace.dur[tables.rows], 1)
        busy = (np.minimum.outer(ends, right) > np.maximum.outer(starts, edges[:-1])).sum(axis=0)
        assert (share[number][busy > 0] > 0).all()
        around = np.concatenate(([0], busy, [0]))
        near = around[:-2] + around[1:-1] + around[2:] > 0
        near[[0, -1]] = True  # what lies just outside the view is not counted here
        assert (share[number][~near] == 0).all()


@given(views())
def test_close_in_shares_and_colours_are_exact(case: tuple[Trace, Viewport]) -> None:
    trace, view = case
    mipmap, edges = made(trace), view.grid()[0]
    paints = paint_of(trace)
    pixel_ns = (edges[-1] - edges[0]) / (len(edges) - 1)
    for number, tables in enumerate(mipmap.maps):
        if pixel_ns >= MIN_BUCKETS * tables.width or pixel_ns < 2:
            continue
        share, paint = mipmap.pixels([number], edges)
        busy = exact_busy(trace, tables.rows, edges)
        assert share[0] == pytest.approx(busy / np.diff(edges), abs=1e-6)
        for pixel in np.flatnonzero(busy)[:12].tolist():
            times = {
                int(colour): exact_busy(trace, tables.rows[paints[tables.rows] == colour], edges[pixel : pixel + 2])[0]
                for colour in np.unique(paints[tables.rows])
            }
            assert times[int(paint[0, pixel])] == max(times.values())


@pytest.mark.parametrize("span", [300, 40_000, 3_000_000])
def test_rows_looked_up_together_are_as_those_looked_up_one_by_one(span: int) -> None:
    mipmap = made(random_trace(5, size=3_000, tracks=7))
    edges, _ = Viewport(200_000, 200_000 + span, 90).grid()
    shares, paints = mipmap.pixels(range(len(mipmap.maps)), edges)
    for number in range(len(mipmap.maps)):
        share, paint = mipmap.pixels([number], edges)
        assert share[0].tolist() == shares[number].tolist()
        assert paint[0].tolist() == paints[number].tolist()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zoom", [1, 3, 9])
def test_zoomed_out_the_mean_error_is_below_half_a_percent(seed: int, zoom: int) -> None:
    trace = random_trace(seed, size=40_000, disjoint=True, span=100_000_000)
    mipmap = made(trace)
    end = int((trace.ts + trace.dur).max())
    edges, _ = Viewport(end // 3, end // 3 + end // zoom, 800).grid()
    share, _ = mipmap.pixels(range(len(mipmap.maps)), edges)
    for number, tables in enumerate(mipmap.maps):
        error = np.abs(share[number] - exact_shares(trace, tables.rows, edges))
        assert error.mean() <= 0.005
        assert error.max() <= 1 / MIN_BUCKETS


def exact_shares(trace: Trace, rows: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Busy shares by running sums, a different way from the mipmap's."""
    starts, lengths = trace.ts[rows], np.maximum(trace.dur[rows], 1)
    points = np.concatenate(([-(10**15)], np.ravel(np.column_stack((starts, starts + lengths))), [10**15]))
    sums = np.concatenate(([0], np.ravel(np.column_stack((np.cumsum(lengths) - lengths, np.cumsum(lengths)))), [0]))
    sums[-1] = sums[-2]
    return np.diff(np.interp(edges, points, sums)) / np.diff(edges)


def pyramid(starts: np.ndarray, lengths: np.ndarray, paints: np.ndarray) -> PaintPyramid:
    buckets, more = build_buckets(0, [(starts, lengths)])
    return build_pyramid(buckets, [(0, len(starts))], more, lengths, paints.astype(np.uint8))


def stretches(found: PaintPyramid, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges, ns, and colours of the stretches of one level of the only row."""
    ends = [*found.offset[0][1:].tolist(), len(found.paint)]
    paint = found.paint[int(found.offset[0, level]) : ends[level]]
    width, first = MIN_BUCKETS << int(found.buckets.shift[0]) << level, int(found.buckets.first[0]) // MIN_BUCKETS
    return ((first >> level) + np.arange(len(paint) + 1)) * width, paint


def test_a_hundred_short_slices_outweigh_the_one_that_is_longest() -> None:
    starts = np.arange(640, dtype=np.int64) * 100
    long = np.arange(640) == 400
    found = pyramid(starts, np.where(long, 70, 20), np.where(long, Paint.DTOH, Paint.KERNEL))
    assert 1 << int(found.buckets.shift[0]) == 64
    edges, paint = stretches(found, 0)
    # Of the 512 ns around it it runs for 70, four others for 20 each.
    assert set(paint[(edges[1:] > 0) & (edges[:-1] < 64_000)].tolist()) == {Paint.KERNEL}


@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(1, 5))
def test_a_stretch_of_any_level_shows_the_colour_that_runs_longest(seed: int, size: int, colours: int) -> None:
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 1 << random.integers(1, 12), size)
    gaps = random.integers(0, 1 << random.integers(1, 12), size) * (random.random(size) < 0.7)
    starts = np.cumsum(lengths + gaps) - lengths
    paints = random.integers(0, colours, size)
    found = pyramid(starts, lengths, paints)
    for level in range(int(found.levels[0])):
        edges, paint = stretches(found, level)
        low, high = np.maximum.outer(starts, edges[:-1]), np.minimum.outer(starts + lengths, edges[1:])
        inside = np.maximum(high - low, 0)
        times = np.array([inside[paints == colour].sum(axis=0) for colour in range(colours)])
        for place, colour in enumerate(paint.tolist()):
            most = times[:, place].max()
            assert times[colour, place] == most if most else colour == NO_PAINT


def test_stretches_between_slices_have_no_colour() -> None:
    starts = np.array([0, *range(100_000, 102_000, 10)], np.int64)
    found = pyramid(starts, np.full(201, 5), np.zeros(201))
    assert (MIN_BUCKETS << int(found.buckets.shift[0]), int(found.buckets.first[0])) == (2_048, -1)
    finest = found.paint[: found.offset[0, 1]].tolist()
    assert finest == [NO_PAINT, 0, *[NO_PAINT] * 47, 0, 0]


def test_a_row_without_slices_is_empty_at_every_zoom() -> None:
    mipmap = Mipmap.build(random_trace(1, size=5), [np.arange(5, dtype=np.int32)[:1], np.empty(0, np.int32)])
    for span in (20, 10_000, 10**9):
        share, paint = mipmap.pixels([0, 1], Viewport(0, span, 50).grid()[0])
        assert (share[1] == 0).all()
        assert (paint[1] == NO_PAINT).all()


@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 10**5))
def test_visible_and_long_slices_are_found_by_looking_at_few(
    seed: int, size: int, start: int, span: int, least: int
) -> None:
    trace = random_trace(seed, size=size)
    mipmap = made(trace)
    for number, tables in enumerate(mipmap.maps):
        starts, lengths = tables.starts, np.maximum(trace.dur[tables.rows], 1)
        first, last = mipmap.visible(number, start, start + span)
        seen = np.flatnonzero((starts < start + span) & (starts + lengths > start))
        assert list(range(first, last)) == seen.tolist()
        for few in (0, 10**6):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("profiler.timeline.mipmap._FEW_SLICES", few)  # through lists of maxima, or all starts
                found = mipmap.longer_than(number, first, last, least)
            assert found.tolist() == seen[lengths[seen] >= least].tolist()


def test_memory_stays_below_sixty_bytes_a_slice() -> None:
    trace = random_trace(1, size=50_000, disjoint=True)
    assert made(trace).nbytes / len(trace) <= 60
