"""A timeline over the traces of small pipelines, driven by real events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.state.document import Document, Kind, Status
from gui.state.search import SearchState
from gui.state.selection import SelectionState, Slice
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.canvas import Canvas
from gui.timeline.widget import TimelineWidget
from profiler.report.exposed import exposed_spans
from profiler.timeline.model import Timeline
from profiler.trace.tables import Trace
from tests.timeline.synthetic import pipeline

NOTHING = QPoint(0, 0)


@dataclass
class Stage:
    """The widget, its state, and hands on it."""

    widget: TimelineWidget
    workspace: Workspace
    view: ViewState
    selection: SelectionState
    search: SearchState

    @property
    def canvas(self) -> Canvas:
        return self.widget.canvas

    @property
    def document(self) -> Document:
        return next(iter(self.workspace))

    def settle(self) -> None:
        QApplication.processEvents()
        QApplication.processEvents()

    def key_of(self, title: str) -> str:
        tree = self.canvas.stack.tree(self.document)
        return next(node.key for top in tree for node in top.walk() if node.title == title)

    def titles(self) -> list[str]:
        return [strip.node.title for section in self.canvas.stack.sections for strip in section.arrangement.strips]

    def row_of(self, name: str, number: int = 0) -> int:
        trace = self.document.trace
        assert trace is not None
        return [row for row in range(len(trace)) if trace.name_of(row) == name][number]

    def point_of(self, row: int, *, lane: int = 0) -> QPoint:
        """The middle of a slice in one of its lanes, on the canvas."""
        spot = self.canvas.spots(Slice(self.document.id, row))[lane]
        ratio = self.canvas.devicePixelRatioF()
        return QPointF((spot.x + spot.w / 2) / ratio, spot.middle / ratio).toPoint()

    def name_point(self, title: str, x: int = 90) -> QPoint:
        """The middle of a strip's name."""
        for drawn in self.canvas.drawn:
            for placed in drawn.placed:
                if placed.strip.node.title == title:
                    return QPoint(x, round((placed.y + placed.strip.height / 2) / self.canvas.devicePixelRatioF()))
        raise LookupError(title)

    def x_of(self, time_ns: int) -> float:
        ratio = self.canvas.devicePixelRatioF()
        return (self.canvas.column_px() + float(self.canvas.viewport_of(None).x_of(time_ns))) / ratio

    def click(self, point: QPoint, **more: object) -> None:
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, pos=point, **more)
        self.settle()

    def drag(
        self,
        start: QPoint,
        end: QPoint,
        *,
        widget: QWidget | None = None,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        target = widget or self.canvas
        QTest.mousePress(target, button, held, start)
        for part in range(1, 5):
            middle = start + (end - start) * part / 4
            where, above = QPointF(middle), QPointF(target.mapToGlobal(middle))
            event = QMouseEvent(QEvent.Type.MouseMove, where, above, Qt.MouseButton.NoButton, button, held)
            QApplication.sendEvent(target, event)
        QTest.mouseRelease(target, button, held, end)
        self.settle()

    def move_to(self, point: QPoint) -> None:
        where, above = QPointF(point), QPointF(self.canvas.mapToGlobal(point))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, where, above, none, none, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.canvas, event)
        self.settle()

    def wheel(
        self,
        point: QPoint,
        *,
        angle: QPoint = NOTHING,
        pixels: QPoint = NOTHING,
        held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        where, above = QPointF(point), QPointF(self.canvas.mapToGlobal(point))
        none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
        QApplication.sendEvent(self.canvas, QWheelEvent(where, above, pixels, angle, none, held, phase, False))
        self.settle()

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas, key, held)
        self.settle()


def as_document(trace: Trace, title: str = "pipeline", letter: str = "") -> Document:
    document = Document(kind=Kind.FILE, title=title, letter=letter)
    document.show(trace, Timeline(trace, exposed_spans(trace)), status=Status.READY)
    return document


Make = Callable[..., Stage]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    """Makes a shown timeline over documents."""

    def made(*documents: Document, size: tuple[int, int] = (1000, 620), scale: float = 1.0) -> Stage:
        workspace, view, selection, search = Workspace(), ViewState(), SelectionState(), SearchState()
        widget = TimelineWidget(workspace, view, selection, search, scale=scale)
        qtbot.addWidget(widget)
        for document in documents:
            workspace.add(document)
        view.set_limits(workspace.span_ns, fit=True)
        widget.resize(*size)
        widget.show()
        stage = Stage(widget, workspace, view, selection, search)
        stage.settle()
        return stage

    return made


@pytest.fixture
def stage(make: Make) -> Stage:
    return make(as_document(pipeline()))
