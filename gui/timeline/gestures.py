"""Mouse and wheel on the lanes, turned into changes of the view and the selection."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent

from gui.state.selection import Area, Slice
from gui.timeline.canvas import Canvas, Speaker

#: A press that moves no farther than this is a click; logical pixels.
_CLICK_PX = 4

#: Zoom of one notch of a wheel, and of one pixel of a touchpad.
_NOTCH = 1.25
_TOUCHPAD = 1.004

#: Eighths of a degree in a notch.
_NOTCH_UNITS = 120.0

#: Share of the view that a notch pans, and logical pixels that it scrolls.
_PAN_SHARE = 0.12
_SCROLL_PX = 60


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
        self.drag = Drag.NONE
        self._from = self._last = QPointF()
        self._anchor_ns = 0
        self.space_held = False

    def press(self, event: QMouseEvent) -> None:
        """A button goes down over the lanes."""
        self._from = self._last = event.position()
        self._anchor_ns = self._canvas.time_at(self._from)
        button, shift = event.button(), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self.space_held):
            self.drag = Drag.PAN
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.LeftButton:
            self.drag = Drag.AREA if shift else Drag.PRESSED

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves with a button down."""
        position = event.position()
        if self.drag == Drag.PRESSED and (position - self._from).manhattanLength() > _CLICK_PX:
            self.drag = Drag.RANGE
        if self.drag == Drag.RANGE:
            self._canvas.view.measure(self._anchor_ns, self._canvas.time_at(position))
        elif self.drag == Drag.AREA:
            self._canvas.selection.area = self._area(position)
        elif self.drag == Drag.PAN:
            self._pan(position)
        self._last = position

    def release(self, event: QMouseEvent) -> None:
        """The button goes up."""
        if self.drag == Drag.PRESSED:
            self._click(event.position())
        if self.drag == Drag.RANGE:
            self._canvas.speak(Speaker.FIGURES)
        if self.drag == Drag.PAN:
            self._canvas.unsetCursor()
        self.drag = Drag.NONE

    def hover(self, event: QMouseEvent) -> None:
        """The pointer moves with no button down."""
        self._canvas.selection.hovered = self._canvas.slice_at(event.position())

    def double_click(self, event: QMouseEvent) -> None:
        """Zoom to the slice under the pointer."""
        found = self._canvas.slice_at(event.position())
        if found is not None:
            self._canvas.selection.selected = found
            zoom_to(self._canvas, found)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Shift, or sideways, pan; over the names, scroll."""
        canvas, pixels, angle = self._canvas, event.pixelDelta(), event.angleDelta()
        fine = not pixels.isNull()
        delta = pixels if fine else angle
        sideways = abs(delta.x()) > abs(delta.y())
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if canvas.device_point(event.position())[0] < canvas.column_px():
            logical = pixels.y() if fine else angle.y() / _NOTCH_UNITS * _SCROLL_PX
            canvas.scroll_to(canvas.scroll - logical * canvas.devicePixelRatioF())
        elif sideways or shift:
            self._pan_by_wheel(delta.x() if sideways else delta.y(), fine=fine)
        elif delta.y():
            factor = _TOUCHPAD ** pixels.y() if fine else _NOTCH ** (angle.y() / _NOTCH_UNITS)
            canvas.view.zoom(factor, canvas.time_at(event.position()))
        event.accept()

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Two fingers on a touchpad; whether the gesture was one that zooms."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._canvas.view.zoom(max(1 + event.value(), 0.1), self._canvas.time_at(event.position()))
        return True

    def _click(self, position: QPointF) -> None:
        """Select what is under a point; nothing there clears selection, area and measured stretch."""
        canvas = self._canvas
        found = canvas.slice_and_row(position)
        canvas.selection.area = None
        canvas.selection.selected = found[0] if found is not None else None
        canvas.walking_in = found[1] if found is not None else None
        if found is None:
            canvas.view.measured = None
            canvas.workspace.activate(canvas.title_at(position) or canvas.workspace.active)
        else:
            canvas.workspace.activate(canvas.workspace.find(found[0].document))
        canvas.speak(Speaker.DETAILS if found is not None else Speaker.FIGURES)

    def _pan_by_wheel(self, delta: int, *, fine: bool) -> None:
        view, canvas = self._canvas.view, self._canvas
        width = max(canvas.width() - canvas.column_px() / canvas.devicePixelRatioF(), 1)
        share = delta / width if fine else delta / _NOTCH_UNITS * _PAN_SHARE
        view.pan(round(-share * view.span_ns))

    def _pan(self, position: QPointF) -> None:
        canvas = self._canvas
        canvas.view.pan(canvas.time_at(self._last) - canvas.time_at(position))
        canvas.scroll_to(canvas.scroll + (self._last.y() - position.y()) * canvas.devicePixelRatioF())

    def _area(self, position: QPointF) -> Area | None:
        """The lanes of one document between the press and the pointer, and the stretch."""
        canvas = self._canvas
        top, bottom = sorted((canvas.device_point(self._from)[1], canvas.device_point(position)[1]))
        touched = [
            placed for drawn in canvas.drawn for placed in drawn.placed if placed.bottom >= top and placed.y <= bottom
        ]
        first = canvas.strip_at(self._from)
        document = first.document if first else touched[0].document if touched else None
        keys = tuple(placed.strip.node.key for placed in touched if placed.document is document and placed.strip.rows)
        low, high = sorted((self._anchor_ns, canvas.time_at(position)))
        return Area(document.id, keys, (low, high)) if document is not None and keys and high > low else None


def zoom_to(canvas: Canvas, chosen: Slice) -> None:
    """See a slice with a little of what is around it."""
    document = canvas.workspace.find(chosen.document)
    if document is not None and document.trace is not None:
        start = int(document.trace.ts[chosen.row]) - document.origin_ns
        length = max(int(document.trace.dur[chosen.row]), 1)
        canvas.view.show(start - length // 4 - 1, start + length + length // 4 + 1)
        canvas.bring_into_sight(chosen)
