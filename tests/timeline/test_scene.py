from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.boxes import Boxes, BoxKind
from profiler.timeline.keys import LaneKind
from profiler.timeline.layout import Style, stack_lanes
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.scene import Scene, drawn_rows, make_scene
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import US, Rows, batch_one, pipeline, random_trace

STREAM = Track(TrackKind.STREAM, "stream 7", device=0, stream=7)


def letters(text: str) -> float:
    return 6.0 * len(text)


def scene_of(trace: Trace, view: Viewport, style: Style | None = None) -> tuple[Timeline, Scene]:
    timeline, style = Timeline(trace), style or Style()
    layout = stack_lanes(timeline.lanes, style)
    return timeline, make_scene(timeline, layout, view, measure=letters, style=style)


def one_stream(*slices: tuple[int, int], **more: int) -> Trace:
    rows = Rows()
    for ts, dur in slices:
        rows.add(f"kernel {ts}", STREAM, ts, dur, Category.KERNEL, device=0, stream=7, **more)
    return rows.trace()


def table(boxes: Boxes, kind: BoxKind, lane: int) -> list[tuple[float, float, int]]:
    mine = (boxes.kind == kind) & (boxes.lane == lane)
    return list(zip(boxes.x[mine].tolist(), boxes.w[mine].tolist(), boxes.row[mine].tolist(), strict=True))


def test_batch_one_is_drawn_to_the_pixel() -> None:
    timeline, scene = scene_of(batch_one(), Viewport(0, 110 * US, 1100))
    assert [lane.name for lane in timeline.lanes[:4]] == ["HtoD", "compute", "DtoH", "stream 0"]
    boxes = scene.boxes
    assert table(boxes, BoxKind.SOLID, 0) == [(50, 260, 1)]
    assert table(boxes, BoxKind.SOLID, 1) == [(310, 200, 3), (510, 300, 5), (810, 250, 7)]
    assert table(boxes, BoxKind.SOLID, 2) == [(1060, 40, 9)]
    assert table(boxes, BoxKind.SOLID, 3) == [(50, 260, 1), (310, 200, 3), (510, 300, 5), (810, 250, 7), (1060, 40, 9)]
    tops = {place.number: place.y for place in scene.layout.lanes}
    assert boxes.y[boxes.kind == BoxKind.SOLID].tolist() == [
        tops[lane] for lane in boxes.lane[boxes.kind == BoxKind.SOLID]
    ]
    assert set(boxes.paint[(boxes.lane == 3)].tolist()) == {Paint.HTOD, Paint.KERNEL, Paint.DTOH}
    assert [label.text for label in scene.labels if label.row == 5] == ["conv3x3<float, 256>"] * 2
    assert scene.ruler.labels[:2] == ("0 µs", "10 µs")


def test_a_slice_that_waits_has_a_thin_box_before_it() -> None:
    trace = one_stream((500, 300), queued_ns=100)
    timeline, scene = scene_of(trace, Viewport(0, 1000, 1000))
    waits = np.flatnonzero(scene.boxes.kind == BoxKind.WAIT)
    (place,) = waits.tolist()
    boxes, lane = scene.boxes, scene.layout.lanes[1]
    assert (boxes.x[place], boxes.w[place], boxes.row[place], boxes.paint[place]) == (100, 400, 0, Paint.WAIT)
    assert timeline.lanes[boxes.lane[place]].kind == LaneKind.STREAM
    assert boxes.h[place] == Style().wait_px
    assert boxes.y[place] + boxes.h[place] / 2 == lane.y + lane.height / 2


def test_a_wait_shows_before_its_slice_comes_into_view() -> None:
    _, scene = scene_of(one_stream((500, 300), queued_ns=100), Viewport(0, 400, 400))
    assert table(scene.boxes, BoxKind.WAIT, 1) == [(100, 300, 0)]
    assert table(scene.boxes, BoxKind.SOLID, 1) == []


def test_slices_are_cut_at_the_edges_of_the_view() -> None:
    _, scene = scene_of(one_stream((0, 100), (150, 100)), Viewport(50, 200, 150))
    assert table(scene.boxes, BoxKind.SOLID, 0) == [(0, 50, 0), (100, 50, 1)]


def test_a_lonely_short_slice_is_a_pixel_wide_and_keeps_its_row() -> None:
    _, scene = scene_of(one_stream((10_000, 3), (50_000, 0), (99_999, 1)), Viewport(0, 100_000, 100))
    assert table(scene.boxes, BoxKind.SOLID, 0) == [(10, 1, 0), (50, 1, 1), (99, 1, 2)]


def test_short_slices_that_share_a_pixel_are_one_box_that_counts_them() -> None:
    trace = one_stream((1_000, 200), (1_300, 200), (1_600, 200), (2_100, 300), (2_500, 300), (9_000, 500))
    _, scene = scene_of(trace, Viewport(0, 10_000, 10))
    boxes = scene.boxes
    merged = np.flatnonzero((boxes.kind == BoxKind.DENSITY) & (boxes.lane == 0))
    assert [(boxes.x[i], boxes.w[i], boxes.count[i], boxes.row[i]) for i in merged] == [(1, 2, 5, -1)]
    assert boxes.share[merged] == pytest.approx([4 / 6])
    assert table(boxes, BoxKind.SOLID, 0) == [(9, 1, 5)]


def test_crowded_rows_are_a_density_with_the_long_slices_on_top() -> None:
    slices = [(start, 80) for start in range(0, 100_000, 100)]
    slices[500] = (50_000, 20_000)
    kept = [entry for entry in slices if entry == slices[500] or not 50_000 <= entry[0] < 70_000]
    _, scene = scene_of(one_stream(*kept), Viewport(0, 100_000, 100), Style(max_boxes_in_row=50))
    assert table(scene.boxes, BoxKind.SOLID, 0) == [(50, 20, 500)]
    density = scene.density
    assert density.lane.tolist() == [0, 1]
    assert density.x == 0
    share = density.share[0]
    assert share[:50] == pytest.approx(np.full(50, 0.8), abs=0.02)
    assert (share[50:70] == 0).all()
    assert share[71:100] == pytest.approx(np.full(29, 0.8), abs=0.02)
    runs = Boxes.joined(density.boxes())
    assert [
        (x, w, round(share, 3))
        for x, w, share, lane in zip(runs.x, runs.w, runs.share, runs.lane, strict=True)
        if lane == 0
    ] == [
        (0, 50, 0.833),
        (70, 30, 0.833),
    ]


def test_a_trace_of_nothing_is_an_empty_scene() -> None:
    _, scene = scene_of(Trace({}), Viewport(0, 1000, 100))
    assert len(scene.boxes) == 0
    assert len(scene.density.y) == 0
    assert scene.labels == ()
    assert scene.layout.height == 0


def test_boxes_are_painted_from_the_bands_up() -> None:
    _, scene = scene_of(pipeline(), Viewport(0, 1_700 * US, 1000))
    assert (np.diff(scene.boxes.kind.astype(int)) >= 0).all()


@st.composite
def views(draw: st.DrawFn) -> tuple[Trace, Viewport, Style]:
    trace = random_trace(draw(st.integers(0, 10**6)), size=draw(st.integers(0, 300)), disjoint=draw(st.booleans()))
    start = draw(st.integers(0, 900_000))
    view = Viewport(
        start, start + draw(st.sampled_from([100, 5_000, 100_000, 2_000_000])), draw(st.sampled_from([50, 400]))
    )
    return trace, view, Style(max_boxes_in_row=draw(st.sampled_from([0, 10, 2000])))


@given(views())
def test_every_slice_in_view_is_drawn_in_its_rows_and_nothing_leaves_the_view(
    case: tuple[Trace, Viewport, Style],
) -> None:
    trace, view, style = case
    timeline, scene = scene_of(trace, view, style)
    boxes = scene.boxes
    assert (boxes.x >= 0).all()
    assert (boxes.x + boxes.w <= view.width_px + 1e-9).all()
    drawn = Boxes.joined([boxes, *scene.density.boxes()])
    shown = (drawn.kind == BoxKind.SOLID) | (drawn.kind == BoxKind.DENSITY)
    for _, place in drawn_rows(timeline, scene.layout):
        first, last = timeline.mipmap.visible(place.number, view.start_ns, view.end_ns)
        mine = shown & (drawn.lane == place.lane) & (drawn.y == place.y)
        left, right = drawn.x[mine], (drawn.x + drawn.w)[mine]
        for row in timeline.mipmap.maps[place.number].rows[first:last].tolist():
            ends = np.array([trace.ts[row], trace.ts[row] + max(int(trace.dur[row]), 1)])
            x, end = np.clip(view.x_of(ends), 0, view.width_px)
            seen = min((x + end) / 2, view.width_px - 0.5)
            assert ((left - 1 <= seen) & (seen <= right + 1)).any()


@given(views())
def test_labels_lie_inside_their_boxes(case: tuple[Trace, Viewport, Style]) -> None:
    trace, view, style = case
    _, scene = scene_of(trace, view, style)
    boxes = scene.boxes
    solid = boxes.kind == BoxKind.SOLID
    for label in scene.labels:
        half = letters(label.text) / 2
        holds = (
            solid
            & (boxes.row == label.row)
            & (boxes.x <= label.x - half)
            & (label.x + half <= boxes.x + boxes.w)
            & (np.abs(boxes.y + boxes.h / 2 - label.y) < 1e-9)
        )
        assert holds.any()
        assert label.text


@given(views())
def test_exact_boxes_are_where_the_times_say(case: tuple[Trace, Viewport, Style]) -> None:
    trace, view, style = case
    _, scene = scene_of(trace, view, style)
    boxes = scene.boxes
    solid = (boxes.kind == BoxKind.SOLID) & (boxes.w > 1)
    start = trace.ts[boxes.row[solid]]
    end = start + np.maximum(trace.dur[boxes.row[solid]], 1)
    assert boxes.x[solid] == pytest.approx(np.clip(view.x_of(start), 0, view.width_px), abs=1e-6)
    assert (boxes.x + boxes.w)[solid] == pytest.approx(np.clip(view.x_of(end), 0, view.width_px), abs=1e-6)
