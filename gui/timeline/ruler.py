"""The ruler above the lanes: ticks, what they count from, marks, and the measured stretch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from gui.state.view import Clock, Mark, ViewState
from gui.timeline.axis import Axis
from gui.timeline.look import Look
from gui.timeline.painting import device_painter
from gui.timeline.rects import RectBuffer
from gui.timeline.texts import Texts
from profiler.timeline.paint import Paint
from profiler.timeline.viewport import Viewport
from profiler.units import format_ns

HEIGHT_PX = 30

_CLOCKS = {Clock.RELATIVE: "from the start", Clock.ABSOLUTE: "trace clock", Clock.MARK: "from the last mark"}


class RulerBar(QWidget):
    """Ticks with labels; a press on the clock's name changes what the ruler counts from."""

    def __init__(self, view: ViewState, axis: Axis, look: Look) -> None:
        super().__init__()
        self._view, self._axis = view, axis
        self._anchor_ns: int | None = None
        self.setMouseTracking(True)
        self.setToolTip("Drag to measure. Click the word on the left to count from elsewhere.")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("timeline-ruler")
        self.setAccessibleName("time ruler")
        self.set_look(look)

    def set_look(self, look: Look) -> None:
        """Paint in another theme or scale."""
        self._look = look
        self._texts, self._strong = Texts(look.ruler_font), Texts(look.strong_font)
        self._rects = RectBuffer()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """One line of labels above the ticks."""
        return QSize(400, round(HEIGHT_PX * self._look.scale / self.devicePixelRatioF()))

    def minimumSizeHint(self) -> QSize:
        """As high as hinted."""
        return QSize(100, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On the clock: count from elsewhere. On the axis: begin to measure."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._device_x(event) < self._axis.column_px(self._look):
            self._view.clock = next_clock(self._view)
        else:
            self._anchor_ns = self._time_at(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Measure from where the press was."""
        if self._anchor_ns is not None:
            self._view.measure(self._anchor_ns, self._time_at(event))
        over_clock = self._device_x(event) < self._axis.column_px(self._look)
        self.setCursor(Qt.CursorShape.PointingHandCursor if over_clock else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The stretch stands; a press that did not move clears it."""
        if self._anchor_ns is not None and self._time_at(event) == self._anchor_ns:
            self._view.measured = None
        self._anchor_ns = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See the measured stretch, or everything."""
        if self._device_x(event) >= self._axis.column_px(self._look):
            if self._view.measured is not None:
                self._view.show(*self._view.measured)
            else:
                self._view.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Take away the mark under the pointer."""
        mark = self._mark_at(event.pos().x() * self.devicePixelRatioF())
        if mark is not None:
            menu = QMenu(self)
            menu.addAction("Remove the mark", lambda: self._view.remove_mark(mark.at_ns))
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ticks and labels."""
        ratio = self.devicePixelRatioF()
        with device_painter(self) as painter:
            self.paint_on(painter, round(self.width() * ratio), round(self.height() * ratio))

    def paint_on(self, painter: QPainter, width: int, height: int) -> None:
        """Paint in device pixels."""
        look, column = self._look, self._axis.column_px(self._look)
        painter.fillRect(0, 0, width, height, look.background)
        ruler, viewport = self._axis.ruler(self._view, look, width, self._texts)
        self._stretch(painter, viewport, column, width, height)
        base = height - 1
        painter.fillRect(column, base, width - column, 1, look.rule)
        for times, high in ((ruler.minor, look.px(3)), (ruler.major, look.px(6))):
            x = np.round(column + viewport.x_of(times)).astype(np.int64)
            one = np.ones_like(x)
            self._rects.fill(painter, look.rule, x, one * (base - high), one, one * (high + 1))
        painter.setPen(look.muted)
        painter.setFont(self._texts.font)
        plate = self._plate(viewport, column, width)

        def hidden(left: float, right: float) -> bool:
            return plate is not None and column + right > plate.left() and column + left < plate.right()

        most, taken = width - column - look.px(3), 0.0
        for x, label in zip(viewport.x_of(ruler.major).tolist(), ruler.labels, strict=True):
            room = self._texts.measure(label)
            # Labels stand in the middle of their tick; next to an end they move inwards, as long as they touch it.
            left = min(max(x - room / 2, look.px(3)), most - room)
            if left <= x <= left + room and left >= taken and not hidden(left, left + room):
                taken = left + room + look.px(6)
                self._texts.draw(painter, column + left, height - look.px(14), label)
        self._measure(painter, viewport, column, width)
        self._marks(painter, viewport, column, width)
        painter.fillRect(0, 0, column - 1, height - 1, look.background)
        self._corner(painter, column, height)

    def _stretch(self, painter: QPainter, viewport: Viewport, column: int, width: int, height: int) -> None:
        if self._view.measured is not None:
            x, end = (min(max(float(viewport.x_of(time)), 0), width - column) for time in self._view.measured)
            colour = QColor(self._look.accent)
            colour.setAlphaF(0.18)
            painter.fillRect(QRectF(column + x, 0, end - x, height - 1), colour)

    def _plate(self, viewport: Viewport, column: int, width: int) -> QRectF | None:
        """Where the length of the measured stretch is written: in its middle, as far as it is seen."""
        if self._view.measured is None:
            return None
        start, end = self._view.measured
        x, last = (min(max(float(viewport.x_of(time)), 0), width - column) for time in (start, end))
        if last <= 0 or x >= width - column:
            return None
        look = self._look
        room = self._strong.measure(format_ns(end - start)) + look.px(12)
        left = min(max(column + (x + last - room) / 2, column), width - room)
        return QRectF(left, look.px(4), room, look.px(17))

    def _measure(self, painter: QPainter, viewport: Viewport, column: int, width: int) -> None:
        """The length of the measured stretch."""
        plate, look = self._plate(viewport, column, width), self._look
        if plate is None or self._view.measured is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.accent)
        painter.drawRoundedRect(plate, look.px(3), look.px(3))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._strong.font)
        painter.setPen(look.inks[int(Paint.KERNEL)])
        words = format_ns(self._view.measured[1] - self._view.measured[0])
        self._strong.draw(painter, plate.left() + look.px(6), plate.center().y(), words)

    def _marks(self, painter: QPainter, viewport: Viewport, column: int, width: int) -> None:
        look, size = self._look, self._look.px(6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.text)
        for mark in self._view.marks:
            x = column + round(float(viewport.x_of(mark.at_ns))) + 0.5
            if column <= x <= width:
                base = self.height() * self.devicePixelRatioF()
                painter.drawPolygon(
                    QPolygonF(
                        [QPointF(x, base), QPointF(x - size / 2, base - size), QPointF(x + size / 2, base - size)]
                    )
                )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _mark_at(self, x: float) -> Mark | None:
        column, width = self._axis.column_px(self._look), round(self.width() * self.devicePixelRatioF())
        viewport = self._axis.viewport(self._view, self._look, width)
        reach = self._look.px(6)
        near = [mark for mark in self._view.marks if abs(column + float(viewport.x_of(mark.at_ns)) - x) <= reach]
        return near[0] if near else None

    def _device_x(self, event: QMouseEvent) -> float:
        return event.position().x() * self.devicePixelRatioF()

    def _time_at(self, event: QMouseEvent) -> int:
        width = round(self.width() * self.devicePixelRatioF())
        viewport = self._axis.viewport(self._view, self._look, width)
        return viewport.time_at(self._device_x(event) - self._axis.column_px(self._look))

    def _corner(self, painter: QPainter, column: int, height: int) -> None:
        look = self._look
        span = format_ns(self._view.span_ns)
        painter.setFont(self._strong.font)
        painter.setPen(look.text)
        self._strong.draw(painter, look.px(8), height - look.px(14), span)
        left = look.px(8) + self._strong.measure(span) + look.px(8)
        painter.setFont(self._texts.font)
        painter.setPen(look.muted)
        clock = self._texts.cut(_CLOCKS[self._view.clock], column - left - look.px(4))
        self._texts.draw(painter, left, height - look.px(14), clock)


def next_clock(view: ViewState) -> Clock:
    """What the ruler counts from after another press; from a mark only where there is one."""
    order = [Clock.RELATIVE, Clock.ABSOLUTE, *([Clock.MARK] if view.marks else [])]
    return order[(order.index(view.clock) + 1) % len(order)] if view.clock in order else Clock.RELATIVE
