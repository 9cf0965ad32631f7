from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.boxes import BoxKind
from profiler.timeline.layout import Style, stack_lanes
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.scene import Scene, make_scene
from profiler.timeline.spans import Spans, complement, intersect, union
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import Rows, random_trace

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


def drawn(trace: Trace, view: Viewport, exposed: dict[int, Spans] | None) -> Scene:
    timeline, style = Timeline(trace, exposed), Style()
    layout = stack_lanes(timeline.lanes, style)
    return make_scene(timeline, layout, view, measure=len, style=style)


def pipeline() -> Trace:
    rows = Rows()
    add(rows, "in", 7, 0, 400, **UP)
    add(rows, "kernel", 8, 300, 400)
    add(rows, "out", 9, 500, 300, **DOWN)
    return rows.trace()


def boxes(scene: Scene, kind: BoxKind) -> list[tuple[float, ...]]:
    mine = scene.boxes.kind == kind
    columns = (scene.boxes.lane, scene.boxes.x, scene.boxes.w, scene.boxes.y, scene.boxes.h)
    return sorted(zip(*(column[mine].tolist() for column in columns), strict=True))


def test_what_kernels_hide_is_a_band_and_the_rest_is_outlined() -> None:
    trace = pipeline()
    scene = drawn(trace, Viewport(0, 1000, 1000), exposed_of(trace))
    lanes = {place.lane.name: place for place in scene.layout.lanes}
    htod, compute, dtoh = lanes["HtoD"], lanes["compute"], lanes["DtoH"]
    assert boxes(scene, BoxKind.BAND) == [
        (htod.number, 300, 100, htod.y + 24, compute.y + 24 - htod.y - 24),
        (dtoh.number, 500, 200, compute.y, dtoh.y - compute.y),
    ]
    assert boxes(scene, BoxKind.EXPOSED) == [
        (htod.number, 0, 300, htod.y, 24),
        (dtoh.number, 700, 100, dtoh.y, 24),
        (lanes["stream 7"].number, 0, 300, lanes["stream 7"].y, 16),
        (lanes["stream 9"].number, 700, 100, lanes["stream 9"].y, 16),
    ]


def test_where_nothing_is_known_of_a_device_nothing_is_marked() -> None:
    for exposed in (None, {1: exposed_of(pipeline())[0]}):
        scene = drawn(pipeline(), Viewport(0, 1000, 1000), exposed)
        assert boxes(scene, BoxKind.BAND) == boxes(scene, BoxKind.EXPOSED) == []


def test_without_a_compute_lane_there_are_no_bands() -> None:
    rows = Rows()
    add(rows, "in", 7, 0, 400, **UP)
    trace = rows.trace()
    scene = drawn(trace, Viewport(0, 1000, 1000), exposed_of(trace))
    assert boxes(scene, BoxKind.BAND) == []
    assert [(x, w) for _, x, w, _, _ in boxes(scene, BoxKind.EXPOSED)] == [(0, 400)] * 2


def test_short_pieces_become_bars_as_high_as_they_fill_their_pixel() -> None:
    rows = Rows()
    for start in range(0, 4_000, 100):
        add(rows, "in", 7, start, 50, **UP)
    for start in range(2_000, 4_000, 100):
        add(rows, "k", 8, start, 60)
    trace = rows.trace()
    scene = drawn(trace, Viewport(0, 5_000, 5), exposed_of(trace))
    mine = (scene.boxes.kind == BoxKind.EXPOSED) & (scene.boxes.lane == 0)
    assert list(zip(scene.boxes.x[mine], scene.boxes.w[mine], scene.boxes.row[mine], strict=True)) == [(0, 2, -1)]
    assert scene.boxes.share[mine].tolist() == [0.5]
    assert scene.boxes.h[mine].tolist() == [12]
    assert scene.boxes.y[mine].tolist() == [scene.layout.lanes[0].y + 12]
    bands = scene.boxes.kind == BoxKind.BAND
    assert list(zip(scene.boxes.x[bands], scene.boxes.w[bands], scene.boxes.share[bands], strict=True)) == [(2, 2, 0.5)]
    assert scene.boxes.paint[bands].tolist() == [Paint.HTOD]


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
    scene = make_scene(timeline, stack_lanes(timeline.lanes, Style()), view, measure=len, style=Style())
    marks = scene.boxes.kind == BoxKind.EXPOSED
    for place in np.flatnonzero(marks & (scene.boxes.row >= 0)).tolist():
        times = [view.time_at(scene.boxes.x[place]), view.time_at(scene.boxes.x[place] + scene.boxes.w[place])]
        assert any(first - 1 <= times[0] and times[1] <= last + 1 for first, last in bare)


@pytest.mark.parametrize("pixels", [300, 3_000, 30_000])
def test_a_pixel_with_short_pieces_shows_the_kind_that_fills_more(pixels: int) -> None:
    rng, rows = np.random.default_rng(3), Rows()
    for stream, kind in ((0, UP), (1, {})):
        lengths, gaps = rng.integers(50, 500, 800), rng.integers(0, 500, 800)
        for ts, dur in zip((np.cumsum(lengths + gaps) - lengths).tolist(), lengths.tolist(), strict=True):
            add(rows, "work", stream, ts, dur, **kind)
    trace = rows.trace()
    view = Viewport(0, 600_000, pixels)
    scene, columns = drawn(trace, view, exposed_of(trace)), {}
    timeline = Timeline(trace, exposed_of(trace))
    for kind, part in ((BoxKind.EXPOSED, timeline.exposed.of_row(0)), (BoxKind.BAND, timeline.hidden.of_row(0))):
        short = part.ends - part.starts < view.ns_per_px
        place = view.x_of(part.starts[short]).astype(int)
        filled = np.bincount(place, weights=(part.ends - part.starts)[short], minlength=pixels)[:pixels]
        mine = (scene.boxes.lane == 0) & (scene.boxes.row < 0) & (scene.boxes.kind == kind)
        shown = np.zeros(pixels, bool)
        for x, w in zip(scene.boxes.x[mine].astype(int), scene.boxes.w[mine].astype(int), strict=True):
            shown[x : x + w] = True
        columns[kind] = (filled, shown)
    (bare, outlined), (covered, banded) = columns[BoxKind.EXPOSED], columns[BoxKind.BAND]
    assert outlined.any()
    assert (outlined == ((bare > 0) & (bare >= covered))).all()
    assert (banded == (covered > bare)).all()
