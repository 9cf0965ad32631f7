"""What is on the screen: pixels against exact shares, themes, what is marked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from gui.state.document import Document, Status
from gui.state.search import Hits
from gui.state.selection import Slice
from profiler.report.palette import DARK, LIGHT
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.gui.timeline.pixels import canvas_pixels, pixels, rgb
from tests.timeline.synthetic import Rows, batch_one, pipeline, random_trace


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
    qtbot.waitUntil(lambda: not [one for drawn in stage.canvas.drawn for one in drawn.frame.wanted])
    qtbot.waitUntil(lambda: stage.canvas.coverer.idle)
    stage.settle()


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
