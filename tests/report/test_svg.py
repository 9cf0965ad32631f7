"""Timelines as an SVG: what is drawn where, how large the document is, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.errors import UsageError
from profiler.report.palette import LIGHT
from profiler.report.shades import BAND_OPACITY
from profiler.report.svg import render_svg
from profiler.report.svg_page import Shown
from profiler.report.svg_panel import TOOLTIPS
from profiler.timeline.paint import Paint
from profiler.trace.schema import Category, Severity, TrackKind
from profiler.trace.tables import Trace, Track
from tests.report.svg_reading import Page, axis_of, strokes
from tests.timeline.synthetic import US, Rows, batch_one, pipeline, random_trace

LIGHT_HTOD = LIGHT.paint[Paint.HTOD]


def solids(page: Page, paint: Paint) -> list[tuple[float, ...]]:
    return [drawn.box for drawn in page.all("rect") if f"k{paint:d}" in drawn.classes and drawn.tooltip]


def test_batch_one_is_drawn_to_the_pixel() -> None:
    page = Page(render_svg([("batch 1", batch_one())], width=1200))
    left, right = axis_of(page)
    assert right == 1180
    expected = {Paint.HTOD: [(5, 31)], Paint.KERNEL: [(31, 51), (51, 81), (81, 106)], Paint.DTOH: [(106, 110)]}
    for paint, times in expected.items():
        scale = (right - left) / 110
        drawn = solids(page, paint)
        assert len(drawn) == 2 * len(times)  # in the lane of the engine, and in that of the stream
        for (start, end), box in zip(times * 2, drawn, strict=True):
            # The pixels that it fills whole; those at its rims are as strong as it fills them.
            assert (box[0], box[2]) == (left + np.ceil(start * scale), left + np.floor(end * scale))
    rims = [box for path, boxes in strokes(page) for box in boxes if path.element.get("stroke")]
    assert all(w == 1 for _, _, w, _ in rims)


def test_exposed_copies_are_outlined_and_hidden_ones_reach_down_to_the_kernels() -> None:
    page = Page(render_svg([("pipeline", pipeline())]))
    copies, kernels = solids(page, Paint.HTOD)[:8], solids(page, Paint.KERNEL)
    top = kernels[0][1]
    outlines = [box for box in page.boxes_of_path("x") if box[1] < top and box[3] > 6]
    assert len(outlines) == 1
    assert outlines[0] == pytest.approx((copies[0][0], copies[0][1], copies[0][2] - copies[0][0], 24), abs=1)
    bands = [
        box
        for path, boxes in strokes(page)
        for box in boxes
        if float(path.element.get("stroke-opacity", "0")) == BAND_OPACITY and path.element.get("stroke") == LIGHT_HTOD
    ]
    hidden = sum(copy[2] - copy[0] for copy in copies[1:])
    assert sum(w for _, _, w, _ in bands) == pytest.approx(hidden, abs=2 * 7)
    assert min(x for x, _, _, _ in bands) >= copies[1][0] - 1
    assert {band[1] for band in bands} == {copies[0][3]}
    assert {band[1] + band[3] for band in bands} == {kernels[0][3]}


def test_a_tooltip_says_all_that_is_known_of_a_slice() -> None:
    page = Page(render_svg([("pipeline", pipeline(chunks=2, streams=2))]))
    tips = [drawn.tooltip for drawn in page.all("rect") if drawn.tooltip]
    assert (
        "HtoD\nat 5.000 µs for 120.0 µs\n3.000 MB at 25 GB/s, pinned\ndevice 0, stream 0, request 0, chunk 0\nexposed"
        in tips
    )
    hidden = next(tip for tip in tips if "chunk 1" in tip and tip.startswith("HtoD"))
    assert "waited 95.00 µs for the engine" in hidden
    assert hidden.endswith("hidden under kernels")
    assert any(tip.startswith("conv1x1<float, 64>\nat 125.0 µs for 60.00 µs") for tip in tips)


def test_a_partly_exposed_copy_says_how_much() -> None:
    page = Page(render_svg([("two", pipeline(chunks=2, streams=2, htod_us=300, kernels_us=(100,)))]))
    tips = [drawn.tooltip for drawn in page.all("rect") if drawn.tooltip.startswith("HtoD")]
    assert any(tip.endswith("exposed for 200.0 µs, hidden for the rest") for tip in tips)


def test_timelines_stand_on_one_time_axis() -> None:
    page = Page(render_svg([("slow", pipeline(copy_engines=1)), ("fast", pipeline())]))
    copies = [box for box in solids(page, Paint.HTOD) if round(box[3] - box[1]) == 24]
    slow, fast = copies[:8], copies[8:]
    assert slow[0][0] == fast[0][0]
    assert slow[0][2] == fast[0][2]
    texts = [text for text, _ in page.text_boxes()]
    assert [text for text in texts if text.startswith("ends at")] == ["ends at 2.725 ms", "ends at 1.675 ms"]
    assert {"slow", "fast"} <= set(texts)
    ends = [drawn.number("x1") for drawn in page.all("line") if drawn.classes == ["z"]]
    left, right = axis_of(page)
    assert ends == pytest.approx([right, left + 1675 / 2725 * (right - left)], abs=0.01)


def test_each_trace_starts_at_its_own_first_record() -> None:
    trace = pipeline()
    later = trace.with_columns({"ts": trace.ts + 1_760_000_000_000_000_000, "queued_ns": trace["queued_ns"] + 1})
    page = Page(render_svg([("one", trace), ("other", later)]))
    kernels = solids(page, Paint.KERNEL)
    half = len(kernels) // 2
    # Pixels begin at whole steps of each trace's own clock, so edges may lie a pixel apart.
    assert [box[0] for box in kernels[:half]] == pytest.approx([box[0] for box in kernels[half:]], abs=1)


def test_a_window_shows_its_part_alone() -> None:
    page = Page(render_svg([("pipeline", pipeline())], window=(0, 125 * US)))
    assert solids(page, Paint.KERNEL) == []
    assert len(solids(page, Paint.HTOD)) == 2
    labels = [text for text, _ in page.text_boxes() if text.endswith(" µs")]
    assert labels == [f"{time} µs" for time in range(0, 130, 10)]


def test_the_legend_names_what_occurs_and_nothing_else() -> None:
    texts = [text for text, _ in Page(render_svg([("batch 1", batch_one())])).text_boxes()]
    assert {"kernel", "HtoD copy", "DtoH copy", "exposed: no kernel runs meanwhile"} <= set(texts)
    assert not {"hidden under kernels", "memset", "waiting for the engine"} & set(texts)
    assert "hidden under kernels" in [text for text, _ in Page(render_svg([("p", pipeline())])).text_boxes()]


def test_a_counter_is_an_area_with_its_greatest_value() -> None:
    page = Page(render_svg([("p", pipeline(htod_us=400))], shown=Shown("HtoD bandwidth")))
    assert "up to 25.00 GB/s" in [text for text, _ in page.text_boxes()]
    left, right = axis_of(page)
    area = page.boxes_of_path("ul")
    assert sum(w for _, _, w, _ in area) == pytest.approx(8 * 400 / (8 * 400 + 500) * (right - left), rel=0.2)


def test_lanes_are_computed_in_more_pixels_where_the_picture_has_more() -> None:
    one, three = (Page(render_svg([("p", pipeline())], scale=scale)) for scale in (1.0, 3.0))
    assert (3 * one.width, 3 * one.height) == pytest.approx((three.width, three.height), abs=3)
    (group,) = [drawn.element for drawn in three.all("g") if "scale" in drawn.element.get("transform", "")]
    assert group.get("transform", "").endswith("scale(0.333333)")
    assert max(drawn.number("x") for drawn in three.all("rect")) > 2.9 * 1000


def test_what_never_ended_fades_away() -> None:
    rows = Rows()
    track = Track(TrackKind.THREAD, "main", tid=1)
    rows.add("whole", track, 0, 1_000, Category.RUNTIME)
    rows.add("cut off", track, 2_000, -1, Category.RUNTIME)
    rows.add("last", Track(TrackKind.THREAD, "other", tid=2), 3_000, 1_000, Category.RUNTIME)
    trace = rows.trace()
    trace.stats.add("never_completed", Severity.DATA_LOSS)
    svg = render_svg([("t", trace)])
    page = Page(svg)
    left, right = axis_of(page)
    (fade,) = [drawn for drawn in page.all("rect") if drawn.element.get("fill", "").startswith("url(#")]
    assert fade.box[0] == pytest.approx((left + right) / 2, abs=1)
    assert fade.element.get("fill") == f"url(#lanescope-fade-{Paint.HOST:d})"
    assert f'id="lanescope-fade-{Paint.HOST:d}"' in svg


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_same_traces_give_the_same_bytes(theme: str) -> None:
    assert render_svg([("a", pipeline())], theme=theme) == render_svg([("a", pipeline())], theme=theme)


def test_a_big_trace_stays_a_small_document() -> None:
    trace = random_trace(3, size=300_000, tracks=32, disjoint=True, span=3_000_000_000)
    svg = render_svg([("big", trace)])
    assert len(svg.encode()) < 1_000_000
    assert sum(bool(drawn.tooltip) for drawn in Page(svg).all("rect")) <= TOOLTIPS


def test_many_boxes_are_thinned_until_they_keep_the_limit() -> None:
    size = 40_000
    stream = np.arange(size) % 40
    columns = {
        "ts": np.arange(size) // 40 * 1_000,
        "dur": np.full(size, 900),
        "stream": stream,
        "category": np.zeros(size, np.uint8),
    }
    trace = Trace({**columns, "name": np.zeros(size, np.int32), "device": np.zeros(size, np.int32)}, names=["k"])
    page = Page(render_svg([("even", trace)], width=3000))
    assert sum(bool(drawn.tooltip) for drawn in page.all("rect")) <= TOOLTIPS
    assert sum(len(boxes) for _, boxes in strokes(page)) >= 40


def test_traces_of_nothing_say_so() -> None:
    rows = Rows()
    rows.add("call", Track(TrackKind.THREAD, "main", tid=1), 5, 10, Category.RUNTIME)
    texts = [text for text, _ in Page(render_svg([("empty", Trace({})), ("host", rows.trace())])).text_boxes()]
    assert "nothing to draw" in texts
    assert "Host" in texts
    assert "main" in [text for text, _ in Page(render_svg([("host", rows.trace())])).text_boxes()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"traces": []}, "no trace"),
        ({"theme": "neon"}, "'neon' is no theme"),
        ({"width": 100}, "100 pixels wide"),
        ({"window": (5_000, 5_000)}, "an empty window, 5.000 µs to 5.000 µs"),
        ({"shown": Shown("warp")}, "no lane's name has 'warp'"),
    ],
)
def test_wrong_use_is_told(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        render_svg(**{"traces": [("a", batch_one())], **change})
    assert raised.value.remedy
