"""The ruler above the lanes: ticks, what they count from, marks, and the measured stretch."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.state.view import Clock, ViewState
from gui.timeline.axis import Axis
from gui.timeline.look import Look
from gui.timeline.texts import Texts
from profiler.units import format_ns

HEIGHT_PX = 30

_CLOCKS = {Clock.RELATIVE: "from the start", Clock.ABSOLUTE: "trace clock", Clock.MARK: "from the last mark"}


class RulerBar(QWidget):
    """Ticks with labels; a press on the clock's name changes what the ruler counts from."""

    def __init__(self, view: ViewState, axis: Axis, look: Look) -> None:
        super().__init__()
        self._view, self._axis = view, axis
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("timeline-ruler")
        self.setAccessibleName("time ruler")
        self.set_look(look)

    def set_look(self, look: Look) -> None:
        """Paint in another theme or scale."""
        self._look = look
        self._texts, self._strong = Texts(look.ruler_font), Texts(look.strong_font)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """One line of labels above the ticks."""
        return QSize(400, round(HEIGHT_PX * self._look.scale / self.devicePixelRatioF()))

    def minimumSizeHint(self) -> QSize:
        """As high as hinted."""
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ticks and labels."""
        painter = QPainter(self)
        try:
            ratio = self.devicePixelRatioF()
            painter.scale(1 / ratio, 1 / ratio)
            self.paint_on(painter, round(self.width() * ratio), round(self.height() * ratio))
        finally:
            painter.end()

    def paint_on(self, painter: QPainter, width: int, height: int) -> None:
        """Paint in device pixels."""
        look, column = self._look, self._axis.column_px(self._look)
        painter.fillRect(0, 0, width, height, look.background)
        ruler, viewport = self._axis.ruler(self._view, look, width, self._texts)
        painter.setPen(look.rule)
        base = height - 1
        painter.drawLine(column, base, width, base)
        for x in viewport.x_of(ruler.minor).tolist():
            painter.drawLine(round(column + x), base - look.px(3), round(column + x), base)
        for x in viewport.x_of(ruler.major).tolist():
            painter.drawLine(round(column + x), base - look.px(6), round(column + x), base)
        painter.setPen(look.muted)
        painter.setFont(self._texts.font)
        for x, label in zip(viewport.x_of(ruler.major).tolist(), ruler.labels, strict=True):
            half = self._texts.measure(label) / 2
            if x - half >= 0 and column + x + half <= width:
                self._texts.draw(painter, column + x - half, height - look.px(14), label)
        self._corner(painter, column, height)

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
