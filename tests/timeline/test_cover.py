from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.timeline.buckets import STRETCH_SHIFT
from profiler.timeline.cover import build_cover, cover_in_view
from profiler.timeline.fullest import NO_PAINT
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint, paint_of
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from tests.timeline.synthetic import Rows, random_trace


def together(timeline: Timeline, numbers: list[int], edges: np.ndarray) -> np.ndarray:
    """Share of each pixel in which any slice runs, nanosecond by nanosecond."""
    line = np.zeros(int(edges[-1] - edges[0]), bool)
    for number in numbers:
        rows = timeline.mipmap.maps[number].rows
        starts = timeline.trace.ts[rows] - int(edges[0])
        for start, end in zip(
            starts.tolist(), (starts + np.maximum(timeline.trace.dur[rows], 1)).tolist(), strict=True
        ):
            line[max(start, 0) : max(end, 0)] = True
    return np.array([line[a:b].mean() for a, b in zip((edges - edges[0])[:-1], (edges - edges[0])[1:], strict=True)])


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(0, 900_000), st.sampled_from([800, 20_000, 10**6]))
def test_what_is_in_view_is_united_exactly(seed: int, size: int, start: int, span: int) -> None:
    timeline = Timeline(random_trace(seed, size=size))
    numbers = list(range(len(timeline.mipmap.maps)))
    edges, _ = Viewport(start, start + span, 60).grid()
    views = [timeline.mipmap.visible(number, int(edges[0]), int(edges[-1])) for number in numbers]
    share, paint = cover_in_view(timeline.mipmap, numbers, views, edges)
    assert share[0] == pytest.approx(together(timeline, numbers, edges), abs=1e-6)
    assert ((share > 0) == (paint != NO_PAINT)).all()
    times = by_colour(timeline, numbers, edges)
    shown = np.flatnonzero(paint[0] != NO_PAINT)
    assert (times[paint[0, shown], shown] == times[:, shown].max(axis=0)).all()


def by_colour(timeline: Timeline, numbers: list[int], edges: np.ndarray) -> np.ndarray:
    """How long slices of each colour run in each pixel, ns, those that overlap all counted."""
    rows = np.concatenate([timeline.mipmap.maps[number].rows for number in numbers])
    starts = timeline.trace.ts[rows]
    ends = starts + np.maximum(timeline.trace.dur[rows], 1)
    inside = np.maximum(np.minimum.outer(ends, edges[1:]) - np.maximum.outer(starts, edges[:-1]), 0)
    paints = paint_of(timeline.trace)[rows]
    return np.array([inside[paints == colour].sum(axis=0) for colour in range(len(Paint))])


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_of_a_cover_have_the_colour_that_runs_longest(seed: int) -> None:
    timeline = Timeline(random_trace(seed, size=3_000, tracks=5, span=300_000))
    numbers = list(range(len(timeline.mipmap.maps)))
    cover = build_cover(timeline.mipmap, numbers)
    ends = [*cover.pyramid.offset[0][1:].tolist(), len(cover.pyramid.paint)]
    for level, (start, end) in enumerate(zip(cover.pyramid.offset[0].tolist(), ends, strict=True)):
        first = (int(cover.buckets.first[0]) >> STRETCH_SHIFT) >> level
        width = 1 << (int(cover.buckets.shift[0]) + STRETCH_SHIFT + level)
        edges = cover.buckets.origin + (first + np.arange(end - start + 1)) * width
        paint, times = cover.pyramid.paint[start:end], by_colour(timeline, numbers, edges)
        assert ((times.max(axis=0) > 0) == (paint != NO_PAINT)).all()
        shown = np.flatnonzero(paint != NO_PAINT)
        assert (times[paint[shown], shown] == times[:, shown].max(axis=0)).all()


@pytest.mark.parametrize("seed", range(3))
def test_zoomed_out_a_cover_is_as_true_as_a_row(seed: int) -> None:
    timeline = Timeline(random_trace(seed, size=30_000, tracks=5, disjoint=True, span=3_000_000))
    numbers = list(range(len(timeline.mipmap.maps)))[-5:]
    cover = build_cover(timeline.mipmap, numbers)
    edges, _ = Viewport(timeline.start_ns, timeline.end_ns, 300).grid()
    assert cover.buckets.are_fine(np.zeros(1, np.int64), float(np.diff(edges).mean()))[0]
    share, paint = cover.pixels(edges)
    exact = together(timeline, numbers, edges)
    assert np.abs(share[0] - exact).mean() <= 0.005
    assert (share[0][exact > 0] > 0).all()
    assert set(np.unique(paint).tolist()) <= {int(paint) for paint in Paint} | {NO_PAINT}


def test_a_group_of_many_slices_is_estimated_until_its_union_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiler.timeline.model._COVERED_AT_ONCE", 0)
    timeline = Timeline(random_trace(1, size=300))
    numbers = tuple(range(len(timeline.mipmap.maps)))
    assert timeline.cover_of(numbers) is None
    timeline.add_cover(numbers)
    assert timeline.cover_of(numbers) is not None


def test_a_pixel_of_a_group_has_the_colour_of_what_fills_it() -> None:
    rows = Rows()
    for stream, (name, start, dur, category, kind) in enumerate(
        [("in", 0, 400, Category.MEMCPY, 1), ("k", 300, 500, Category.KERNEL, 0), ("out", 900, 50, Category.MEMCPY, 2)]
    ):
        track = Track(TrackKind.STREAM, "", device=0, stream=stream)
        rows.add(name, track, start, dur, category, device=0, stream=stream, memcpy_kind=kind)
    timeline = Timeline(rows.trace())
    numbers = list(range(len(timeline.mipmap.maps)))
    edges, _ = Viewport(0, 1000, 10).grid()
    views = [timeline.mipmap.visible(number, 0, 1000) for number in numbers]
    _, paint = cover_in_view(timeline.mipmap, numbers, views, edges)
    assert paint[0][:10].tolist() == [Paint.HTOD] * 3 + [paint[0][3]] + [Paint.KERNEL] * 4 + [NO_PAINT, Paint.DTOH]
    _, zoomed_out = build_cover(timeline.mipmap, numbers).pixels(Viewport(0, 4000, 4).grid()[0])
    assert zoomed_out[0][0] in (Paint.KERNEL, Paint.HTOD)
    assert zoomed_out[0][2] == NO_PAINT
