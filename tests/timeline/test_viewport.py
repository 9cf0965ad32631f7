from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.viewport import MIN_SPAN_NS, Viewport

EPOCH = 1_760_000_000_000_000_000

starts = st.integers(-(10**12), 10**12) | st.integers(EPOCH, EPOCH + 10**15)
spans = st.integers(MIN_SPAN_NS, 10**13)
widths = st.integers(1, 4000)
viewports = st.builds(lambda start, span, width: Viewport(start, start + span, width), starts, spans, widths)


def test_time_becomes_pixels_and_back() -> None:
    view = Viewport(1_000, 3_000, 400)
    assert view.ns_per_px == 5
    assert view.x_of(np.array([1_000, 1_500, 3_000, 500])).tolist() == [0, 100, 400, -100]
    assert [view.time_at(x) for x in (0, 100, 400)] == [1_000, 1_500, 3_000]


@given(viewports, st.data())
def test_a_time_survives_the_round_trip_within_rounding(view: Viewport, data: st.DataObject) -> None:
    time = data.draw(st.integers(view.start_ns, view.end_ns))
    # Half a nanosecond of rounding, and the float64 of a place in a span of up to 2.8 hours.
    assert abs(view.time_at(float(view.x_of(time))) - time) <= 1 + view.span_ns // 10**15


def test_epoch_times_keep_their_nanoseconds() -> None:
    view = Viewport(EPOCH, EPOCH + 100, 100)
    assert view.x_of(np.array([EPOCH + 1, EPOCH + 99])).tolist() == [1, 99]


@given(viewports, st.floats(0.1, 20), st.floats(0, 1))
def test_zoom_keeps_the_instant_under_the_pointer(view: Viewport, factor: float, at: float) -> None:
    x = at * view.width_px
    before = view.time_at(x)
    zoomed = view.zoom(factor, x)
    assert zoomed.span_ns == max(round(view.span_ns / factor), MIN_SPAN_NS)
    assert abs(zoomed.time_at(x) - before) <= 2 + max(view.span_ns, zoomed.span_ns) // 10**15


@given(viewports, st.floats(-5000, 5000))
def test_pan_keeps_the_span(view: Viewport, dx: float) -> None:
    moved = view.pan(dx)
    assert moved.span_ns == view.span_ns
    assert abs(moved.start_ns - view.start_ns - dx * view.ns_per_px) <= 1


@given(viewports, starts, spans)
def test_clamp_stays_inside_and_keeps_what_fits(view: Viewport, start: int, span: int) -> None:
    clamped = view.clamp(start, start + span)
    assert start <= clamped.start_ns < clamped.end_ns <= start + span
    assert clamped.span_ns == min(view.span_ns, span)
    if start <= view.start_ns and view.end_ns <= start + span:
        assert clamped == view


def test_fit_leaves_the_margin_free() -> None:
    assert Viewport.fit(1_000, 2_000, 10, margin=0.1) == Viewport(900, 2_100, 10)
    assert Viewport.fit(0, 500, 10) == Viewport(0, 500, 10)


@pytest.mark.parametrize("end", [7, 8])
def test_fit_of_an_instant_is_a_view_that_holds_it(end: int) -> None:
    view = Viewport.fit(7, end, 10)
    assert view.span_ns == MIN_SPAN_NS
    assert view.start_ns <= 7
    assert end <= view.end_ns


@given(viewports)
def test_grid_covers_the_view_with_columns_of_one_width(view: Viewport) -> None:
    edges, first_x = view.grid()
    assert len(edges) == view.width_px + 2
    assert -1 < first_x <= 0
    assert edges[0] <= view.start_ns
    assert edges[-1] >= view.end_ns
    wide = np.diff(edges)
    assert wide.max() - wide.min() <= 1
    exact = [
        (view.start_ns * view.width_px // view.span_ns + column) * view.span_ns // view.width_px
        for column in (0, 1, view.width_px + 1)
    ]
    assert edges[[0, 1, view.width_px + 1]].tolist() == exact


@given(viewports, st.integers(1, 50))
def test_columns_do_not_move_while_panning(view: Viewport, columns: int) -> None:
    moved = view.pan(columns / 3)
    edges, others = view.grid()[0], moved.grid()[0]
    shared = set(edges.tolist()) & set(others.tolist())
    overlap = [edge for edge in edges.tolist() if others[0] <= edge <= others[-1]]
    assert set(overlap) == shared & set(overlap)


@pytest.mark.parametrize(("start", "end", "width"), [(5, 5, 10), (6, 5, 10), (0, 10, 0)])
def test_views_of_nothing_are_refused(start: int, end: int, width: int) -> None:
    with pytest.raises(ValueError, match=r"empty|width"):
        Viewport(start, end, width)


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_zoom_by_nonsense_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="zoom"):
        Viewport(0, 100, 10).zoom(factor, 5)
