"""Bars over durations that grow by one factor from bin to bin."""

from __future__ import annotations

from math import log
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.panels.bars import computing
from gui.panels.colours import theme_of
from gui.panels.controls import named
from gui.panels.text import tooltip
from profiler.units import format_ns

_EDGE = 6.0


class HistogramPlot(QWidget):
    """Counts as bars, the median as a line, and the selected slice as a triangle below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "histogram-plot")
        self._lengths: Any = None
        self._mark = -1
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_lengths(self, lengths: Any, mark_ns: int) -> None:
        """Show another histogram; ``mark_ns`` is the selected slice's duration, -1 for none."""
        self._lengths, self._mark = lengths, mark_ns
        if lengths is not None:
            self.setAccessibleDescription(self._sentence())
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for sixty bins."""
        return QSize(300, 150)

    def minimumSizeHint(self) -> QSize:
        """Room for the axis and some height of bars."""
        return QSize(160, 80)

    def bin_at(self, x: float) -> int | None:
        """The bin under a pixel; None beside the bars."""
        bars = self._bars()
        return next((place for place, bar in enumerate(bars) if bar.left() <= x < bar.right()), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the bin under the pointer holds."""
        place = self.bin_at(event.position().x())
        if place is None:
            QToolTip.hideText()
            return
        QToolTip.showText(event.globalPosition().toPoint(), tooltip(self.bin_text(place)), self)

    def leaveEvent(self, event: QEvent) -> None:
        """Say nothing any more."""
        QToolTip.hideText()
        super().leaveEvent(event)

    def bin_text(self, place: int) -> str:
        """What a bin holds, in words."""
        edges, counts = self._lengths.edges_ns, self._lengths.counts
        return f"{counts[place]:,} slices of {format_ns(edges[place])} to {format_ns(edges[place + 1])}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        try:
            if self._lengths is not None and self._lengths.count:
                self._draw(painter)
        finally:
            painter.end()

    def _area(self) -> QRectF:
        line = self.fontMetrics().height()
        return QRectF(self.rect()).adjusted(_EDGE, line + 4, -_EDGE, -line - 12)

    def _x(self, duration_ns: float) -> float:
        edges, area = self._lengths.edges_ns, self._area()
        low, high = log(max(edges[0], 1)), log(max(edges[-1], 2))
        share = (log(max(duration_ns, 1)) - low) / (high - low) if high > low else 0.5
        return area.left() + min(max(share, 0.0), 1.0) * area.width()

    def _bars(self) -> list[QRectF]:
        if self._lengths is None or not self._lengths.count:
            return []
        edges, counts, area = self._lengths.edges_ns, self._lengths.counts, self._area()
        if len(counts) == 1:
            return [QRectF(area.center().x() - 8, area.top(), 16, area.height())]
        most = max(counts)
        bars = []
        for place, count in enumerate(counts):
            left, right = self._x(edges[place]), self._x(edges[place + 1])
            height = max(area.height() * count / most, 2.0) if count else 0.0
            bars.append(QRectF(left, area.bottom() - height, max(right - left, 1.0), height))
        return bars

    def _draw(self, painter: QPainter) -> None:
        theme, area = theme_of(self), self._area()
        colour = QColor(computing(theme))
        for bar in self._bars():
            gap = 1.0 if bar.width() > 3 else 0.0
            painter.fillRect(bar.adjusted(0, 0, -gap, 0), colour)
        painter.setPen(QColor(theme.rule))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        self._draw_texts(painter)
        self._draw_mark(painter)

    def _draw_texts(self, painter: QPainter) -> None:
        theme, area, lengths = theme_of(self), self._area(), self._lengths
        painter.setPen(QColor(theme.muted))
        below = QRectF(area.left(), area.bottom() + 9, area.width(), self.fontMetrics().height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, format_ns(lengths.min_ns))
        if lengths.max_ns > lengths.min_ns:
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, format_ns(lengths.max_ns))
        above = QRectF(area.left(), 0, area.width(), self.fontMetrics().height())
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft, f"most in a bin: {max(lengths.counts):,}")
        if len(lengths.counts) > 1:
            x = self._x(lengths.median_ns)
            painter.setPen(QColor(theme.text))
            painter.drawLine(round(x), round(area.top()) - 2, round(x), round(area.bottom()))
            painter.drawText(above, Qt.AlignmentFlag.AlignRight, "line: median")

    def _draw_mark(self, painter: QPainter) -> None:
        if self._mark < 0:
            return
        theme, area = theme_of(self), self._area()
        x = self._x(self._mark) if len(self._lengths.counts) > 1 else area.center().x()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.exposed))
        tip = area.bottom() + 1
        painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - 5, tip + 8), QPointF(x + 5, tip + 8)]))

    def _sentence(self) -> str:
        lengths = self._lengths
        if not lengths.count:
            return "no durations"
        return f"{lengths.count} slices, from {format_ns(lengths.min_ns)} to {format_ns(lengths.max_ns)}"
