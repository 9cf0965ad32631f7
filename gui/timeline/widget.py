"""The timeline as one widget: ruler, lanes and their scroll bar, over observable state."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QScrollBar, QWidget

from gui.state.search import SearchState
from gui.state.selection import SelectionState
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.axis import Axis
from gui.timeline.canvas import Canvas
from gui.timeline.gestures import Drag, LaneGestures
from gui.timeline.look import Look
from gui.timeline.ruler import RulerBar
from profiler.report.palette import LIGHT, Theme
from profiler.timeline.arrange import StripKind


class TimelineWidget(QWidget):
    """Timelines of all documents of a workspace on one time axis.

    Parameters
    ----------
    workspace, view, selection, search
        What is shown; every gesture goes through them.
    theme : Theme
    scale : float
        Interface scale.
    """

    def __init__(
        self,
        workspace: Workspace,
        view: ViewState,
        selection: SelectionState,
        search: SearchState | None = None,
        *,
        theme: Theme = LIGHT,
        scale: float = 1.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.workspace, self.view, self.selection = workspace, view, selection
        self.search = search if search is not None else SearchState()
        self._theme, self._scale = theme, scale
        self._ratio = self.devicePixelRatioF()
        self.axis = Axis(workspace)
        look = self._look()
        self.ruler = RulerBar(view, self.axis, look)
        self.canvas = Canvas(workspace, view, selection, self.axis, look)
        self.bar = QScrollBar(Qt.Orientation.Vertical)
        self.bar.setObjectName("timeline-scroll")
        self.bar.setAccessibleName("scroll lanes")
        self.setObjectName("timeline")
        self.setAccessibleName("timeline")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.ruler, 0, 0)
        grid.addWidget(self.canvas, 1, 0)
        grid.addWidget(self.bar, 1, 1)
        self.gestures = LaneGestures(self.canvas)
        self.setFocusProxy(self.canvas)
        self.bar.valueChanged.connect(self.canvas.scroll_to)
        self.canvas.scrolled.connect(self._follow_scroll)
        self.canvas.installEventFilter(self)
        self._listen()

    def set_theme(self, theme: Theme, scale: float | None = None) -> None:
        """Paint in another theme, and at another interface scale where one is given."""
        self._theme = theme
        self._scale = self._scale if scale is None else scale
        look = self._look()
        self.ruler.set_look(look)
        self.canvas.set_look(look)

    def render_image(self) -> QImage:
        """Exactly what is seen, in device pixels."""
        ratio = self.devicePixelRatioF()
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self._theme.background)
        painter = QPainter(image)
        try:
            self.render(painter)
        finally:
            painter.end()
        return image

    def lane_report(self) -> list[dict[str, Any]]:
        """What is drawn of each lane: name, kind, device, place on the screen in pixels, busy and exposed time."""
        return []

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Mouse, wheel and keys of the lanes."""
        if watched is self.canvas:
            handler = {
                QEvent.Type.MouseButtonPress: self._pressed,
                QEvent.Type.MouseMove: self._moved,
                QEvent.Type.MouseButtonRelease: self._released,
                QEvent.Type.MouseButtonDblClick: self._double_clicked,
                QEvent.Type.Wheel: self._wheeled,
                QEvent.Type.KeyPress: self._key_pressed,
                QEvent.Type.KeyRelease: self._key_released,
            }.get(event.type())
            if handler is not None:
                return handler(event)
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Another font or palette of the application."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.set_theme(self._theme)

    def event(self, event: QEvent) -> bool:
        """The widget moved to a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_theme(self._theme)
        return super().event(event)

    def _look(self) -> Look:
        return Look(self._theme, self.font().family(), self._scale * self.devicePixelRatioF())

    def _listen(self) -> None:
        self.view.events.shown.connect(self._view_changed)
        self.view.events.clock.connect(self._view_changed)
        self.view.events.marks.connect(self._view_changed)
        self.view.events.measured.connect(self._view_changed)
        self.selection.events.selected.connect(self.canvas.update, max_args=0)
        self.selection.events.area.connect(self.canvas.update, max_args=0)
        for signal in (self.workspace.added, self.workspace.removed, self.workspace.redrawn):
            signal.connect(self._documents_changed, max_args=0)
        self.workspace.reordered.connect(self._documents_changed)
        self.workspace.activated.connect(self._view_changed, max_args=0)

    def _view_changed(self) -> None:
        self.ruler.update()
        self.canvas.update()

    def _documents_changed(self) -> None:
        self.canvas.rearrange()

    def _follow_scroll(self) -> None:
        self.bar.setRange(0, self.canvas.most_scroll())
        self.bar.setPageStep(self.canvas.height_px())
        self.bar.setSingleStep(self.canvas.look.px(24))
        self.bar.setValue(self.canvas.scroll)
        self.bar.setVisible(self.canvas.most_scroll() > 0)

    def _pressed(self, event: QMouseEvent) -> bool:
        self.canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        x, y = self.canvas.device_point(event.position().toPoint())
        if x < self.axis.column_px(self.canvas.look):
            self._press_name(y)
        else:
            self.gestures.press(event)
        return True

    def _press_name(self, y: float) -> None:
        placed = self.canvas.strip_at(y)
        if placed is not None and placed.strip.foldable:
            placed.document.lanes.fold(placed.strip.node.key, placed.strip.kind != StripKind.FOLDED)

    def _moved(self, event: QMouseEvent) -> bool:
        if self.gestures.drag != Drag.NONE:
            self.gestures.move(event)
        else:
            self.selection.hovered = self.canvas.slice_at(*self.canvas.device_point(event.position().toPoint()))
        return True

    def _released(self, event: QMouseEvent) -> bool:
        self.gestures.release(event)
        return True

    def _double_clicked(self, event: QMouseEvent) -> bool:
        self.gestures.double_click(event)
        return True

    def _wheeled(self, event: QWheelEvent) -> bool:
        self.gestures.wheel(event)
        return True

    def _key_pressed(self, event: QKeyEvent) -> bool:
        view, key = self.view, event.key()
        start, end = view.shown
        centre = (start + end) // 2
        step = max(view.span_ns // 8, 1)
        actions = {
            Qt.Key.Key_W: lambda: view.zoom(1.3, centre),
            Qt.Key.Key_S: lambda: view.zoom(1 / 1.3, centre),
            Qt.Key.Key_A: lambda: view.pan(-step),
            Qt.Key.Key_D: lambda: view.pan(step),
            Qt.Key.Key_F: view.fit,
            Qt.Key.Key_Backspace: view.undo,
        }
        action = actions.get(key)
        if key == Qt.Key.Key_Space:
            self.gestures.space_held = True
            return True
        if action is None:
            return False
        action()
        return True

    def _key_released(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.gestures.space_held = False
            return True
        return False
