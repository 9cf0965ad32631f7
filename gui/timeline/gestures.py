"""Mouse and wheel on the lanes, turned into changes of the view and the selection."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from gui.state.selection import Area
from gui.timeline.canvas import Canvas

#: A press that moves no farther than this is a click; logical pixels.
_CLICK_PX = 4

#: Zoom of one notch of a wheel (120 eighths of a degree), and of one pixel of a touchpad.
_NOTCH = 1.25
_NOTCH_UNITS = 120.0
_TOUCHPAD = 1.004

_PAN_NOTCH_SHARE = 0.12


class Drag(Enum):
    """What a drag over the lanes does."""

    NONE = "none"
    PRESSED = "pressed"
    RANGE = "range"
    AREA = "area"
    PAN = "pan"


class LaneGestures(QObject):
    """Gestures over the lanes: wheel, click, double click, drags."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._drag = Drag.NONE
        self._from = QPoint()
        self._last = QPoint()
        self._anchor_ns = 0
        self.space_held = False

    @property
    def drag(self) -> Drag:
        """What is going on."""
        return self._drag

    def time_at(self, position: QPoint) -> int:
        """Relative time under a point of the canvas."""
        canvas = self._canvas
        x = canvas.device_point(position)[0] - canvas.axis.column_px(canvas.look)
        start, end = canvas.view.shown
        width = max(canvas.width_px() - canvas.axis.column_px(canvas.look), 1)
        return start + round(x * (end - start) / width)

    def press(self, event: QMouseEvent) -> None:
        """A button goes down over the lanes."""
        self._from = self._last = event.position().toPoint()
        self._anchor_ns = self.time_at(self._from)
        button, shift = event.button(), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self.space_held):
            self._drag = Drag.PAN
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.LeftButton:
            self._drag = Drag.AREA if shift else Drag.PRESSED

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves with a button down."""
        position = event.position().toPoint()
        if self._drag == Drag.PRESSED and (position - self._from).manhattanLength() > _CLICK_PX:
            self._drag = Drag.RANGE
        if self._drag == Drag.RANGE:
            self._canvas.view.measure(self._anchor_ns, self.time_at(position))
        elif self._drag == Drag.AREA:
            self._canvas.selection.area = self._area(position)
        elif self._drag == Drag.PAN:
            self._pan(position)
        self._last = position

    def release(self, event: QMouseEvent) -> None:
        """The button goes up."""
        if self._drag == Drag.PRESSED:
            self.click(event.position().toPoint())
        if self._drag == Drag.PAN:
            self._canvas.unsetCursor()
        self._drag = Drag.NONE

    def click(self, position: QPoint) -> None:
        """Select what is under a point; nothing there clears selection and measured stretch."""
        canvas = self._canvas
        found = canvas.slice_at(*canvas.device_point(position))
        canvas.selection.selected = found
        canvas.selection.area = None
        if found is None:
            canvas.view.measured = None
        else:
            canvas.workspace.activate(canvas.workspace.find(found.document))

    def double_click(self, event: QMouseEvent) -> None:
        """Zoom to the slice under the pointer."""
        canvas = self._canvas
        found = canvas.slice_at(*canvas.device_point(event.position().toPoint()))
        document = canvas.workspace.find(found.document) if found else None
        if found is None or document is None or document.trace is None:
            return
        start = int(document.trace.ts[found.row]) - document.origin_ns
        length = max(int(document.trace.dur[found.row]), 1)
        canvas.view.show(start - length // 4 - 1, start + length + length // 4 + 1)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Shift, or sideways, pan; over the names, scroll."""
        canvas, pixels, angle = self._canvas, event.pixelDelta(), event.angleDelta()
        delta = pixels if not pixels.isNull() else angle
        position = event.position().toPoint()
        sideways = abs(delta.x()) > abs(delta.y())
        if canvas.device_point(position)[0] < canvas.axis.column_px(canvas.look):
            canvas.scroll_to(
                canvas.scroll - (pixels.y() if not pixels.isNull() else angle.y() / 2) * canvas.devicePixelRatioF()
            )
        elif sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pan_by_wheel(delta.x() if sideways else delta.y(), fine=not pixels.isNull())
        else:
            factor = _TOUCHPAD ** pixels.y() if not pixels.isNull() else _NOTCH ** (angle.y() / _NOTCH_UNITS)
            if factor != 1:
                canvas.view.zoom(factor, self.time_at(position))
        event.accept()

    def _pan_by_wheel(self, delta: int, *, fine: bool) -> None:
        view, canvas = self._canvas.view, self._canvas
        if fine:
            width = max(canvas.width() - canvas.axis.column_px(canvas.look) / canvas.devicePixelRatioF(), 1)
            view.pan(round(-delta * view.span_ns / width))
        else:
            view.pan(round(-delta / _NOTCH_UNITS * _PAN_NOTCH_SHARE * view.span_ns))

    def _pan(self, position: QPoint) -> None:
        canvas = self._canvas
        canvas.view.pan(self.time_at(self._last) - self.time_at(position))
        canvas.scroll_to(canvas.scroll + (self._last.y() - position.y()) * canvas.devicePixelRatioF())

    def _area(self, position: QPoint) -> Area | None:
        """The lanes of one document between the press and the pointer, and the stretch."""
        canvas = self._canvas
        top, bottom = sorted((canvas.device_point(self._from)[1], canvas.device_point(position)[1]))
        touched = [
            placed for drawn in canvas.drawn for placed in drawn.placed if placed.bottom >= top and placed.y <= bottom
        ]
        first = canvas.strip_at(canvas.device_point(self._from)[1])
        document = first.document if first else touched[0].document if touched else None
        if document is None:
            return None
        lanes = tuple(placed.strip.node.key for placed in touched if placed.document is document)
        low, high = sorted((self._anchor_ns, self.time_at(position)))
        return Area(document.id, lanes, (low, high)) if lanes and high > low else None
