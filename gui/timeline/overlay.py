"""What lies over the lanes: the measured stretch, marks, the hovered and the selected slice, arrows, areas, hits."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen, QPolygonF

from gui.state.document import Document
from gui.state.search import SearchState
from gui.state.selection import Slice
from gui.timeline.look import Look
from gui.timeline.places import Spot
from gui.timeline.rects import RectBuffer
from profiler.timeline.frame import Frame
from profiler.timeline.links import Link
from profiler.timeline.model import Timeline

#: Hits outlined in one picture.
_MOST_HITS = 2_000

#: Hits in view that are compared with what is drawn; where there are more the minimap shows them.
_MOST_COMPARED = 50_000


#: Share of the accent in the ground of a measured stretch and of an area.
STRETCH_TINT, AREA_TINT = 0.12, 0.14

_HALF = 127


def mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """``share`` of a colour over a ground."""
    parts = zip(ground.getRgb()[:3], colour.getRgb()[:3], strict=True)
    return QColor(*(round(below + (above - below) * share) for below, above in parts))


class OverlayPainter:
    """Paints over the lanes of one look; all coordinates are device pixels of the canvas."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._rects = RectBuffer()

    def stretch(self, painter: QPainter, x: float, end: float, top: int, bottom: int) -> None:
        """The measured stretch of time."""
        self._tint(painter, QRectF(x, top, end - x, bottom - top), STRETCH_TINT)
        for edge in (x, end):
            painter.fillRect(QRectF(round(edge), top, max(self._look.px(1), 1), bottom - top), self._look.accent)

    def _tint(self, painter: QPainter, rect: QRectF, share: float) -> None:
        """Colour the ground alone: boxes, which are darker than it, or lighter in the dark, stay as they are."""
        engine = painter.paintEngine()
        if engine is None or not engine.hasFeature(QPaintEngine.PaintEngineFeature.BlendModes):
            # Drawings that are written to a file know no such modes.
            colour = QColor(self._look.accent)
            colour.setAlphaF(share)
            painter.fillRect(rect, colour)
            return
        mode = QPainter.CompositionMode
        painter.setCompositionMode(mode.CompositionMode_Darken if self._is_light else mode.CompositionMode_Lighten)
        painter.fillRect(rect, mixed(self._look.background, self._look.accent, share))
        painter.setCompositionMode(mode.CompositionMode_SourceOver)

    @property
    def _is_light(self) -> bool:
        return self._look.background.lightness() > _HALF

    def mark(self, painter: QPainter, x: float, top: int, bottom: int) -> None:
        """The line of a mark."""
        painter.setPen(QPen(self._look.text, max(self._look.px(1), 1), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(round(x) + 0.5, top), QPointF(round(x) + 0.5, bottom))

    def hovered(self, painter: QPainter, spots: list[Spot]) -> None:
        """A thin frame around the slice under the pointer."""
        self._frames(painter, spots, self._look.text, self._look.px(1))

    def selected(self, painter: QPainter, spots: list[Spot]) -> None:
        """A strong frame around the selected slice, set off from any colour by one of the background."""
        self._frames(painter, spots, self._look.background, self._look.px(3))
        self._frames(painter, spots, self._look.text, self._look.px(2))

    def area(self, painter: QPainter, rect: QRectF) -> None:
        """The area that was dragged over some lanes."""
        self._tint(painter, rect, AREA_TINT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._look.accent, max(self._look.px(1), 1), Qt.PenStyle.DashLine))
        painter.drawRect(rect)

    def hits(self, painter: QPainter, document: Document, frame: Frame, search: SearchState, column: int) -> None:
        """A bar along the top of every box that was found, in its row."""
        mine = next((hits for hits in search.hits if hits.document == document.id and len(hits)), None)
        if mine is None or not len(frame.boxes):
            return
        # Hits stand in order of time: only those in view are compared with the boxes.
        start, end = frame.viewport.start_ns - document.origin_ns, frame.viewport.end_ns - document.origin_ns
        first, last = np.searchsorted(mine.starts_ns, [start - frame.viewport.span_ns, end])
        if last - first > _MOST_COMPARED:
            return
        found = np.flatnonzero(np.isin(frame.boxes.row, mine.rows[first:last]))[:_MOST_HITS]
        boxes, high = frame.boxes, max(self._look.px(3), 2)
        tops = np.full(len(found), high)
        self._rects.fill(painter, self._look.text, boxes.x[found] + column, boxes.y[found], boxes.w[found], tops)

    def same_name(self, painter: QPainter, frame: Frame, timeline: Timeline, row: int, column: int) -> None:
        """A bar along the lower edge of every box whose slice has the name of ``row``."""
        boxes, names = frame.boxes, timeline.trace["name"]
        if row >= len(names) or not len(boxes):
            return
        found = np.flatnonzero(names[boxes.row] == names[row])
        high = np.full(len(found), max(self._look.px(3), 2))
        y = boxes.y[found] + boxes.h[found] - high
        self._rects.fill(painter, self._look.text, boxes.x[found] + column, y, boxes.w[found], high)

    def arrows(self, painter: QPainter, links: list[tuple[Link, Spot, Spot]], selected: Slice) -> None:
        """From the end of what came before to the start of what came after."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        width = self._look.px(1.5)
        for link, source, target in links:
            colour = self._look.accent if link.source == selected.row else self._look.exposed
            start = QPointF(min(source.x + source.w, max(source.x, target.x)), source.middle)
            end = QPointF(target.x, target.middle)
            for pen, wide in ((self._look.background, width + self._look.px(2)), (colour, width)):
                painter.setPen(QPen(pen, wide))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(_curve(start, end, self._look.px(18)))
            self._head(painter, end, colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _head(self, painter: QPainter, end: QPointF, colour: QColor) -> None:
        size = self._look.px(5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(
            QPolygonF(
                [end, QPointF(end.x() - size, end.y() - size * 0.7), QPointF(end.x() - size, end.y() + size * 0.7)]
            )
        )

    def _frames(self, painter: QPainter, spots: list[Spot], colour: QColor, width: int) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(colour, max(width, 1))
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        for spot in spots:
            painter.drawRect(QRectF(spot.x - 1, spot.y - 1, max(spot.w, 2) + 1, spot.h + 1))


def _curve(start: QPointF, end: QPointF, least: float) -> QPainterPath:
    """From a point to the right of it, arriving from the left."""
    reach = max(abs(end.x() - start.x()) / 2, least)
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y()), end)
    return path
