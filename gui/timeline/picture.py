"""Composes the canvas: grounds, grid, frames and names below, and over them what changes with the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gui.state.document import Document
from gui.state.selection import Slice
from gui.timeline.join_painter import JoinPainter
from gui.timeline.joins import Join, Joins
from gui.timeline.look import Look
from gui.timeline.names import NamePainter
from gui.timeline.overlay import OverlayPainter
from gui.timeline.painter import FramePainter
from gui.timeline.places import Spot
from gui.timeline.rects import RectBuffer
from gui.timeline.stack import Placed
from gui.timeline.surface import Surface
from gui.timeline.texts import Texts
from profiler.timeline.frame import Frame, make_frame
from profiler.timeline.frame_copies import anchors_of
from profiler.timeline.model import Timeline

if TYPE_CHECKING:
    from gui.timeline.canvas import Canvas

#: Arrows end outside the canvas at most this far, in device pixels; Qt's coordinates are not unbounded.
_FAR = 20_000.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What of a document is on the canvas."""

    document: Document
    timeline: Timeline
    placed: tuple[Placed, ...]
    frame: Frame


class Picture:
    """Paints a canvas with one look, in device pixels."""

    def __init__(self, canvas: Canvas, look: Look) -> None:
        self._canvas, self._look = canvas, look
        self._frames = FramePainter(look)
        self.names = NamePainter(look)
        self._overlay = OverlayPainter(look)
        self._rects = RectBuffer()
        self._ticks = Texts(look.ruler_font)
        self._joins = Joins()
        self._join_painter = JoinPainter(look)
        self._columns: dict[bool, tuple[object, QImage]] = {}

    def forget(self) -> None:
        """Let go of what is kept from one picture to the next."""
        self._columns.clear()
        self._joins = Joins()

    def lanes(self, image: QImage) -> tuple[Drawn, ...]:
        """Paint all that does not change with the pointer."""
        painter = QPainter(image)
        try:
            return self.lanes_on(painter, image.width(), image.height(), image)
        finally:
            painter.end()

    def over(self, painter: QPainter) -> None:
        """Paint the measured stretch, marks, hits, joins, frames and arrows."""
        canvas, column = self._canvas, self._canvas.column_px()
        width, height, viewport = canvas.width_px(), canvas.height_px(), canvas.viewport_of(None)
        painter.setClipRect(column, 0, width - column, height)
        if canvas.view.measured is not None:
            start, end = (column + float(viewport.x_of(time)) for time in canvas.view.measured)
            self._overlay.stretch(painter, max(start, -_FAR), min(end, _FAR), 0, height)
        for mark in canvas.view.marks:
            x = column + float(viewport.x_of(mark.at_ns))
            if column <= x <= width:
                self._overlay.mark(painter, x, 0, height)
        for drawn in canvas.drawn:
            self._overlay.hits(painter, drawn.document, drawn.frame, canvas.search, column)
            named = canvas.selection.named
            if named is not None and named.document == drawn.document.id:
                self._overlay.same_name(painter, drawn.frame, drawn.timeline, named.row, column)
        chosen = [one for one in (canvas.selection.selected, canvas.selection.hovered) if one is not None]
        edges = float(column), float(canvas.width_px())
        self._join_painter.paint(painter, self._joins.lines(canvas.drawn, column, chosen), chosen, edges)
        if canvas.selection.area is not None:
            self._area(painter, height)
        self._slices(painter)
        painter.setClipping(False)
        if canvas.hovered_strip is not None:
            self.names.paint_handles(painter, canvas.hovered_strip, column)

    def joins_of(self, chosen: Slice) -> list[Join]:
        """Lines that end at a slice."""
        canvas = self._canvas
        joins = self._joins.lines(canvas.drawn, canvas.column_px(), [chosen])
        return [join for join in joins if chosen in (join.upper, join.lower)]

    def _slices(self, painter: QPainter) -> None:
        selection = self._canvas.selection
        if selection.hovered is not None and selection.hovered != selection.selected:
            self._overlay.hovered(painter, self._seen(selection.hovered))
        if selection.selected is None:
            return
        self._overlay.selected(painter, self._seen(selection.selected))
        arrows = []
        for link in self._canvas.linker.links:
            source = self._nearest(selection.selected.document, link.source)
            target = self._nearest(selection.selected.document, link.target)
            if source is not None and target is not None:
                arrows.append((link, source, target))
        self._overlay.arrows(painter, arrows, selection.selected)

    def _seen(self, chosen: Slice) -> list[Spot]:
        """Frames cut to what lies near the canvas."""
        return [spot.cut(_FAR) for spot in self._canvas.spots(chosen) if spot.shown]

    def _nearest(self, document: int, row: int) -> Spot | None:
        """Of the lanes a slice is in, the last: a stream or a thread."""
        spots = self._canvas.spots(Slice(document, row))
        return spots[-1].cut(_FAR) if spots else None

    def _area(self, painter: QPainter, height: int) -> None:
        canvas = self._canvas
        area = canvas.selection.area
        mine = [placed for drawn in canvas.drawn for placed in drawn.placed if drawn.document.id == area.document]
        mine = [placed for placed in mine if placed.strip.node.key in area.lanes]
        if not mine:
            return
        viewport, column = canvas.viewport_of(None), canvas.column_px()
        x, end = (min(max(column + float(viewport.x_of(time)), -_FAR), _FAR) for time in area.stretch)
        top, bottom = min(placed.y for placed in mine), max(placed.bottom for placed in mine)
        self._overlay.area(painter, QRectF(x, top - 1, end - x, bottom - top + 2))

    def lanes_on(self, painter: QPainter, width: int, height: int, image: QImage | None = None) -> tuple[Drawn, ...]:
        """Paint the lanes with a painter in device pixels; ``image`` is what it paints on, where that has pixels."""
        canvas, look, stack = self._canvas, self._look, self._canvas.stack
        painter.fillRect(0, 0, width, height, look.background)
        column, pinned = canvas.column_px(), round(stack.pinned_height)
        drawn: list[Drawn] = []
        painter.setClipRect(0, pinned, width, height - pinned)
        surface = Surface.of(image, column, pinned, height)
        self._strips(painter, tuple(stack.in_sight(canvas.scroll, height)), drawn, width, surface)
        for section, y in stack.headings(canvas.scroll, height):
            painter.fillRect(0, round(y), width, round(section.heading), look.background)
            active = section.document is canvas.workspace.active
            marked = active and len(canvas.workspace) > 1
            self.names.paint_heading(painter, section, y, width, active=active, marked=marked)
            if not section.arrangement.strips and not section.arrangement.pinned:
                below = round(section.height - section.heading) - 1
                painter.fillRect(0, round(y + section.heading), width, below, look.background)
                self.names.paint_empty(painter, section.document, y + section.heading, width)
        painter.setClipping(False)
        if pinned:
            painter.setClipRect(0, 0, width, pinned)
            painter.fillRect(0, 0, width, pinned, look.background)
            self._strips(painter, tuple(stack.pinned()), drawn, width, Surface.of(image, column, 0, pinned))
            painter.fillRect(0, pinned - 1, width, 1, look.rule)
            painter.setClipping(False)
        if not stack.sections:
            self.names.paint_nothing(painter, width, height)
        return tuple(drawn)

    def _strips(
        self, painter: QPainter, strips: tuple[Placed, ...], drawn: list[Drawn], width: int, surface: Surface
    ) -> None:
        column, look = self._canvas.column_px(), self._look
        grounds = [placed for placed in strips if placed.strip.rows]
        top = np.array([round(placed.y) for placed in grounds], np.int64)
        high = np.array([round(placed.strip.height) for placed in grounds], np.int64)
        left = np.full_like(top, column)
        self._rects.fill(painter, look.lane, left, top, np.full_like(top, width - column), high)
        self._grid(painter, column, grounds)
        for document in dict.fromkeys(placed.document for placed in strips):
            if document.timeline is not None:
                mine = tuple(placed for placed in strips if placed.document is document)
                drawn.append(self._document(painter, document, document.timeline, mine, surface))
        self._column(painter, strips, column, surface)

    def _column(self, painter: QPainter, strips: tuple[Placed, ...], column: int, surface: Surface) -> None:
        """Names; they stay as they are while only the time axis moves."""
        height = surface.bottom - surface.top
        if height <= 0:
            return
        key = (strips, column, surface.top, height)
        known = self._columns.get(surface.top == 0)
        if known is None or known[0] != key:
            image = QImage(column, height, QImage.Format.Format_RGB32)
            image.fill(self._look.background)
            names = QPainter(image)
            try:
                names.translate(0, -surface.top)
                self._name_strips(names, strips, column, surface)
            finally:
                names.end()
            known = self._columns[surface.top == 0] = (key, image)
        if surface.pixels is not None:
            painter.drawImage(0, surface.top, known[1])
        else:
            painter.fillRect(0, surface.top, column, height, self._look.background)
            self._name_strips(painter, strips, column, surface)

    def _name_strips(self, painter: QPainter, strips: tuple[Placed, ...], column: int, surface: Surface) -> None:
        for placed in strips:
            self.names.paint_strip(painter, placed, column)
        painter.fillRect(column - 1, surface.top, 1, surface.bottom - surface.top, self._look.rule)

    def _document(
        self, painter: QPainter, document: Document, timeline: Timeline, mine: tuple[Placed, ...], surface: Surface
    ) -> Drawn:
        strips = [(placed.strip, placed.y) for placed in mine]
        frame = make_frame(
            timeline,
            strips,
            self._canvas.viewport_of(document),
            self._look.style,
            self._frames.texts.fitted,
            surface.bottom,
            anchors_of(timeline, strips),
        )
        painter.translate(surface.left, 0)
        self._frames.paint(painter, frame, surface)
        painter.translate(-surface.left, 0)
        return Drawn(document, timeline, mine, frame)

    def _grid(self, painter: QPainter, column: int, strips: list[Placed]) -> None:
        canvas = self._canvas
        ticks = canvas.axis.major_px(canvas.view, self._look, canvas.width_px(), self._ticks)
        x = np.repeat(np.array(ticks, np.int64) + column, len(strips))
        top = np.tile(np.array([round(placed.y) for placed in strips], np.int64), len(ticks))
        bottom = np.tile(np.array([round(placed.bottom) for placed in strips], np.int64), len(ticks))
        self._rects.fill(painter, self._look.grid, x, top, np.ones_like(x), bottom - top)
