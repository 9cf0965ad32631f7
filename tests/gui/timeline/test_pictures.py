"""What is on the screen: pixels against exact shares, texts, themes, scales, odd names."""

from __future__ import annotations

import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QFontInfo, QHelpEvent, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QToolTip

from gui.state.document import Document, Status
from gui.state.search import Hits
from gui.state.selection import Slice
from gui.timeline.joins import Join
from gui.timeline.tips import as_tip, tip_lines
from profiler.report.palette import DARK, LIGHT
from profiler.report.png import png_of
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from profiler.units import format_difference_ns, format_ns
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import Rows, batch_one, pipeline, random_trace


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()] & 0xFFFFFF


def canvas_pixels(stage: Stage) -> np.ndarray:
    top = stage.canvas.y()
    return pixels(stage.widget.render_image())[top : top + stage.canvas.height(), : stage.canvas.width()]


def rgb(colour: str) -> int:
    return int(colour[1:], 16)


@pytest.mark.parametrize("zoom", [1, 5, 40])
def test_the_pixels_of_every_lane_are_as_busy_as_the_lane(make: Make, zoom: int) -> None:
    stage = make(as_document(random_trace(4, size=6_000, tracks=4, disjoint=True, span=60_000_000)), size=(1200, 900))
    end = stage.document.span_ns
    stage.view.show(end // 3, end // 3 + end // zoom)
    stage.settle()
    found, column = canvas_pixels(stage), stage.canvas.column_px()
    shades = stage.canvas.look.shades & 0xFFFFFF
    checked = 0
    for row in stage.widget.lane_report():
        if row["kind"] != "stream":
            continue
        y = round(row["rect"][1] - stage.canvas.mapToGlobal(QPoint(0, 0)).y()) + 1
        line = found[y, column:]
        share = (line == rgb(LIGHT.exposed)).astype(float)
        for paint in Paint:
            levels = shades[paint]
            order = np.argsort(levels)
            at = np.minimum(np.searchsorted(levels[order], line), 255)
            same = levels[order][at] == line
            share[same] = np.maximum(share[same], order[at][same] / 255)
            # The paler pixel between two slices that follow each other stands for busy time.
            share[line == stage.canvas.look.seams[int(paint)].rgb() & 0xFFFFFF] = 1
        view = stage.canvas.viewport_of(None)
        assert share.mean() == pytest.approx(row["busy_ns"] / view.span_ns, abs=0.01)
        checked += 1
    assert checked == 4


def test_the_exposed_part_of_a_copy_is_outlined_and_the_hidden_one_is_not(make: Make) -> None:
    stage = make(as_document(pipeline()), size=(1200, 700))
    report = {row["name"]: row for row in stage.widget.lane_report()}
    corner = stage.canvas.mapToGlobal(QPoint(0, 0)).y()
    for name in ("HtoD", "DtoH"):
        top = round(report[name]["rect"][1]) - corner
        line = canvas_pixels(stage)[top, stage.canvas.column_px() :]
        exposed = (line == rgb(LIGHT.exposed)).mean()
        assert exposed == pytest.approx(report[name]["exposed_ns"] / stage.view.span_ns, abs=0.01)
    assert report["compute"]["exposed_ns"] == 0


def test_exposed_time_in_the_report_shrinks_when_copies_are_hidden(make: Make) -> None:
    alone, hidden = as_document(batch_one(), "A"), as_document(pipeline(), "B")
    stage = make(alone, hidden, size=(1000, 900))
    htod = [row for row in stage.widget.lane_report() if row["name"] == "HtoD"]
    assert htod[0]["exposed_ns"] == htod[0]["busy_ns"] > 0
    assert htod[1]["exposed_ns"] < htod[1]["busy_ns"] / 2


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_theme_changes_every_part_at_once(stage: Stage, theme) -> None:
    stage.widget.set_theme(theme)
    stage.settle()
    image = pixels(stage.widget.render_image())
    for part in (stage.widget.minimap, stage.widget.ruler, stage.canvas):
        middle = part.y() + part.height() - 4
        assert image[middle, 2] == rgb(theme.background)
    assert (image == rgb(theme.paint[Paint.KERNEL])).any()


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.5, 2.0])
def test_texts_and_lanes_grow_with_the_interface(make: Make, scale: float) -> None:
    stage = make(as_document(pipeline()), scale=scale, size=(1200, 900))
    row = next(row for row in stage.widget.lane_report() if row["name"] == "HtoD")
    assert row["rect"][3] == pytest.approx(24 * scale, abs=1)
    assert stage.canvas.column_px() == round(190 * scale)
    assert stage.widget.ruler.height() == pytest.approx(30 * scale, abs=1)


def test_an_image_at_twice_the_scale_has_twice_the_pixels(stage: Stage) -> None:
    image = stage.widget.render_image(scale=2.0)
    assert image.size() == stage.widget.size() * 2
    assert image.devicePixelRatio() == 2.0
    # Texts are drawn at that size and not stretched: hardly any 2x2 pixels of them are of one colour at all edges.
    column = pixels(image)[2 * stage.canvas.y() : 2 * stage.canvas.y() + 600, : 2 * stage.canvas.column_px() - 4]
    blocks = column[: len(column) // 2 * 2].reshape(len(column) // 2, 2, -1, 2)
    uneven = (blocks != blocks[:, :1, :, :1]).any(axis=(1, 3))
    assert uneven.sum() > 200


def test_the_svg_of_the_view_looks_like_the_view(stage: Stage) -> None:
    svg = stage.widget.render_svg()
    assert b"<script" not in svg
    assert svg.count(b"<text") > 20
    renderer = QSvgRenderer(svg)
    assert renderer.isValid()
    assert QImage.fromData(png_of(svg.decode())).size() == stage.widget.size()  # other viewers take it too
    image = QImage(stage.widget.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    lanes = slice(stage.canvas.y() + 10, stage.canvas.y() + stage.canvas.height() - 10)
    drawn, seen = (pixels(one)[lanes, 10 : stage.canvas.width() - 10] for one in (image, stage.widget.render_image()))

    def channels(values: np.ndarray) -> np.ndarray:
        return np.stack([(values >> shift) & 255 for shift in (16, 8, 0)]).astype(int)

    assert (np.abs(channels(drawn) - channels(seen)).max(axis=0) > 60).mean() < 0.02


def test_the_svg_of_the_view_is_as_large_as_the_view_and_asks_for_fonts_that_there_are(make: Make) -> None:
    stage = make(as_document(pipeline(), '<b>&\u202e"title'), size=(960, 480))
    root = ET.fromstring(stage.widget.render_svg())
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("960", "480", "0 0 960 480")
    families = {element.get("font-family") for element in root.iter() if element.get("font-family")}
    assert families == {f"{QFontInfo(stage.widget.font()).family()}, sans-serif"}
    description = root.findtext("{http://www.w3.org/2000/svg}desc", "")
    assert description.startswith('<b>&\\u202e"title, from ')


def test_an_empty_window_and_documents_without_lanes_say_so(make: Make) -> None:
    stage = make()
    assert stage.widget.lane_report() == []
    stage.workspace.add(Document(title="still reading", status=Status.LOADING))
    broken = stage.workspace.add(Document(title="broken"))
    broken.fail("broken.json: line 3 is no JSON")
    stage.workspace.add(as_document(Rows().trace(), "nothing in it"))
    stage.settle()
    assert len([*stage.canvas.stack.headings(0, 900)]) == 3
    assert stage.widget.lane_report() == []


def test_a_partial_document_grows_and_its_first_part_stays(make: Make) -> None:
    part, whole = pipeline(chunks=2), pipeline(chunks=8)
    document = Document(title="growing")
    stage = make(document)
    document.show(part, Timeline(part), status=Status.PARTIAL)
    stage.view.set_limits(stage.workspace.span_ns)
    stage.settle()
    first = len(stage.widget.lane_report())
    document.show(whole, Timeline(whole), status=Status.READY)
    stage.view.set_limits(stage.workspace.span_ns)
    stage.settle()
    assert first > 0
    assert len(stage.widget.lane_report()) >= first
    assert stage.view.shown[1] >= document.span_ns


def test_a_selection_that_the_new_trace_does_not_have_is_not_painted(make: Make) -> None:
    document = as_document(pipeline(chunks=8))
    stage = make(document)
    stage.selection.selected = Slice(document.id, len(document.trace) - 1)
    stage.settle()
    small = batch_one()
    document.show(small, Timeline(small), status=Status.READY)
    stage.settle()
    assert stage.canvas.spots(stage.selection.selected) == []


ODD = [
    "x" * 4000,
    "\u202eright to left",
    "👩‍💻 🚀 emoji",
    "line\nbreak\ttab",
    "<b>&amp;</b><script>alert(1)</script>",
    "",
    " ",
]


def test_odd_names_are_drawn_and_told_as_plain_text(make: Make) -> None:
    rows = Rows()
    for place, name in enumerate(ODD):
        track = Track(TrackKind.THREAD, name, 1, place)
        rows.add(name, track, place * 1_000, 900, Category.RUNTIME, pid=1)
    stage = make(as_document(rows.trace(), "<i>title</i>\u202e"), size=(1000, 700))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stage.widget.render_image()
    for row in range(len(ODD)):
        point = stage.point_of(row)
        lines = tip_lines(stage.canvas, point.toPointF())
        text = as_tip(lines)
        assert "<script" not in text
        assert "\u202e" not in text
        assert len(text) < 3000
        event = QHelpEvent(QEvent.Type.ToolTip, point, stage.canvas.mapToGlobal(point))
        QApplication.sendEvent(stage.canvas, event)
    QToolTip.hideText()


def test_a_tip_says_what_a_copy_is_and_why_it_is_exposed(stage: Stage) -> None:
    row = stage.row_of("HtoD")
    stage.document.exposed_row_causes = {row: "nothing else to do"}
    lines = tip_lines(stage.canvas, stage.point_of(row).toPointF())
    assert lines[0] == "HtoD"
    assert "exposed: nothing else to do" in lines
    assert any("GB/s" in line for line in lines)
    names = tip_lines(stage.canvas, stage.name_point("streams").toPointF())
    assert names[0] == "streams"
    assert "in 4 lanes" in names[1]


def test_a_heading_tells_the_whole_title_and_what_went_wrong(make: Make) -> None:
    document = as_document(pipeline(), "a very long title " * 30)
    document.message = "could not go on"
    stage = make(document)
    top = next(y for _, y in stage.canvas.stack.headings(0, 600))
    lines = tip_lines(stage.canvas, QPoint(200, round(top) + 10).toPointF())
    assert lines[0] == document.title[:300]
    assert lines[-1] == "could not go on"


def test_hits_are_marked_on_their_boxes_and_in_the_minimap(stage: Stage) -> None:
    before, strip = canvas_pixels(stage), stage.widget.minimap.grab().toImage()
    trace = stage.document.trace
    rows = np.array([stage.row_of("conv3x3<float, 256>", number) for number in range(4)])
    starts = trace.ts[rows] - stage.document.origin_ns
    stage.search.put((Hits(stage.document.id, rows, starts),))
    stage.settle()
    after = canvas_pixels(stage)
    for row in rows.tolist():
        spot = stage.canvas.spots(Slice(stage.document.id, row))[0]
        y, x = round(spot.y) + 1, round(spot.x + spot.w / 2)
        assert after[y, x] == rgb(LIGHT.text) != before[y, x]
    assert stage.widget.minimap.grab().toImage() != strip


def test_slices_of_the_chosen_name_are_underlined(stage: Stage) -> None:
    before = canvas_pixels(stage)
    stage.selection.named = Slice(stage.document.id, stage.row_of("conv1x1<float, 64>", 5))
    stage.settle()
    after = canvas_pixels(stage)

    def lower_edge(name: str) -> tuple[int, int]:
        spot = stage.canvas.spots(Slice(stage.document.id, stage.row_of(name, 2)))[0]
        return round(spot.y + spot.h) - 1, round(spot.x + spot.w / 2)

    assert after[lower_edge("conv1x1<float, 64>")] == rgb(LIGHT.text) != before[lower_edge("conv1x1<float, 64>")]
    other = lower_edge("conv3x3<float, 256>")
    assert after[other] == before[other]


def test_instants_of_no_length_are_seen(make: Make) -> None:
    rows = Rows()
    track = Track(TrackKind.THREAD, "main", 1, 1)
    rows.add("begin", track, 0, 0, Category.MARKER, pid=1)
    rows.add("end", track, 1_000_000, 0, Category.MARKER, pid=1)
    stage = make(as_document(rows.trace()))
    row = next(row for row in stage.widget.lane_report() if row["kind"] == LaneKind.MARKER.name.lower())
    y = round(row["rect"][1] + row["rect"][3] / 2) - stage.canvas.mapToGlobal(QPoint(0, 0)).y()
    line = canvas_pixels(stage)[y, stage.canvas.column_px() :]
    marked = np.flatnonzero((line != rgb(LIGHT.lane)) & (line != rgb(LIGHT.grid)))
    assert len(marked) == 2


def test_a_folded_group_of_many_slices_is_refined_when_its_union_is_made(make: Make, monkeypatch, qtbot) -> None:
    monkeypatch.setattr("profiler.timeline.model._COVERED_AT_ONCE", 0)
    monkeypatch.setattr("profiler.timeline.frame_groups.FEW", 0)
    stage = make(as_document(pipeline()))
    stage.click(stage.name_point("streams"))
    missing = [one for drawn in stage.canvas.drawn for one in drawn.frame.wanted]
    assert len(missing) > 1
    # One after the other, the union and the counters are made beside the window's thread and drawn.
    qtbot.waitUntil(lambda: not [one for drawn in stage.canvas.drawn for one in drawn.frame.wanted], timeout=10_000)
    qtbot.waitUntil(lambda: stage.canvas.coverer.idle, timeout=10_000)
    stage.settle()


def joins_of(stage: Stage, *chosen: Slice) -> list[Join]:
    return stage.canvas._picture._joins.lines(stage.canvas.drawn, stage.canvas.column_px(), chosen)


def test_few_matched_operations_of_stacked_timelines_are_joined(make: Make) -> None:
    stage = make(as_document(pipeline(chunks=1, streams=1)), as_document(batch_one()), size=(1000, 900))
    joins = joins_of(stage)
    assert len(joins) == 5
    assert all(join.start.y() < join.end.y() for join in joins)
    first, second = stage.workspace
    for join in joins:
        assert first.trace.name_of(join.upper.row) == second.trace.name_of(join.lower.row)


def test_differences_of_matched_operations_are_drawn_and_told(make: Make) -> None:
    base = as_document(pipeline(chunks=1, streams=1), letter="A")
    stage = make(as_document(batch_one(), "shorter"), base, size=(1000, 900))
    joins = joins_of(stage)
    live = stage.document
    assert len(joins) == 5
    for join in joins:
        assert not join.base_is_upper
        assert join.delta_ns == int(live.trace.dur[join.upper.row]) - int(base.trace.dur[join.lower.row])
    painter = stage.canvas._picture._join_painter
    edges = float(stage.canvas.column_px()), float(stage.canvas.width_px())
    labels = painter.labels(joins, (), edges)
    assert labels
    plates = [plate for _, plate in labels]
    assert not any(one.intersects(other) for one in plates for other in plates if one is not other)
    assert all(edges[0] < plate.left() and plate.right() < edges[1] for plate in plates)
    middles = [plate.center().x() for plate in plates]
    for low, high in ((min(middles), edges[1]), (edges[0], max(middles))):
        moved = painter.labels(joins, (), (low, high))
        assert all(low < plate.left() and plate.right() < high for _, plate in moved), "whole where the lanes end"
    for join, plate in labels:
        ring = canvas_pixels(stage)[round(plate.top()), round(plate.left()) : round(plate.right())]
        wanted = LIGHT.exposed if join.delta_ns > 0 else LIGHT.paint[Paint.KERNEL]
        assert (ring == rgb(wanted)).sum() > len(ring) / 2
    row = stage.row_of("relu")
    told = tip_lines(stage.canvas, QPointF(stage.point_of(row)))
    other = next(join.lower.row for join in joins if join.upper.row == row)
    wanted_ns = int(live.trace.dur[row]) - int(base.trace.dur[other])
    assert told[-1] == f"in A {format_ns(int(base.trace.dur[other]))}, here {format_difference_ns(wanted_ns)}"
    assert format_difference_ns(wanted_ns).startswith("−")


def test_of_many_matched_operations_only_those_of_the_chosen_slice_are_joined(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.timeline.joins._MOST_LINES", 3)
    first = as_document(pipeline(chunks=1, streams=1))
    stage = make(first, as_document(batch_one()), size=(1000, 900))
    assert joins_of(stage) == []
    chosen = Slice(first.id, stage.row_of("relu"))
    assert [join.upper for join in joins_of(stage, chosen)] == [chosen]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_measured_stretch_colours_the_ground_and_leaves_the_boxes(stage: Stage, theme) -> None:
    stage.widget.set_theme(theme)
    stage.settle()
    before = canvas_pixels(stage)
    stage.view.measure(0, stage.view.limits[1])
    stage.settle()
    after = canvas_pixels(stage)
    column = stage.canvas.column_px()
    for name, changes in ((theme.lane, True), (theme.paint[Paint.KERNEL], False)):
        there = before[:, column + 40 : -40] == rgb(name)
        assert there.sum() > 100
        assert (after[:, column + 40 : -40][there] != rgb(name)).mean() == (1.0 if changes else 0.0)
