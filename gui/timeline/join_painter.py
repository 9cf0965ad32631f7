"""Lines between matched operations of stacked timelines, with how much longer or shorter each has become."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.state.selection import Slice
from gui.timeline.joins import Join
from gui.timeline.look import Look
from gui.timeline.texts import Texts
from profiler.units import format_difference_ns

#: Where lanes begin and end, in device pixels.
Edges = tuple[float, float]

#: Differences written in one picture; those of the largest change go first.
_MOST_LABELS = 12

#: Lines that are strong, and lines beside them.
_STRONG, _FAINT = 0.9, 0.5


class JoinPainter:
    """Paints joins: of what became longer in the colour of exposed copies, of what became shorter in accent."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._texts = Texts(look.ruler_font)

    def paint(self, painter: QPainter, joins: Sequence[Join], chosen: Collection[Slice], edges: Edges) -> None:
        """Lines first, then as many differences as stand beside each other without touching, between two edges."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for join in joins:
            strong = join.upper in chosen or join.lower in chosen
            colour = QColor(self._look.text if strong else self._colour(join.delta_ns))
            colour.setAlphaF(_STRONG if strong else _FAINT)
            painter.setPen(QPen(colour, self._look.px(2 if strong else 1)))
            painter.drawLine(join.start, join.end)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for join, plate in self.labels(joins, chosen, edges):
            self._label(painter, join, plate)

    def labels(self, joins: Sequence[Join], chosen: Collection[Slice], edges: Edges) -> list[tuple[Join, QRectF]]:
        """Which differences are written, and where: on the middle of their lines, and whole at the edges."""

        def rank(join: Join) -> tuple[bool, int]:
            return join.upper not in chosen and join.lower not in chosen, -abs(join.delta_ns)

        found: list[tuple[Join, QRectF]] = []
        for join in sorted(joins, key=rank):
            if len(found) == _MOST_LABELS:
                break
            plate = self._plate(join, edges)
            if join.delta_ns and not any(plate.intersects(other) for _, other in found):
                found.append((join, plate))
        return found

    def _plate(self, join: Join, edges: Edges) -> QRectF:
        look = self._look
        wide, high = self._texts.measure(format_difference_ns(join.delta_ns)) + look.px(8), look.px(15)
        middle = (join.start + join.end) / 2
        left = max(min(middle.x() - wide / 2, edges[1] - wide - 1), edges[0] + 1)
        return QRectF(round(left), round(middle.y() - high / 2), round(wide), high)

    def _label(self, painter: QPainter, join: Join, plate: QRectF) -> None:
        painter.setBrush(self._look.background)
        painter.setPen(QPen(self._colour(join.delta_ns), max(self._look.px(1), 1)))
        painter.drawRect(plate)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._look.text)
        painter.setFont(self._texts.font)
        self._texts.draw(
            painter, plate.left() + self._look.px(4), plate.center().y(), format_difference_ns(join.delta_ns)
        )

    def _colour(self, delta_ns: int) -> QColor:
        look = self._look
        return QColor(look.exposed if delta_ns > 0 else look.accent if delta_ns < 0 else look.muted)
