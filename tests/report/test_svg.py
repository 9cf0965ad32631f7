from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.io import read_trace
from profiler.report.palette import LIGHT
from profiler.report.shades import BAND_OPACITY
from profiler.report.svg import render_svg
from profiler.report.svg_page import Shown
from profiler.report.svg_panel import TOOLTIPS
from profiler.timeline.paint import Paint
from profiler.trace.schema import Category, Severity, TrackKind
from profiler.trace.tables import Trace, Track
from tests.report.svg_reading import Page, overlapping, strokes
from tests.timeline.synthetic import US, Rows, batch_one, pipeline, random_trace

LIGHT_HTOD = LIGHT.paint[Paint.HTOD]

HOSTILE = [
    "k[/foo]",
    "f<a>(b)",
    "<img src=x onerror=alert(1)>",
    "g [with T=float]",
    "]]></text><script>alert(1)</script>",
    '"><g onload="x',
    "\x1b]0;x\x07",
    "nul\0nul",
    "\ud800 \ufffe \U0001ffff",
    "\u05d0\u05d1\u05d2 \u0627\u0644",
    "abc\u202exyz\u2066",
    "x" * 4_000,
    "日本語カーネル" * 30,
    "e\u0301" * 50,
    "&amp;&#0;&lt;",
    "line\nbreak\ttab\r",
    "",
    " ",
]


def hostile_trace() -> Trace:
    rows = Rows()
    for number, name in enumerate(HOSTILE):
        track = Track(TrackKind.STREAM, name, device=0, stream=number)
        rows.add(name, track, number * 1_000, 900, Category.KERNEL, device=0, stream=number)
        rows.add(name, Track(TrackKind.THREAD, name, tid=number), number * 1_000, 900, Category.RUNTIME)
    return rows.trace(gpus={"0": {"name": HOSTILE[2]}})


def solids(page: Page, paint: Paint) -> list[tuple[float, ...]]:
    return [drawn.box for drawn in page.all("rect") if f"k{paint:d}" in drawn.classes and drawn.tooltip]


def axis_of(page: Page) -> tuple[float, float]:
    """Left and right end of the time axis."""
    (line,) = [drawn for drawn in page.all("line") if drawn.number("x1") > 20 and "a" in drawn.classes]
    return line.number("x1"), line.number("x2")


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


def test_lanes_without_room_are_counted() -> None:
    texts = [text for text, _ in Page(render_svg([("p", pipeline())], max_height=120)).text_boxes()]
    assert "HtoD" in texts
    assert any(re.fullmatch("[0-9]+ more lanes not drawn", text) for text in texts)
    assert any(
        "1 more lane not drawn" in render_svg([("p", pipeline())], max_height=room) for room in range(200, 460, 10)
    )


GPU = "GPU 0 · Simulated GPU"


def names(svg: str) -> list[str]:
    page = Page(svg)
    return [drawn.element.text or "" for drawn in page.all("text") if "h" in drawn.classes]


def test_names_stand_as_the_tree_that_the_window_shows() -> None:
    page = Page(render_svg([("p", pipeline(streams=2))]))
    found = [(drawn.number("x") - 34, drawn.element.text) for drawn in page.all("text") if "h" in drawn.classes]
    assert found == [
        (0, GPU), (12, "HtoD"), (12, "compute"), (12, "DtoH"), (12, "streams"), (24, "stream 0"), (24, "stream 1"),
        (12, "counters"), (24, "HtoD bandwidth"), (24, "DtoH bandwidth"), (24, "queue depth"),
        (0, "Host"), (12, "issue thread"), (12, "requests"), (12, "waits"),
    ]  # fmt: skip


def test_in_a_stack_only_the_gpus_are_open_and_all_is_when_asked() -> None:
    two = [("a", pipeline(streams=2)), ("b", pipeline(streams=2))]
    assert names(render_svg(two)) == [GPU, "HtoD", "compute", "DtoH", "streams", "Host"] * 2
    assert names(render_svg(two, shown=Shown(unfold=True))).count("stream 1") == 2


def test_only_lanes_with_a_pattern_are_drawn() -> None:
    assert names(render_svg([("p", pipeline())], shown=Shown("htod$|STREAM [12]"))) == [
        GPU, "HtoD", "streams", "stream 1", "stream 2",
    ]  # fmt: skip
    assert names(render_svg([("a", pipeline()), ("b", pipeline())], shown=Shown("compute"))) == [GPU, "compute"] * 2


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


def test_the_document_needs_nothing_from_outside_and_scales() -> None:
    svg = render_svg([("a", hostile_trace())])
    page = Page(svg)
    assert page.root.get("viewBox") == f"0 0 {page.width:g} {page.height:g}"
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|url\(|@import|<script|<image|<foreignObject", svg)


def test_those_who_do_not_see_are_told_what_there_is() -> None:
    page = Page(render_svg([("batch 1", batch_one())]))
    named = page.root.get("aria-labelledby", "").split()
    told = {child.get("id"): child.text for child in page.root if child.get("id")}
    assert page.root.get("role") == "img"
    assert told[named[0]] == "batch 1"
    assert "batch 1: 12 slices over 110.0 µs, copies exposed for 30.00 µs; lanes HtoD, compute, DtoH" in told[named[1]]


def test_hostile_names_stay_names() -> None:
    trace = hostile_trace()
    named = [(name, trace) for name in HOSTILE[:6]]
    svg = render_svg(named, title=HOSTILE[4], caption=HOSTILE, notes=HOSTILE)
    page = Page(svg)
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in page.root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "line", "path", "text"}
    attributes = {name for element in page.root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on")}
    assert not re.search(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", svg
    )
    svg.encode("utf-8")
    assert overlapping(page.text_boxes()) == []
    assert "<img src=x onerror=alert(1)>" in {text for text, _ in page.text_boxes()}


@given(st.text(max_size=80))
@settings(max_examples=40)
def test_any_name_gives_a_well_formed_document(name: str) -> None:
    rows = Rows()
    rows.add(name, Track(TrackKind.STREAM, name, device=0, stream=1), 0, 900, Category.KERNEL, device=0, stream=1)
    ET.fromstring(render_svg([(name, rows.trace(gpus={"0": {"name": name}}))], caption=[name], title=name))


def fitting(svg: str) -> None:
    """Texts neither overlap nor leave the page."""
    page = Page(svg)
    boxes = page.text_boxes()
    assert overlapping(boxes) == []
    for text, (left, top, right, bottom) in boxes:
        assert left >= 0, text
        assert right <= page.width, text
        assert top >= 0, text
        assert bottom <= page.height, text


@pytest.mark.parametrize("width", [360, 700, 1200, 2400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_have_room(width: int, theme: str) -> None:
    several = [("serial, batch 128, fp32, pinned", pipeline(chunks=1)), ("depth-first", pipeline()), ("1", batch_one())]
    caption = ["A line of figures that is long enough to be broken into several lines on narrow pages. " * 3]
    fitting(render_svg(several, width=width, theme=theme, title="Compared", caption=caption, notes=["hidden 0 %"] * 3))
    fitting(render_svg([("crowd", random_trace(1, size=3_000))], width=width, theme=theme))


@given(st.integers(0, 10**6), st.integers(0, 400), st.integers(360, 1600), st.booleans())
@settings(max_examples=25)
def test_texts_have_room_whatever_is_drawn(seed: int, size: int, width: int, disjoint: bool) -> None:
    trace = random_trace(seed, size=size, disjoint=disjoint)
    fitting(render_svg([("random", trace)], width=width))
    fitting(render_svg([("random", trace), ("again", trace)], width=width, window=(0, 30_000)))


def test_a_label_lies_inside_its_box() -> None:
    page = Page(render_svg([("pipeline", pipeline())]))
    rects = [drawn.box for drawn in page.all("rect") if drawn.tooltip]
    labels = [page._text_box(drawn) for drawn in page.all("text") if {"l"} == set(drawn.classes) & {"l", "m"}]
    assert len(labels) > 20
    for left, top, right, bottom in labels:
        assert any(x0 <= left and right <= x1 and y0 - 1 <= top and bottom <= y1 + 1 for x0, y0, x1, y1 in rects)


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


@pytest.mark.parametrize(
    "name",
    ["hta-a100-trace_diff-control.json.gz", "kineto-v100-resnet50-w0.pt.trace.json.gz", "hta-sampled_rank-0.json.gz"],
)
def test_real_traces_are_drawn(third_party_trace: Callable[[str], Path], name: str) -> None:
    svg = render_svg([(name, read_trace(third_party_trace(name)))])
    fitting(svg)
    assert len(svg.encode()) < 1_000_000
