from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.arrange import Strip, arrange
from profiler.timeline.frame import Frame, make_frame
from profiler.timeline.frame_copies import anchors_of
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import PixelBoxes, PixelLines
from profiler.timeline.spans import Spans, complement, intersect, union
from profiler.timeline.tree import lane_tree
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import Rows, random_trace
from tests.timeline.test_arrange import Chosen

UP, DOWN = {"memcpy_kind": MemcpyKind.HTOD}, {"memcpy_kind": MemcpyKind.DTOH}


def add(rows: Rows, name: str, stream: int, ts: int, dur: int, **more: int) -> None:
    track = Track(TrackKind.STREAM, f"stream {stream}", device=0, stream=stream)
    category = Category.MEMCPY if more else Category.KERNEL
    rows.add(name, track, ts, dur, category, device=0, stream=stream, **more)


def exposed_of(trace: Trace) -> dict[int, Spans]:
    ends = trace.ts + trace.dur
    copies = (trace.category == Category.MEMCPY) & np.isin(trace["memcpy_kind"], (MemcpyKind.HTOD, MemcpyKind.DTOH))
    kernels = trace.category == Category.KERNEL
    compute = union(trace.ts[kernels], ends[kernels])
    starts, stops, _ = intersect(union(trace.ts[copies], ends[copies]), complement(compute, -(10**9), 10**12))
    return {0: (starts, stops)}


def drawn(trace: Trace, view: Viewport, exposed: dict[int, Spans] | None) -> tuple[Frame, dict[str, Strip]]:
    timeline = Timeline(trace, exposed)
    strips = arrange(lane_tree(trace, timeline.lanes), timeline.lanes, Chosen(), Style()).strips
    placed = [(strip, strip.y) for strip in strips]
    anchors = anchors_of(timeline, placed)
    frame = make_frame(timeline, placed, view, Style(), lambda *_: "", strips[-1].bottom, anchors)
    return frame, {strip.node.title: strip for strip in strips}


def pipeline() -> Trace:
    rows = Rows()
    add(rows, "in", 7, 0, 400, **UP)
    add(rows, "kernel", 8, 300, 400)
    add(rows, "out", 9, 500, 300, **DOWN)
    return rows.trace()


def table(boxes: PixelBoxes) -> list[tuple[int, ...]]:
    return sorted(zip(*(getattr(boxes, name).tolist() for name in ("y", "x", "w", "h")), strict=True))


def spans_of(lines: PixelLines) -> list[tuple[int, ...]]:
    """Top, first pixel, pixels and height of each line that shows anything."""
    found = []
    for line in range(len(lines)):
        shown = np.flatnonzero(lines.share[line])
        found += [(int(lines.y[line]), int(shown[0]), len(shown), int(lines.h[line]))] if len(shown) else []
    return sorted(found)


def test_what_kernels_hide_is_a_band_and_the_rest_is_outlined() -> None:
    trace = pipeline()
    frame, strips = drawn(trace, Viewport(0, 1000, 1000), exposed_of(trace))
    htod, compute, dtoh = strips["HtoD"], strips["compute"], strips["DtoH"]
    assert spans_of(frame.copies.bands) == [
        (htod.bottom, 300, 100, compute.bottom - htod.bottom),
        (compute.y, 500, 200, dtoh.y - compute.y),
    ]
    assert table(frame.copies.outlines) == [
        (htod.y, 0, 300, 24),
        (dtoh.y, 700, 100, 24),
        (strips["stream 7"].y, 0, 300, 16),
        (strips["stream 9"].y, 700, 100, 16),
    ]
    assert not frame.copies.bars.share.any()


def test_where_nothing_is_known_of_a_device_nothing_is_marked() -> None:
    for exposed in (None, {1: exposed_of(pipeline())[0]}):
        copies = drawn(pipeline(), Viewport(0, 1000, 1000), exposed)[0].copies
        assert len(copies.outlines) == len(copies.bars) == len(copies.bands) == 0


def test_without_a_compute_lane_there_are_no_bands() -> None:
    rows = Rows()
    add(rows, "in", 7, 0, 400, **UP)
    trace = rows.trace()
    copies = drawn(trace, Viewport(0, 1000, 1000), exposed_of(trace))[0].copies
    assert len(copies.bands) == 0
    assert [(x, w) for _, x, w, _ in table(copies.outlines)] == [(0, 400)] * 2


def test_short_pieces_become_bars_as_high_as_they_fill_their_pixel() -> None:
    rows = Rows()
    for start in range(0, 4_000, 200):
        add(rows, "in", 7, start, 100, **UP)
    for start in range(2_000, 4_000, 200):
        add(rows, "k", 8, start, 120)
    trace = rows.trace()
    frame, strips = drawn(trace, Viewport(0, 5_000, 5), exposed_of(trace))
    line = np.flatnonzero(frame.copies.bars.y == strips["HtoD"].y)[0]
    assert frame.copies.bars.share[line].tolist() == [0.5, 0.5, 0, 0, 0, 0]
    assert frame.copies.bands.share[0].tolist() == [0, 0, 0.5, 0.5, 0, 0]
    assert set(frame.copies.bands.paint[0].tolist()) == {Paint.HTOD}


@given(st.integers(0, 10**6), st.integers(1, 150), st.integers(0, 500_000), st.sampled_from([2_000, 60_000, 10**6]))
def test_marks_add_up_to_the_exposed_and_hidden_time(seed: int, size: int, start: int, span: int) -> None:
    trace = random_trace(seed, size=size, disjoint=True)
    exposed = exposed_of(trace)
    timeline = Timeline(trace, exposed)
    bare = list(zip(exposed[0][0].tolist(), exposed[0][1].tolist(), strict=True))
    for number, tables in enumerate(timeline.mipmap.maps):
        rows, parts = tables.rows, [timeline.exposed.of_row(number), timeline.hidden.of_row(number)]
        copies = rows[np.isin(timeline.mipmap.paint_of_rows(rows), (Paint.HTOD, Paint.DTOH))]
        lengths = [int((part.ends - part.starts).sum()) for part in parts]
        assert sum(lengths) == trace.dur[copies].sum()
        both, _, _ = intersect(*((part.starts, part.ends) for part in parts))
        assert len(both) == 0
        inside = intersect((parts[0].starts, parts[0].ends), exposed[0])
        assert (inside[1] - inside[0]).sum() == lengths[0]
    view = Viewport(start, start + span, 200)
    frame, _ = drawn(trace, view, exposed)
    edges, _ = view.grid()
    for _, x, w, _ in table(frame.copies.outlines):
        first, last = int(edges[x]), int(edges[x + w])
        assert any(low < first + view.ns_per_px + 1 and last - view.ns_per_px - 1 < high for low, high in bare)


@pytest.mark.parametrize("pixels", [300, 3_000])
def test_a_pixel_with_short_pieces_shows_the_kind_that_fills_more(pixels: int) -> None:
    rng, rows = np.random.default_rng(3), Rows()
    for stream, kind in ((0, UP), (1, {})):
        lengths, gaps = rng.integers(50, 500, 800), rng.integers(0, 500, 800)
        for ts, dur in zip((np.cumsum(lengths + gaps) - lengths).tolist(), lengths.tolist(), strict=True):
            add(rows, "work", stream, ts, dur, **kind)
    trace = rows.trace()
    view = Viewport(0, 600_000, pixels)
    frame, strips = drawn(trace, view, exposed_of(trace))
    timeline, (edges, _) = Timeline(trace, exposed_of(trace)), view.grid()

    def filled(part: object) -> np.ndarray:
        inside = np.minimum.outer(part.ends, edges[1:]) - np.maximum.outer(part.starts, edges[:-1])
        return np.maximum(inside, 0).sum(axis=0)

    bare, covered = filled(timeline.exposed.of_row(0)), filled(timeline.hidden.of_row(0))
    shown = np.zeros(len(edges) - 1, bool)
    for line in np.flatnonzero(frame.copies.bars.y == strips["HtoD"].y).tolist():
        shown |= frame.copies.bars.share[line] > 0
    for y, x, w, _ in table(frame.copies.outlines):
        if y == strips["HtoD"].y:
            shown[x : x + w] = True
    assert shown[(bare > 0) & (bare >= covered)].all()
    # An outline reaches over every pixel that its piece touches, a bar stands only where more is exposed than hidden.
    assert (shown & (bare == 0)).sum() == 0
    assert (frame.copies.bands.share[0] > 0).tolist() == (covered > bare).tolist()
