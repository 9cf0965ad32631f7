"""A small picture of a GPU's engines: copies in, kernels, copies out, and where they hide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.panels.colours import theme_of
from gui.panels.controls import named
from gui.state.document import Document
from profiler.report.palette import Theme
from profiler.timeline.keys import LaneKind
from profiler.timeline.paint import Paint
from profiler.timeline.pieces import PieceTable
from profiler.trace.schema import Engine
from profiler.units import format_ns

Floats = npt.NDArray[np.float64]

_LANES = (
    (Engine.HTOD, "copy in", Paint.HTOD),
    (Engine.COMPUTE, "compute", Paint.KERNEL),
    (Engine.DTOH, "copy out", Paint.DTOH),
)
_LANE, _GAP = 26, 10
_BAND_ALPHA = 90
_ALONE_ALPHA = 56
_LINE = 2.0
_NARROW = 6.0
_PAD = 6.0


@dataclass(frozen=True, slots=True)
class _Spans:
    """Spans of time as shares of the whole."""

    starts: Floats
    ends: Floats

    @property
    def sum(self) -> float:
        """Their length together."""
        return float((self.ends - self.starts).sum())

    def free(self) -> tuple[float, float]:
        """The widest stretch without any, before them or after."""
        first, last = float(self.starts.min(initial=1.0)), float(self.ends.max(initial=0.0))
        return (last, 1.0) if 1.0 - last >= first else (0.0, first)


@dataclass(frozen=True, slots=True)
class _Engine:
    """What one engine did: all of it, and of copies what is exposed and what is hidden."""

    work: _Spans
    exposed: _Spans
    hidden: _Spans


class DemoLanes(QWidget):
    """Three lanes over the whole of a short run, on its own time axis."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, name)
        self._engines: dict[Engine, _Engine] = {}
        self._span_ns = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_document(self, document: Document) -> None:
        """Show a run; a few thousand slices at most, for every one is drawn."""
        timeline = document.timeline
        if timeline is None:
            return
        self._span_ns = max(document.span_ns, 1)
        self._engines = {}
        for number, lane in enumerate(timeline.lanes):
            if lane.kind is not LaneKind.ENGINE:
                continue
            rows = np.concatenate(lane.rows)
            work = self._shares(document, timeline.trace.ts[rows], timeline.trace.ts[rows] + timeline.trace.dur[rows])
            tables = (timeline.exposed, timeline.hidden)
            exposed, hidden = (self._pieces(document, table, timeline.rows_of(number)) for table in tables)
            self._engines[lane.engine] = _Engine(work, exposed, hidden)
        self.setAccessibleDescription(f"{format_ns(self._span_ns)} of copies in, kernels and copies out")
        self.update()

    def sizeHint(self) -> QSize:
        """Three lanes and the axis below."""
        return QSize(420, self._height())

    def minimumSizeHint(self) -> QSize:
        """Room to see anything."""
        return QSize(260, self._height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        try:
            self._draw(painter, theme_of(self))
        finally:
            painter.end()

    def _pieces(self, document: Document, table: PieceTable, numbers: range) -> _Spans:
        pieces = [table.of_row(number) for number in numbers]
        starts, ends = (np.concatenate([getattr(one, edge) for one in pieces]) for edge in ("starts", "ends"))
        return self._shares(document, starts, ends)

    def _shares(self, document: Document, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> _Spans:
        origin = document.origin_ns
        return _Spans((starts - origin) / self._span_ns, (ends - origin) / self._span_ns)

    def _height(self) -> int:
        return 3 * _LANE + 2 * _GAP + self.fontMetrics().height() + 8

    def _left(self) -> int:
        return self.fontMetrics().horizontalAdvance("copy out") + 12

    def _box(self, lane: int) -> QRectF:
        left = self._left()
        return QRectF(left, lane * (_LANE + _GAP), self.width() - left - 2, _LANE)

    def _draw(self, painter: QPainter, theme: Theme) -> None:
        for lane, (_, title, _) in enumerate(_LANES):
            box = self._box(lane)
            painter.fillRect(box, QColor(theme.lane))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, box.top(), self._left() - 8, _LANE), Qt.AlignmentFlag.AlignVCenter, title)
        if not self._engines:
            painter.drawText(self._box(1), Qt.AlignmentFlag.AlignCenter, "Simulating…")
            return
        # What covers a part of a pixel colours it in part: gaps between kernels are far narrower than one.
        smooth = QPainter.RenderHint.Antialiasing
        painter.setRenderHint(smooth, True)
        for lane in (0, 2):
            self._draw_joints(painter, theme, lane)
        painter.setRenderHint(smooth, False)
        for lane, (engine, _, paint) in enumerate(_LANES):
            if engine in self._engines:
                self._draw_work(painter, QColor(theme.paint[paint]), self._box(lane), self._engines[engine])
        painter.setRenderHint(smooth, True)
        for lane, (engine, _, _) in enumerate(_LANES):
            if engine in self._engines:
                box = self._box(lane)
                edges = _edges(self._engines[engine].exposed, box, least=0.0)
                self._draw_outlines(painter, QColor(theme.exposed), edges, box)
        painter.setRenderHint(smooth, False)
        for lane in (0, 2):
            self._draw_words(painter, theme, lane)
        self._draw_axis(painter, theme)

    def _draw_joints(self, painter: QPainter, theme: Theme, lane: int) -> None:
        """Join hidden copies with the kernels over them, and let the others stand over the compute lane's emptiness."""
        engine, _, paint = _LANES[lane]
        if engine not in self._engines:
            return
        box, compute = self._box(lane), self._box(1)
        between = sorted((box.center().y(), compute.center().y()))
        through = (min(box.top(), compute.top()), max(box.bottom(), compute.bottom()))
        mine, band, alone = self._engines[engine], QColor(theme.paint[paint]), QColor(theme.exposed)
        band.setAlpha(_BAND_ALPHA)
        alone.setAlpha(_ALONE_ALPHA)
        for spans, colour, (top, bottom) in ((mine.hidden, band, between), (mine.exposed, alone, through)):
            for left, right in _edges(spans, box, least=0.0):
                painter.fillRect(QRectF(left, top, right - left, bottom - top), colour)

    def _draw_words(self, painter: QPainter, theme: Theme, lane: int) -> None:
        """Say beside the copies what the picture shows, where there is room."""
        engine = self._engines.get(_LANES[lane][0])
        if engine is None:
            return
        box, (start, end) = self._box(lane), engine.work.free()
        after = end == 1.0
        left, right = (box.left() + share * box.width() for share in (start, end))
        words = _words(engine, self._span_ns, short=lane == 2)
        text = f"◂ {words}" if after else f"{words} ▸"
        room = QRectF(left + _PAD, box.top(), right - left - 2 * _PAD, box.height())
        if words and self.fontMetrics().horizontalAdvance(text) <= room.width():
            side = Qt.AlignmentFlag.AlignLeft if after else Qt.AlignmentFlag.AlignRight
            painter.setPen(QColor(theme.text))
            painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_work(self, painter: QPainter, colour: QColor, box: QRectF, engine: _Engine) -> None:
        for left, right in _edges(engine.work, box):
            painter.fillRect(QRectF(left, box.top() + 2, right - left, box.height() - 4), colour)

    def _draw_outlines(self, painter: QPainter, colour: QColor, edges: list[tuple[float, float]], box: QRectF) -> None:
        """Outline what is exposed; of a piece too narrow for sides the top and the bottom."""
        for left, right in edges:
            for top in (box.top(), box.bottom() - _LINE):
                painter.fillRect(QRectF(left, top, right - left, _LINE), colour)
            if right - left >= _NARROW:
                for side in (left, right - _LINE):
                    painter.fillRect(QRectF(side, box.top(), _LINE, box.height()), colour)

    def _draw_axis(self, painter: QPainter, theme: Theme) -> None:
        last = self._box(2)
        line = QRectF(last.left(), last.bottom() + 4, last.width(), self.fontMetrics().height())
        painter.setPen(QColor(theme.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, format_ns(self._span_ns))


def _words(engine: _Engine, span_ns: int, *, short: bool) -> str:
    """What becomes of an engine's copies: how long they stand alone, or how long they are hidden."""
    exposed, hidden = engine.exposed.sum, engine.hidden.sum
    if hidden > exposed:
        return f"{format_ns(hidden * span_ns)} hidden" + ("" if short else " under kernels")
    return f"{format_ns(exposed * span_ns)} alone" + ("" if short else ": no kernel runs meanwhile") if exposed else ""


def _edges(spans: _Spans, box: QRectF, *, least: float = 1.0) -> list[tuple[float, float]]:
    """Left and right of each span, at least so many pixels apart."""
    left = box.left() + spans.starts * box.width()
    right = np.maximum(box.left() + spans.ends * box.width(), left + least)
    return list(zip(left.tolist(), right.tolist(), strict=True))
