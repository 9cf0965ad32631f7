"""Paints one frame of a timeline: everything is computed already."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from PySide6.QtGui import QColor, QLinearGradient, QPainter

from gui.timeline.look import Look, looked_up
from gui.timeline.rects import RectBuffer
from gui.timeline.surface import Surface, draw_lines
from gui.timeline.texts import Texts
from profiler.report.shades import AREA_LEVEL
from profiler.timeline.frame import Caption, Frame
from profiler.timeline.frame_copies import CopyMarks
from profiler.timeline.frame_groups import Plot
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import PixelBoxes, PixelLines
from profiler.timeline.strokes import BAR_STEPS, EDGE_PX, FADE_PX, area_of, bar_levels, outline_widths, seams


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
        found = seams(boxes)
        for paint in np.flatnonzero(np.bincount(found.paint)).tolist():
            mine = found.paint == paint
            self._rects.fill(
                painter, self._look.seams[paint], found.x[mine], found.y[mine], found.w[mine], found.h[mine]
            )

    def _bands(self, painter: QPainter, bands: PixelLines) -> None:
        if len(bands):
            draw_lines(painter, looked_up(self._look.veils, bands.paint, bands.share), bands.y, bands.h)

    def _exposed(self, painter: QPainter, copies: CopyMarks, surface: Surface) -> None:
        """Bars as high as they fill their pixel, and outlines; those too narrow for one are filled."""
        bars, boxes, colour = copies.bars, copies.outlines, self._look.exposed
        if len(bars):
            surface.bars(painter, colour.rgba(), bar_levels(bars.share), BAR_STEPS, bars.y, bars.h)
        line = outline_widths(boxes, self._look.scale)
        for width in np.unique(line).tolist():
            mine = line == width
            x, y, w, h = boxes.x[mine], boxes.y[mine], boxes.w[mine], boxes.h[mine]
            if not width:
                self._rects.fill(painter, colour, x, y, w, h)
                continue
            flat, upright = np.full_like(h, width), np.full_like(w, width)
            for left, top, wide, high in (
                (x, y, w, flat),
                (x, y + h - width, w, flat),
                (x, y, upright, h),
                (x + w - width, y, upright, h),
            ):
                self._rects.fill(painter, colour, left, top, wide, high)

    def _unfinished(self, painter: QPainter, marks: PixelBoxes) -> None:
        """A strong edge where a slice began, and its colour fading away: nobody knows how long it ran."""
        reach, columns = self._look.px(FADE_PX), (marks.x, marks.y, marks.h, marks.paint)
        for x, y, h, paint in zip(*(column.tolist() for column in columns), strict=True):
            strong = self._look.brushes[paint]
            faint = QColor(strong)
            faint.setAlpha(0)
            fade = QLinearGradient(x, 0, x + reach, 0)
            fade.setColorAt(0, strong)
            fade.setColorAt(1, faint)
            painter.fillRect(x, y, reach, h, fade)
            painter.fillRect(x, y, max(self._look.px(EDGE_PX), 1), h, self._look.text)

    def _plots(self, painter: QPainter, plots: tuple[Plot, ...], surface: Surface) -> None:
        """Areas under the mean of every pixel, as high as the peak of the whole timeline allows."""
        look, colour = self._look, self._look.accent
        filling, edge = look.shades[int(Paint.KERNEL), AREA_LEVEL], np.uint32(colour.rgba())
        for plot in plots:
            area = area_of(plot, look.scale)
            steps = np.arange(area.height, 0, -1)[:, None]
            filled = np.where(steps > area.line[None, :], edge, filling)
            pixels = np.where(steps <= area.high[None, :], filled, 0).astype(np.uint32)
            top = area.top + np.arange(area.height)
            surface.lines(painter, pixels, top, np.ones_like(top))
            painter.setFont(self.texts.font)
            painter.setPen(look.muted)
            self.texts.draw(painter, look.px(4), (plot.y + area.top) / 2, area.words)

    def _captions(self, painter: QPainter, captions: tuple[Caption, ...]) -> None:
        by_paint: dict[int, list[Caption]] = defaultdict(list)
        for caption in captions:
            by_paint[caption.paint].append(caption)
        painter.setFont(self._look.label_font)
        for paint, mine in by_paint.items():
            painter.setPen(self._look.inks[paint])
            for caption in mine:
                self.texts.draw(painter, caption.x, caption.y, caption.text)
