"""Screens, sizes, documents and lanes that change while the timeline is shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from gui.state.selection import Slice
from gui.state.view import Clock
from gui.timeline.look import Look
from gui.timeline.names import left_out, note_of
from profiler.report.palette import LIGHT
from profiler.timeline.paint import Paint
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from profiler.units import format_ns
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import Rows, batch_one, pipeline


def test_another_device_pixel_ratio_makes_a_new_look(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage.canvas.look
    QApplication.sendEvent(stage.widget, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert stage.canvas.look is not before
    image = stage.widget.render_image(scale=1.5)
    assert image.width() == round(stage.widget.width() * 1.5)


def test_a_look_for_twice_the_pixels_doubles_every_measure() -> None:
    one, two = Look(LIGHT, "sans", 1.0), Look(LIGHT, "sans", 2.0)
    for kind, height in one.style.row_px.items():
        assert two.style.row_px[kind] == 2 * height
    assert two.px(10) == 2 * one.px(10)
    assert two.label_font.pixelSize() == 2 * one.label_font.pixelSize()
    assert (one.shades == two.shades).all()


def test_texts_follow_the_font_of_the_application(make: Make) -> None:
    stage = make(as_document(pipeline()), scale=None)
    height = stage.widget.ruler.height()
    font = QFont(stage.widget.font())
    font.setPixelSize(24)
    stage.widget.setFont(font)
    stage.settle()
    assert stage.widget.ruler.height() == pytest.approx(60, abs=1) != height


@pytest.mark.parametrize("size", [(300, 200), (260, 160), (2000, 1200)])
def test_it_is_painted_at_any_size(stage: Stage, size: tuple[int, int]) -> None:
    stage.widget.resize(*size)
    stage.settle()
    assert stage.widget.render_image().width() == stage.widget.width()
    assert 0 <= stage.canvas.scroll <= stage.canvas.most_scroll()


def test_closing_a_document_drops_its_lanes_and_its_listeners(make: Make) -> None:
    first, second = as_document(pipeline(), "one", "A"), as_document(batch_one(), "two", "B")
    stage = make(first, second)
    stage.selection.selected = Slice(first.id, 0)
    stage.workspace.remove(first)
    stage.selection.forget(first.id)
    stage.settle()
    assert {drawn.document for drawn in stage.canvas.drawn} == {second}
    stage.workspace.remove(second)
    stage.settle()
    assert stage.canvas.drawn == ()


def test_the_grid_counts_from_a_mark_as_soon_as_it_is_set(make: Make) -> None:
    moved, fresh = make(as_document(pipeline())), make(as_document(pipeline()))
    moved.view.clock = Clock.MARK
    moved.view.add_mark(7_000)
    moved.settle()
    moved.view.add_mark(13_000)
    moved.settle()
    fresh.view.add_mark(7_000)
    fresh.view.add_mark(13_000)
    fresh.view.clock = Clock.MARK
    fresh.settle()
    assert moved.canvas.grab().toImage() == fresh.canvas.grab().toImage()


def test_documents_stand_as_the_workspace_orders_them(make: Make) -> None:
    first, second = as_document(pipeline(), "one", "A"), as_document(batch_one(), "two", "B")
    stage = make(first, second, size=(1000, 1000))
    assert [section.document for section in stage.canvas.stack.sections] == [first, second]
    stage.workspace.move(second, 0)
    stage.settle()
    assert [section.document for section in stage.canvas.stack.sections] == [second, first]


def test_a_filter_is_seen_at_once(stage: Stage) -> None:
    stage.document.lanes.filter("compute|stream 2")
    stage.settle()
    assert [row["name"] for row in stage.widget.lane_report()] == ["compute", "stream 2"]


def test_three_hundred_streams_start_folded_scroll_and_filter(make: Make) -> None:
    rows = Rows()
    for stream in range(323):
        track = Track(TrackKind.STREAM, "", pid=1, device=0, stream=stream)
        rows.add("k", track, stream * 1000, 900, Category.KERNEL, device=0, stream=stream, pid=1)
    stage = make(as_document(rows.trace()))
    names = [row["name"] for row in stage.widget.lane_report()]
    assert names == ["compute", "streams"]
    assert stage.widget.lane_report()[1]["busy_ns"] == 323 * 900
    stage.click(stage.name_point("streams"))
    assert stage.canvas.most_scroll() > 5000
    in_sight = len(stage.widget.lane_report())
    assert in_sight < 40
    stage.widget.bar.setValue(stage.canvas.most_scroll())
    stage.settle()
    assert stage.widget.lane_report()[-1]["name"] == "stream 322"
    stage.document.lanes.filter("stream 10.")
    stage.settle()
    assert len(stage.widget.lane_report()) == 10
    assert stage.canvas.scroll <= stage.canvas.most_scroll()


def test_reveal_moves_and_scrolls_to_a_slice(make: Make) -> None:
    stage = make(as_document(pipeline()), size=(900, 260))
    row = stage.row_of("DtoH", 7)
    stage.view.show(0, 50_000)
    stage.settle()
    stage.widget.reveal(Slice(stage.document.id, row))
    stage.settle()
    start = int(stage.document.trace.ts[row]) - stage.document.origin_ns
    assert stage.view.shown[0] <= start <= stage.view.shown[1]
    spots = stage.canvas.spots(Slice(stage.document.id, row))
    assert any(spot.y >= 0 and spot.y + spot.h <= stage.canvas.height_px() for spot in spots)


def test_the_lanes_are_kept_while_only_the_pointer_moves(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    painted = []
    original = stage.canvas._picture.lanes
    monkeypatch.setattr(stage.canvas._picture, "lanes", lambda image: painted.append(1) or original(image))
    stage.move_to(stage.point_of(stage.row_of("HtoD", 1)))
    stage.view.measure(1000, 90_000)
    stage.settle()
    assert painted == []
    stage.view.zoom(2, 500_000)
    stage.settle()
    assert painted == [1]


def test_what_is_on_the_screen_is_of_the_view_that_is_set(stage: Stage) -> None:
    for start in np.linspace(0, 900_000, 7).astype(int).tolist():
        stage.view.show(start, start + 100_000)
        stage.settle()
        frame = stage.canvas.drawn[0].frame
        assert frame.viewport.start_ns - stage.document.origin_ns == start
        assert frame.viewport.end_ns - stage.document.origin_ns == start + 100_000


def test_the_legend_names_what_occurs(make: Make) -> None:
    stage = make(as_document(pipeline()))
    words = [word for _, word, _ in stage.widget.legend.entries()]
    assert words[:2] == ["exposed: no kernel runs meanwhile", "hidden under kernels"]
    assert {"kernel", "HtoD copy", "DtoH copy", "host call", "waiting for the engine"} <= set(words)
    assert "memset" not in words
    assert make().widget.legend.entries() == []


def test_hovering_shows_the_handles_only_over_names(stage: Stage) -> None:
    stage.move_to(stage.name_point("compute"))
    assert stage.canvas.hovered_strip is not None
    stage.move_to(QPoint(600, 200))
    assert stage.canvas.hovered_strip is None


def test_a_title_tells_one_repeat_from_all(make: Make) -> None:
    document = as_document(pipeline())
    span = format_ns(document.span_ns)
    overlap = {"hidden_fraction": 0.25, "exposed_ns": 2_000}
    document.figures = {"overlap": overlap, "repeats": 1}
    assert note_of(document) == f"{span}  ·  25.0 % of copy time hidden  ·  2.000 µs exposed"
    document.figures = {"overlap": overlap, "repeats": 20}
    assert note_of(document).startswith(f"{span} in 20 repeats  ·  ")
    assert note_of(document).endswith("2.000 µs exposed in the median one")


def test_a_title_says_why_lanes_are_not_shown(stage: Stage) -> None:
    lanes = stage.document.lanes
    plain = stage.canvas.grab().toImage()
    assert list(left_out(stage.document)) == []
    lanes.filter("HtoD")
    stage.settle()
    assert list(left_out(stage.document)) == ["filter HtoD"]
    title = QRect(0, 0, stage.canvas.width(), 28)
    assert stage.canvas.grab().toImage().copy(title) != plain.copy(title), "and it is drawn"
    lanes.filter("")
    lanes.hide(stage.key_of("HtoD"), stage.key_of("DtoH"))
    stage.document.look_at(0)
    assert list(left_out(stage.document)) == ["only GPU 0", "2 hidden"]


def test_of_several_documents_the_active_one_is_marked(make: Make) -> None:
    stage = make(as_document(pipeline(), "one"), as_document(pipeline(), "two"), size=(900, 1600))

    def marked() -> list[str]:
        image = stage.canvas.grab().toImage()
        tops = {section.document.title: top for section, top in stage.canvas.stack.headings(0, 10_000)}
        accent = LIGHT.paint[Paint.KERNEL]
        return [title for title, top in tops.items() if image.pixelColor(1, round(top) + 15).name() == accent.lower()]

    for document in stage.workspace:
        stage.workspace.activate(document)
        stage.settle()
        assert marked() == [document.title]
    stage.workspace.remove(document)
    stage.settle()
    assert marked() == [], "one alone needs no mark"
