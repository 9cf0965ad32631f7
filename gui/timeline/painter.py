"""Paints one frame of a timeline: everything is computed already."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QLinearGradient, QPainter

from gui.timeline.look import Look, looked_up
from gui.timeline.rects import RectBuffer
from gui.timeline.surface import Surface, draw_lines
from gui.timeline.texts import Texts
from profiler.timeline.counters import in_words
from profiler.timeline.frame import Caption, Frame
from profiler.timeline.frame_copies import CopyMarks
from profiler.timeline.frame_groups import Plot
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import PixelBoxes, PixelLines

#: Boxes at least this wide have a seam between them.
_SEAM_FROM_PX = 3

#: Heights of bars that are told apart.
_BAR_STEPS = 4

#: Width from which an outline is of two pixels, else it is of one.
_OUTLINE_FROM_PX = 14

#: How far the colour of a slice that never ended reaches.
_FADE_PX = 26

#: Strength, of 255, of the area under a counter.
_AREA_LEVEL = 60


class FramePainter:
    """Paints frames with one look; buffers and laid-out texts are kept."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._rects = RectBuffer()
        self.texts = Texts(look.label_font)

    def paint(self, painter: QPainter, frame: Frame, surface: Surface) -> None:
        """Paint bands, waits, lines, boxes and captions; the painter's origin is the left end of the time axis."""
        self._bands(painter, frame.copies.bands)
        self._lines(painter, frame.lines, surface)
        self._same(painter, frame.waits, Paint.WAIT)
        self._boxes(painter, frame.boxes)
        self._exposed(painter, frame.copies, surface)
        self._plots(painter, frame.plots, surface)
        self._unfinished(painter, frame.unfinished)
        self._captions(painter, frame.captions)

    def _lines(self, painter: QPainter, lines: PixelLines, surface: Surface) -> None:
        if len(lines):
            surface.lines(painter, looked_up(self._look.shades, lines.paint, lines.share), lines.y, lines.h)

    def _same(self, painter: QPainter, boxes: PixelBoxes, paint: int) -> None:
        self._rects.fill(painter, self._look.brushes[paint], boxes.x, boxes.y, boxes.w, boxes.h)

    def _boxes(self, painter: QPainter, boxes: PixelBoxes) -> None:
        for paint in np.flatnonzero(np.bincount(boxes.paint)).tolist():
            mine = boxes.paint == paint
            self._rects.fill(
                painter, self._look.brushes[paint], boxes.x[mine], boxes.y[mine], boxes.w[mine], boxes.h[mine]
            )
        self._seams(painter, boxes)

    def _seams(self, painter: QPainter, boxes: PixelBoxes) -> None:
        """A paler pixel between slices that follow each other at once, so that they are told apart."""
        if len(boxes) < 2:
            return
        end = boxes.x[:-1] + boxes.w[:-1]
        gap = boxes.x[1:] - end
        room = np.minimum(boxes.w[:-1], boxes.w[1:]) >= _SEAM_FROM_PX
        close = np.flatnonzero((boxes.y[1:] == boxes.y[:-1]) & (gap >= 0) & (gap <= 1) & room)
        x = end[close] - (gap[close] == 0)
        one, y, h, paints = np.ones(len(close), np.int64), boxes.y[close], boxes.h[close], boxes.paint[close]
        for paint in np.flatnonzero(np.bincount(paints)).tolist():
            mine = paints == paint
            self._rects.fill(painter, self._look.seams[paint], x[mine], y[mine], one[mine], h[mine])

    def _bands(self, painter: QPainter, bands: PixelLines) -> None:
        if len(bands):
            draw_lines(painter, looked_up(self._look.veils, bands.paint, bands.share), bands.y, bands.h)

    def _exposed(self, painter: QPainter, copies: CopyMarks, surface: Surface) -> None:
        """Bars as high as they fill their pixel, and outlines; those too narrow for one are filled."""
        bars, boxes, colour = copies.bars, copies.outlines, self._look.exposed
        if len(bars):
            level = np.ceil(bars.share * _BAR_STEPS).astype(np.int64)
            surface.bars(painter, colour.rgba(), level, _BAR_STEPS, bars.y, bars.h)
        unit = max(round(self._look.scale), 1)
        wide = boxes.w >= _OUTLINE_FROM_PX * unit
        self._outlines(painter, boxes, wide, 2 * unit)
        self._outlines(painter, boxes, ~wide, unit)

    def _outlines(self, painter: QPainter, boxes: PixelBoxes, mine: npt.NDArray[np.bool_], line: int) -> None:
        """Frames inside boxes; what has no room for one is filled."""
        x, y, w, h = boxes.x[mine], boxes.y[mine], boxes.w[mine], boxes.h[mine]
        narrow, colour = (w < 3 * line) | (h < 3 * line), self._look.exposed
        self._rects.fill(painter, colour, x[narrow], y[narrow], w[narrow], h[narrow])
        x, y, w, h = (column[~narrow] for column in (x, y, w, h))
        for left, top, wide, high in (
            (x, y, w, np.full_like(h, line)),
            (x, y + h - line, w, np.full_like(h, line)),
            (x, y, np.full_like(w, line), h),
            (x + w - line, y, np.full_like(w, line), h),
        ):
            self._rects.fill(painter, colour, left, top, wide, high)

    def _unfinished(self, painter: QPainter, marks: PixelBoxes) -> None:
        """A strong edge where a slice began, and its colour fading away: nobody knows how long it ran."""
        reach, columns = self._look.px(_FADE_PX), (marks.x, marks.y, marks.h, marks.paint)
        for x, y, h, paint in zip(*(column.tolist() for column in columns), strict=True):
            strong = self._look.brushes[paint]
            faint = QColor(strong)
            faint.setAlpha(0)
            fade = QLinearGradient(x, 0, x + reach, 0)
            fade.setColorAt(0, strong)
            fade.setColorAt(1, faint)
            painter.fillRect(x, y, reach, h, fade)
            painter.fillRect(x, y, max(self._look.px(2), 1), h, self._look.text)

    def _plots(self, painter: QPainter, plots: tuple[Plot, ...], surface: Surface) -> None:
        """Areas under the mean of every pixel, as high as the peak of the whole timeline allows."""
        look, colour = self._look, self._look.accent
        head = look.px(12)
        for plot in plots:
            room = max(plot.h - head, 1)
            high = np.ceil(plot.means * (room / plot.peak)) if plot.peak > 0 else np.zeros(len(plot.means))
            steps = np.arange(room, 0, -1)
            area, edge = look.shades[int(Paint.KERNEL), _AREA_LEVEL], np.uint32(colour.rgba())
            line = np.maximum(high - max(look.px(1.5), 1), 0)[None, :]
            filled = np.where(steps[:, None] > line, edge, area)
            pixels = np.where(steps[:, None] <= high[None, :], filled, 0).astype(np.uint32)
            top = plot.y + head + np.arange(room)
            surface.lines(painter, pixels, top, np.ones_like(top))
            painter.setFont(self.texts.font)
            painter.setPen(look.muted)
            self.texts.draw(painter, look.px(4), plot.y + head / 2, f"up to {in_words(plot.peak, plot.unit)}")

    def _captions(self, painter: QPainter, captions: tuple[Caption, ...]) -> None:
        by_paint: dict[int, list[Caption]] = defaultdict(list)
        for caption in captions:
            by_paint[caption.paint].append(caption)
        painter.setFont(self._look.label_font)
        for paint, mine in by_paint.items():
            painter.setPen(self._look.inks[paint])
            for caption in mine:
                self.texts.draw(painter, caption.x, caption.y, caption.text)
