"""Names and labels in an SVG: of any kind, in their place, with room."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.io import read_trace
from profiler.report.svg import render_svg
from profiler.report.svg_page import Shown
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Trace, Track
from tests.report.svg_reading import Page, overlapping
from tests.timeline.synthetic import Rows, batch_one, pipeline, random_trace

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


def test_the_document_needs_nothing_from_outside_and_scales() -> None:
    svg = render_svg([("a", hostile_trace())])
    page = Page(svg)
    assert page.root.get("viewBox") == f"0 0 {page.width:g} {page.height:g}"
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|url\(|@import|<script|<image|<foreignObject", svg)


@pytest.mark.parametrize(
    "name",
    ["hta-a100-trace_diff-control.json.gz", "kineto-v100-resnet50-w0.pt.trace.json.gz", "hta-sampled_rank-0.json.gz"],
)
def test_real_traces_are_drawn(third_party_trace: Callable[[str], Path], name: str) -> None:
    svg = render_svg([(name, read_trace(third_party_trace(name)))])
    fitting(svg)
    assert len(svg.encode()) < 1_000_000
