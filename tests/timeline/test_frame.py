"""Pictures against a slow oracle: every slice, every pixel, by its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.timeline.arrange import Strip, arrange
from profiler.timeline.frame import Frame, make_frame
from profiler.timeline.frame_copies import anchors_of
from profiler.timeline.keys import LaneKind
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.tree import lane_tree
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import US, Rows, batch_one, pipeline, random_trace
from tests.timeline.test_arrange import Chosen
from tests.timeline.test_copies import exposed_of

STREAM = Track(TrackKind.STREAM, "stream 7", device=0, stream=7)


def fit(text: str, room: float) -> str:
    return text if 6 * len(text) <= room else ""


def pictured(timeline: Timeline, view: Viewport, **choices: object) -> tuple[Frame, list[tuple[Strip, float]]]:
    tree = lane_tree(timeline.trace, timeline.lanes)
    arrangement = arrange(tree, timeline.lanes, Chosen(**choices), Style())
    strips = [(strip, strip.y) for strip in arrangement.strips]
    anchors = anchors_of(timeline, strips)
    return make_frame(timeline, strips, view, Style(), fit, arrangement.height, anchors), strips


def lit(frame: Frame, y: int, pixels: int) -> np.ndarray:
    """Which pixels of a row show anything."""
    shown = np.zeros(pixels, bool)
    for line in np.flatnonzero(frame.lines.y == y).tolist():
        shown |= frame.lines.share[line][:pixels] > 0
    mine = frame.boxes.y == y
    for x, w in zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True):
        shown[x : x + w] = True
    return shown


def filled(frame: Frame, y: int, pixels: int) -> np.ndarray:
    """How much of each pixel of a row is shown as busy."""
    share = np.zeros(pixels)
    for line in np.flatnonzero(frame.lines.y == y).tolist():
        share += frame.lines.share[line][:pixels]
    mine = frame.boxes.y == y
    for x, w in zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True):
        share[x : x + w] = 1
    return share


def exact(starts: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> np.ndarray:
    low, high = np.maximum.outer(starts, edges[:-1]), np.minimum.outer(ends, edges[1:])
    return np.maximum(high - low, 0).sum(axis=0)


@settings(deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 500),
    st.integers(0, 900_000),
    st.sampled_from([300, 5_000, 10**5, 2 * 10**6]),
    st.sampled_from([90, 640]),
    st.booleans(),
)
def test_no_busy_pixel_is_left_empty(seed: int, size: int, start: int, span: int, width: int, disjoint: bool) -> None:
    timeline = Timeline(random_trace(seed, size=size, disjoint=disjoint))
    view = Viewport(start, start + span, width)
    frame, _ = pictured(timeline, view)
    edges, _ = view.grid()
    for row in frame.rows:
        tables = timeline.mipmap.maps[row.number]
        ends = tables.starts + np.maximum(timeline.trace.dur[tables.rows], 1)
        busy = exact(tables.starts, ends, edges) > 0
        assert lit(frame, row.y, len(busy))[busy].all()


@pytest.mark.parametrize("zoom", [1, 4, 30, 400])
@pytest.mark.parametrize("seed", range(3))
def test_the_busy_share_of_a_lane_is_the_exact_one(seed: int, zoom: int) -> None:
    timeline = Timeline(random_trace(seed, size=60_000, tracks=6, disjoint=True, span=200_000_000))
    whole = timeline.end_ns - timeline.start_ns
    view = Viewport(timeline.start_ns + whole // 3, timeline.start_ns + whole // 3 + whole // (2 * zoom), 1400)
    frame, _ = pictured(timeline, view)
    edges, _ = view.grid()
    for row in frame.rows:
        tables = timeline.mipmap.maps[row.number]
        ends = tables.starts + np.maximum(timeline.trace.dur[tables.rows], 1)
        true = exact(tables.starts, ends, edges) / np.diff(edges)
        drawn = filled(frame, row.y, len(true))
        assert abs(drawn.mean() - true.mean()) <= 0.005


def test_crowded_rows_are_lines_and_their_long_slices_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiler.timeline.frame.MOST_BOXES", 100)
    rows = Rows()
    for place in range(400):
        rows.add("short", STREAM, place * 100, 60, Category.KERNEL, device=0, stream=7)
    rows.add("a long one", STREAM, 50_000, 20_000, Category.KERNEL, device=0, stream=7)
    timeline = Timeline(rows.trace())
    frame, _ = pictured(timeline, Viewport(0, 100_000, 1000))
    long = len(timeline.trace) - 1
    assert set(frame.boxes.row.tolist()) == {long}
    assert (frame.boxes.x[0], frame.boxes.w[0]) == (500, 200)
    assert [caption.text for caption in frame.captions] == ["a long one"] * 2
    line = frame.lines.share[0]
    assert line[:400].sum() == pytest.approx(240, rel=1e-3)
    assert line[500:700].tolist() == [1.0] * 200
    assert (frame.lines.paint[0][:399] == Paint.KERNEL).all()


def test_few_slices_are_boxes_of_whole_pixels_that_abut() -> None:
    timeline = Timeline(batch_one())
    frame, _ = pictured(timeline, Viewport(0, 110 * US, 1100))
    compute = next(row for row in frame.rows if timeline.lanes[row.lane].name == "compute")
    mine = frame.boxes.y == compute.y
    assert sorted(zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True)) == [
        (310, 200),
        (510, 300),
        (810, 250),
    ]
    assert len(frame.lines) == 0


def test_instants_and_slices_below_a_pixel_mark_their_pixel() -> None:
    rows = Rows()
    for place, dur in enumerate((0, 1, 30)):
        rows.add("x", STREAM, 1000 + 40_000 * place, dur, Category.KERNEL, device=0, stream=7)
    frame, _ = pictured(Timeline(rows.trace()), Viewport(0, 100_000, 1000))
    line = frame.lines.share[0]
    assert np.flatnonzero(line).tolist() == [10, 410, 810]
    assert line[[10, 410, 810]].tolist() == pytest.approx([0.01, 0.01, 0.3])


def test_a_pixel_that_two_slices_share_has_the_colour_of_the_one_that_fills_more_of_it() -> None:
    rows = Rows()
    rows.add("in", STREAM, 1_020, 160, Category.MEMCPY, device=0, stream=7, memcpy_kind=1)
    rows.add("k", STREAM, 1_180, 300, Category.KERNEL, device=0, stream=7)
    timeline = Timeline(rows.trace())
    frame, _ = pictured(timeline, Viewport(0, 10_000, 100))
    stream = next(row for row in frame.rows if timeline.lanes[row.lane].kind == LaneKind.STREAM)
    line = np.flatnonzero(frame.lines.y == stream.y)[0]
    assert np.flatnonzero(frame.lines.share[line]).tolist() == [10, 11, 14]
    assert frame.lines.share[line][[10, 11, 14]].tolist() == pytest.approx([0.8, 1.0, 0.8])
    assert frame.lines.paint[line][[10, 11, 14]].tolist() == [Paint.HTOD, Paint.HTOD, Paint.KERNEL]
    mine = frame.boxes.y == stream.y
    assert list(zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True)) == [(12, 2)]


def test_several_slices_in_a_pixel_become_a_line_as_strong_as_they_fill_it() -> None:
    rows = Rows()
    for place in range(4):
        rows.add("x", STREAM, 1000 + 20 * place, 10, Category.KERNEL, device=0, stream=7)
    frame, _ = pictured(Timeline(rows.trace()), Viewport(0, 100_000, 1000))
    assert len(frame.boxes) == 0
    assert frame.lines.share[0][10] == pytest.approx(0.4)
    assert np.count_nonzero(frame.lines.share[0]) == 1


def test_waiting_is_thin_and_ends_where_the_slice_starts() -> None:
    rows = Rows()
    rows.add("k", STREAM, 5_000, 1_000, Category.KERNEL, device=0, stream=7, queued_ns=2_000)
    frame, strips = pictured(Timeline(rows.trace()), Viewport(0, 10_000, 100))
    waits = frame.waits
    assert (waits.x.tolist(), waits.w.tolist(), waits.h.tolist()) == ([20], [30], [Style().wait_px])
    lane = next(y for strip, y in strips if strip.node.title == "stream 7")
    assert lane < waits.y[0] < lane + Style().row_px[LaneKind.STREAM]


def test_a_wait_shows_before_its_slice_comes_into_view() -> None:
    rows = Rows()
    rows.add("k", STREAM, 5_000, 1_000, Category.KERNEL, device=0, stream=7, queued_ns=2_000)
    frame, _ = pictured(Timeline(rows.trace()), Viewport(0, 4_000, 40))
    assert (frame.waits.x.tolist(), frame.waits.w.tolist()) == ([20], [21])
    assert len(frame.boxes) == 0


def test_slices_are_cut_at_the_edges_of_the_view() -> None:
    rows = Rows()
    for ts in (0, 150):
        rows.add("k", STREAM, ts, 100, Category.KERNEL, device=0, stream=7)
    frame, _ = pictured(Timeline(rows.trace()), Viewport(50, 200, 150))
    mine = frame.boxes.y == frame.boxes.y.min()
    assert list(zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True)) == [(0, 50), (100, 51)]


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(0, 900_000), st.sampled_from([300, 10**5, 2 * 10**6]))
def test_captions_lie_inside_boxes_of_their_name(seed: int, size: int, start: int, span: int) -> None:
    timeline = Timeline(random_trace(seed, size=size))
    frame, _ = pictured(timeline, Viewport(start, start + span, 640))
    boxes, pad = frame.boxes, Style().label_pad_px
    for caption in frame.captions:
        holds = (boxes.x + pad == caption.x) & (boxes.y + boxes.h / 2 == caption.y)
        holds &= caption.x + 6 * len(caption.text) + pad <= boxes.x + boxes.w
        assert caption.text in {timeline.trace.name_of(row) for row in boxes.row[holds].tolist()}


def test_a_trace_of_nothing_is_an_empty_picture() -> None:
    timeline = Timeline(Trace({}))
    frame = make_frame(timeline, [], Viewport(0, 1000, 100), Style(), fit, 0.0)
    assert (len(frame.boxes), len(frame.lines), frame.captions, frame.plots) == (0, 0, (), ())


def test_exposed_copies_are_outlined_and_hidden_ones_joined_to_the_kernels() -> None:
    trace = pipeline()
    timeline = Timeline(trace, exposed_of(trace))
    view = Viewport(timeline.start_ns, timeline.end_ns, 1000)
    frame, strips = pictured(timeline, view)
    edges, _ = view.grid()
    bare = exposed_of(trace)[0]
    expected = exact(*bare, edges) / np.diff(edges)
    htod = next(row for row in frame.rows if timeline.lanes[row.lane].name == "HtoD")
    compute = next((y, y + strip.height) for strip, y in strips if strip.node.title == "compute")
    outlined = np.zeros(len(expected), bool)
    for name in ("HtoD", "DtoH"):
        top = next(row.y for row in frame.rows if timeline.lanes[row.lane].name == name)
        mine = frame.copies.outlines.y == top
        for x, w in zip(frame.copies.outlines.x[mine].tolist(), frame.copies.outlines.w[mine].tolist(), strict=True):
            outlined[x : x + w] = True
        for line in np.flatnonzero(frame.copies.bars.y == top).tolist():
            outlined |= frame.copies.bars.share[line] > 0
    assert np.abs(outlined.sum() - expected.sum()) <= 2 * len(bare[0]) + 2
    band = frame.copies.bands
    assert band.y[0] == htod.y + htod.h
    assert band.y[0] + band.h[0] == compute[1]
    assert (band.share[0][expected == 1] == 0).all()


def test_a_folded_group_shows_when_any_of_its_lanes_is_busy() -> None:
    timeline = Timeline(pipeline())
    key = next(
        node.key for top in lane_tree(timeline.trace, timeline.lanes) for node in top.walk() if node.title == "streams"
    )
    view = Viewport(timeline.start_ns, timeline.end_ns, 700)
    frame, strips = pictured(timeline, view, folded=frozenset({key}))
    y = next(round(y) for strip, y in strips if strip.node.key == key)
    rows = np.concatenate(
        [
            tables.rows
            for lane, tables in zip(_lane_of_row(timeline), timeline.mipmap.maps, strict=True)
            if lane.kind == LaneKind.STREAM
        ]
    )
    edges, _ = view.grid()
    starts = timeline.trace.ts[rows]
    covered = np.zeros(len(edges) - 1)
    for pixel, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        line = np.zeros(high - low, bool)
        for start, end in zip(starts.tolist(), (starts + timeline.trace.dur[rows]).tolist(), strict=True):
            if end > low and start < high:
                line[max(start - low, 0) : end - low] = True
        covered[pixel] = line.mean()
    drawn = filled(frame, y, len(covered))
    assert np.abs(drawn - covered).mean() <= 0.005
    assert (drawn[covered > 0] > 0).all()


def test_what_is_out_of_sight_is_not_computed() -> None:
    timeline = Timeline(random_trace(2, size=300, tracks=40))
    tree = lane_tree(timeline.trace, timeline.lanes)
    arrangement = arrange(
        tree, timeline.lanes, Chosen(unfolded=frozenset(node.key for top in tree for node in top.walk())), Style()
    )
    height = 100
    seen = [(strip, strip.y - 200) for strip in arrangement.between(200, 200 + height)]
    frame = make_frame(timeline, seen, Viewport(0, 10**6, 300), Style(), fit, height)
    assert frame.rows
    assert len(frame.rows) < len(timeline.mipmap.maps)
    assert all(row.y < height and row.y + row.h > -Style().row_gap_px - 1 for row in frame.rows)


def test_an_empty_stretch_makes_an_empty_picture() -> None:
    timeline = Timeline(batch_one())
    frame, _ = pictured(timeline, Viewport(10**9, 2 * 10**9, 300))
    assert len(frame.boxes) == len(frame.lines) == len(frame.captions) == 0


def _lane_of_row(timeline: Timeline) -> list:
    return [lane for lane in timeline.lanes for _ in lane.rows]


def test_epoch_times_are_drawn_to_the_nanosecond() -> None:
    rows, epoch = Rows(), 1_700_000_000_000_000_000
    for place in range(3):
        rows.add("k", STREAM, epoch + 7 * place, 3, Category.KERNEL, device=0, stream=7)
    frame, _ = pictured(Timeline(rows.trace()), Viewport(epoch, epoch + 20, 200))
    mine = frame.boxes.y == frame.boxes.y.min()
    assert list(zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True)) == [
        (0, 30),
        (70, 30),
        (140, 30),
    ]
