"""The whole time in a strip: how busy the engines are, what is exposed, hits and marks, and the window that is seen."""

from __future__ import annotations

from enum import Enum

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.state.document import Document
from gui.state.search import SearchState
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.axis import Axis
from gui.timeline.look import Look, looked_up
from gui.timeline.painting import device_painter
from gui.timeline.surface import draw_lines
from gui.timeline.texts import Texts
from profiler.timeline.model import Timeline
from profiler.timeline.overview import Overview, make_overview
from profiler.timeline.viewport import Viewport

HEIGHT_PX = 44
_PAD_PX = 5
_GRIP_PX = 5
_LEAST_WINDOW_PX = 6


class _Drag(Enum):
    NONE = 0
    MOVE = 1
    START = 2
    END = 3


class Minimap(QWidget):
    """Drag the window to move it, its edges to zoom; a press elsewhere brings it there; a double click shows all."""

    def __init__(self, workspace: Workspace, view: ViewState, search: SearchState, axis: Axis, look: Look) -> None:
        super().__init__()
        self._workspace, self._view, self._search, self._axis = workspace, view, search, axis
        self._drag = _Drag.NONE
        self._grabbed_ns = 0
        self._image: tuple[object, QPixmap] | None = None
        self.painting_vectors = False
        self._overview: tuple[object, Overview] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("timeline-minimap")
        self.setAccessibleName("minimap")
        self.setToolTip(
            "The whole time. Drag the window to move it, its edges to zoom; double-click to see everything."
        )
        self.set_look(look)

    def set_look(self, look: Look) -> None:
        """Paint in another theme or scale."""
        self._look = look
        self._texts = Texts(look.ruler_font)
        self._image = None
        self.updateGeometry()
        self.update()

    def refresh(self) -> None:
        """What is in the strip changed, not only the window."""
        self._image = None
        self.update()

    def forget_closed(self) -> None:
        """Let go of what is kept from one picture to the next."""
        self._image = self._overview = None

    def sizeHint(self) -> QSize:
        """A strip of a few lines."""
        return QSize(400, round(HEIGHT_PX * self._look.scale / self.devicePixelRatioF()))

    def minimumSizeHint(self) -> QSize:
        """As high as hinted."""
        return QSize(100, self.sizeHint().height())

    def window_rect(self) -> QRectF:
        """The seen stretch in the strip, in logical pixels."""
        viewport, column, ratio = self._whole(), self._axis.column_px(self._look), self.devicePixelRatioF()
        start, end = (float(viewport.x_of(time)) for time in self._view.shown)
        start, end = max(start, 0.0), min(end, float(viewport.width_px))
        if end - start < self._look.px(_LEAST_WINDOW_PX):
            middle, half = (start + end) / 2, self._look.px(_LEAST_WINDOW_PX) / 2
            start, end = middle - half, middle + half
        return QRectF((column + start) / ratio, 1, (end - start) / ratio, self.height() - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the strip, kept from the last time where it is the same, and the window."""
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        with device_painter(self) as painter:
            # What follows may fail, and what was here before is none of ours.
            painter.fillRect(0, 0, width, height, self._look.background)
            if self.painting_vectors:
                self._paint_strip(painter, width, height)
            else:
                painter.drawPixmap(0, 0, self._kept(width, height))
            self._window(painter, width, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the window or of one of its edges; elsewhere, bring it there first."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._drag = self._part_at(x)
        if self._drag == _Drag.NONE:
            span = self._view.span_ns
            middle = self._time_at(x)
            self._view.show(middle - span // 2, middle - span // 2 + span)
            self._drag = _Drag.MOVE
        self._grabbed_ns = self._time_at(x) - self._view.shown[0]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what is held; else show what a press would take."""
        time, (start, end) = self._time_at(event.position().x()), self._view.shown
        if self._drag == _Drag.MOVE:
            self._view.pan(time - self._grabbed_ns - start)
        elif self._drag == _Drag.START:
            self._view.show(min(time, end - 1), end)
        elif self._drag == _Drag.END:
            self._view.show(start, max(time, start + 1))
        else:
            part = self._part_at(event.position().x())
            edges = part in (_Drag.START, _Drag.END)
            self.setCursor(Qt.CursorShape.SizeHorCursor if edges else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = _Drag.NONE

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See everything."""
        self._drag = _Drag.NONE
        self._view.fit()

    def _part_at(self, x: float) -> _Drag:
        window = self.window_rect()
        if abs(x - window.left()) <= _GRIP_PX and window.width() > 4 * _GRIP_PX:
            return _Drag.START
        if abs(x - window.right()) <= _GRIP_PX and window.width() > 4 * _GRIP_PX:
            return _Drag.END
        return _Drag.MOVE if window.left() <= x <= window.right() else _Drag.NONE

    def _document(self) -> Document | None:
        """The active document, else the first with anything to draw."""
        active = self._workspace.active
        if active is not None and active.timeline is not None:
            return active
        return next((document for document in self._workspace if document.timeline is not None), active)

    def _timeline(self) -> Timeline | None:
        document = self._document()
        return document.timeline if document is not None else None

    def _whole(self) -> Viewport:
        width = round(self.width() * self.devicePixelRatioF()) - self._axis.column_px(self._look)
        start, end = self._view.limits
        return Viewport.fit(start, end, max(width, 1), margin=0.01)

    def _time_at(self, x: float) -> int:
        return self._whole().time_at(x * self.devicePixelRatioF() - self._axis.column_px(self._look))

    def _kept(self, width: int, height: int) -> QPixmap:
        """The strip as it was painted last, painted anew where something in it changed."""
        key = (width, height, self._look, self._view.limits, self._view.marks, self._timeline(), self._search.hits)
        if self._image is None or self._image[0] != key:
            pixmap = QPixmap(width, height)
            painter = QPainter(pixmap)
            try:
                self._paint_strip(painter, width, height)
            finally:
                painter.end()
            self._image = (key, pixmap)
        return self._image[1]

    def _paint_strip(self, painter: QPainter, width: int, height: int) -> None:
        look, column, timeline = self._look, self._axis.column_px(self._look), self._timeline()
        painter.fillRect(0, 0, width, height, look.background)
        painter.fillRect(column, 0, width - column, height, look.lane)
        if timeline is not None:
            self._densities(painter, timeline, column, height)
        self._ticks(painter, column, height)
        painter.fillRect(0, height - 1, width, 1, look.rule)
        painter.fillRect(column - 1, 0, 1, height, look.rule)
        painter.setFont(self._texts.font)
        painter.setPen(look.muted)
        document = self._document()
        title = document.title if document is not None else ""
        self._texts.draw(painter, look.px(8), height / 2, self._texts.cut(title, column - look.px(16)))

    def _densities(self, painter: QPainter, timeline: Timeline, column: int, height: int) -> None:
        whole = self._whole()
        viewport = Viewport(whole.start_ns + timeline.start_ns, whole.end_ns + timeline.start_ns, whole.width_px)
        key = (timeline, viewport)
        if self._overview is None or self._overview[0] != key:
            self._overview = (key, make_overview(timeline, viewport))
        overview, pad = self._overview[1], self._look.px(_PAD_PX)
        if not overview.paints:
            return
        room = (height - 2 * pad) / len(overview.paints)
        paint = np.broadcast_to(np.array(overview.paints, np.uint8)[:, None], overview.share.shape)
        colours = looked_up(self._look.shades, paint, overview.share)
        bare = np.where(overview.exposed > 0, np.uint32(self._look.exposed.rgba()), np.uint32(0))
        tops = np.round(pad + room * np.arange(len(overview.paints))).astype(np.int64)
        high = np.full(len(tops), max(round(room) - 1, 1))
        painter.translate(column, 0)
        draw_lines(painter, colours, tops, high)
        draw_lines(painter, bare, tops + high - high // 3, high // 3)
        painter.translate(-column, 0)

    def _ticks(self, painter: QPainter, column: int, height: int) -> None:
        viewport, look = self._whole(), self._look
        document = self._document()
        for hits in self._search.hits:
            if document is None or hits.document != document.id or not len(hits):
                continue
            # One look at each pixel's edge: as cheap for a million hits as for ten.
            edges, _ = viewport.grid()
            count = np.diff(np.searchsorted(hits.starts_ns, edges))
            for x in np.flatnonzero(count).tolist():
                painter.fillRect(column + x, 0, 1, look.px(5), look.text)
        painter.setPen(QPen(look.text, 1))
        for mark in self._view.marks:
            x = column + round(float(viewport.x_of(mark.at_ns)))
            painter.drawLine(x, 0, x, height)

    def _window(self, painter: QPainter, width: int, height: int) -> None:
        look, ratio, column = self._look, self.devicePixelRatioF(), self._axis.column_px(self._look)
        window = self.window_rect()
        left, right = round(window.left() * ratio), round(window.right() * ratio)
        veil = QColor(look.background)
        veil.setAlphaF(0.62)
        painter.fillRect(column, 0, max(left - column, 0), height - 1, veil)
        painter.fillRect(right, 0, max(width - right, 0), height - 1, veil)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.accent, max(look.px(1.5), 1)))
        painter.drawRoundedRect(QRectF(left, 1, right - left, height - 3), look.px(3), look.px(3))
