"""What a click or a drag on the lanes brings to the front, and what a key marks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.gui.program.conftest import Start, settle

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 8, "strategy": "depth-first"}


def test_a_click_brings_details_and_a_measured_stretch_brings_figures(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    window, canvas = application.window, application.window.timeline.canvas
    columns = (QPoint(x, y) for y in range(0, canvas.height(), 4) for x in range(200, canvas.width(), 4))
    on_slice = next(point for point in columns if canvas.slice_at(point.toPointF()) is not None)

    def click() -> None:
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=on_slice)
        settle(application, qtbot)

    def measure() -> None:
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 120))
        QTest.mouseMove(canvas, QPoint(380, 120))
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(380, 120))
        settle(application, qtbot)

    assert window.docks.in_front("figures")
    click()
    assert window.docks.in_front("details")
    measure()
    assert application.session.view.measured is not None
    assert window.docks.in_front("figures")
    window.docks.reveal("comparison")
    click()
    measure()
    assert window.docks.in_front("comparison"), "what was chosen otherwise stays"
    window.docks["details"].close()
    window.docks.reveal("figures")
    click()
    assert window.docks.in_front("figures")
    assert window.docks["details"].isHidden()


def test_a_mark_is_set_under_the_pointer(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    window, view = application.window, application.session.view
    canvas = window.timeline.canvas
    point = QPoint(canvas.width() - 60, canvas.height() - 20)
    QTest.mouseMove(canvas, point)
    qtbot.waitUntil(lambda: view.pointer_ns is not None)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_M)
    assert [mark.at_ns for mark in view.marks] == [canvas.time_at(point.toPointF())]
