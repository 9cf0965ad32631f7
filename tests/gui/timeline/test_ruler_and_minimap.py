from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.state.view import Clock
from tests.gui.timeline.conftest import Stage


def ruler_x(stage: Stage, time: int) -> QPoint:
    return QPoint(round(stage.x_of(time)), 12)


def test_a_drag_on_the_ruler_measures_and_a_click_clears(stage: Stage) -> None:
    ruler = stage.widget.ruler
    stage.drag(ruler_x(stage, 200_000), ruler_x(stage, 600_000), widget=ruler)
    low, high = stage.view.measured
    pixel = stage.canvas.viewport_of(None).ns_per_px
    assert (low, high) == (pytest.approx(200_000, abs=pixel), pytest.approx(600_000, abs=pixel))
    QTest.mouseClick(ruler, Qt.MouseButton.LeftButton, pos=ruler_x(stage, 900_000))
    assert stage.view.measured is None


def test_a_double_click_on_the_ruler_zooms_to_what_is_measured_else_to_all(stage: Stage) -> None:
    whole = stage.view.shown
    stage.view.measure(200_000, 600_000)
    QTest.mouseDClick(stage.widget.ruler, Qt.MouseButton.LeftButton, pos=ruler_x(stage, 400_000))
    assert stage.view.shown == (200_000, 600_000)
    stage.view.measured = None
    QTest.mouseDClick(stage.widget.ruler, Qt.MouseButton.LeftButton, pos=QPoint(500, 12))
    assert stage.view.shown == whole


def test_a_click_on_the_clock_counts_from_elsewhere(stage: Stage) -> None:
    seen = []
    stage.view.add_mark(300_000)
    for _ in range(3):
        QTest.mouseClick(stage.widget.ruler, Qt.MouseButton.LeftButton, pos=QPoint(40, 12))
        seen.append(stage.view.clock)
    assert seen == [Clock.ABSOLUTE, Clock.MARK, Clock.RELATIVE]


def test_the_ruler_counts_from_the_mark_or_in_the_traces_own_time(stage: Stage) -> None:
    axis, view = stage.widget.axis, stage.view
    view.add_mark(300_000)
    view.clock = Clock.MARK
    assert axis.origin_ns(view) == 300_000
    view.clock = Clock.ABSOLUTE
    assert axis.origin_ns(view) == -stage.document.origin_ns
    view.clock = Clock.RELATIVE
    assert axis.origin_ns(view) == 0


def test_the_window_of_the_minimap_is_dragged(stage: Stage) -> None:
    minimap = stage.widget.minimap
    stage.view.show(200_000, 400_000)
    stage.settle()
    window = minimap.window_rect()
    stage.drag(window.center().toPoint(), window.center().toPoint() + QPoint(120, 0), widget=minimap)
    moved = minimap.window_rect()
    assert stage.view.span_ns == 200_000
    assert moved.center().x() == pytest.approx(window.center().x() + 120, abs=2)


def test_the_edges_of_the_window_zoom(stage: Stage) -> None:
    minimap = stage.widget.minimap
    stage.view.show(200_000, 500_000)
    stage.settle()
    window = minimap.window_rect()
    edge = QPoint(round(window.right()), 20)
    stage.drag(edge, edge + QPoint(80, 0), widget=minimap)
    assert stage.view.shown[0] == 200_000
    assert stage.view.shown[1] > 500_000
    edge = QPoint(round(minimap.window_rect().left()), 20)
    stage.drag(edge, edge - QPoint(30, 0), widget=minimap)
    assert stage.view.shown[0] < 200_000


def test_a_press_beside_the_window_brings_it_there_and_a_double_click_shows_all(stage: Stage) -> None:
    minimap, whole = stage.widget.minimap, stage.view.shown
    stage.view.show(0, 100_000)
    stage.settle()
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=QPoint(800, 20))
    assert minimap.window_rect().center().x() == pytest.approx(800, abs=2)
    QTest.mouseDClick(minimap, Qt.MouseButton.LeftButton, pos=QPoint(400, 20))
    assert stage.view.shown == whole
