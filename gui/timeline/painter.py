"""Paints one frame of a timeline: everything is computed already."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from PySide6.QtGui import QPainter

from gui.timeline.look import Look
from gui.timeline.rects import Lines, RectBuffer
from gui.timeline.texts import Texts
from profiler.timeline.frame import Caption, Frame
from profiler.timeline.frame_copies import CopyMarks
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import PixelBoxes, PixelLines

#: Boxes at least this wide have a seam between them.
_SEAM_FROM_PX = 3

#: Heights of bars that are told apart.
_BAR_STEPS = 4

_OUTLINE_PX = 2


class FramePainter:
    """Paints frames with one look; buffers and laid-out texts are kept."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._rects = RectBuffer()
        self.texts = Texts(look.label_font)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint waits, lines, boxes and captions; the painter's origin is the left end of the time axis."""
        self._bands(painter, frame.copies.bands)
        self._lines(painter, frame)
        self._same(painter, frame.waits, Paint.WAIT)
        self._boxes(painter, frame.boxes)
        self._exposed(painter, frame.copies)
        self._captions(painter, frame.captions)

    def _lines(self, painter: QPainter, frame: Frame) -> None:
        lines = frame.lines
        if not len(lines.y):
            return
        level = np.ceil(lines.share * 255).astype(np.uint8)
        image = Lines(self._look.shades[lines.paint, level])
        for place, (y, h) in enumerate(zip(lines.y.tolist(), lines.h.tolist(), strict=True)):
            image.draw(painter, place, 0, y, h)

    def _same(self, painter: QPainter, boxes: PixelBoxes, paint: int) -> None:
        self._rects.fill(painter, self._look.brushes[paint], boxes.x, boxes.y, boxes.w, boxes.h)

    def _boxes(self, painter: QPainter, boxes: PixelBoxes) -> None:
        for paint in np.unique(boxes.paint).tolist():
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
        for paint in np.unique(paints).tolist():
            mine = paints == paint
            self._rects.fill(painter, self._look.seams[paint], x[mine], y[mine], one[mine], h[mine])

    def _bands(self, painter: QPainter, bands: PixelLines) -> None:
        if len(bands):
            level = np.ceil(bands.share * 255).astype(np.uint8)
            image = Lines(self._look.veils[bands.paint, level], alpha=True)
            for line, (y, h) in enumerate(zip(bands.y.tolist(), bands.h.tolist(), strict=True)):
                image.draw(painter, line, 0, y, h)

    def _exposed(self, painter: QPainter, copies: CopyMarks) -> None:
        """Bars as high as they fill their pixel, and outlines; those too narrow for one are filled."""
        bars, boxes, colour = copies.bars, copies.outlines, self._look.exposed
        if len(bars):
            share = bars.share[:, None, :]
            steps = np.arange(_BAR_STEPS, 0, -1)[None, :, None] / _BAR_STEPS
            filled = (share >= steps) | ((share > 0) & (steps == 1 / _BAR_STEPS))
            pixels = np.where(filled, np.uint32(colour.rgba()), np.uint32(0)).astype(np.uint32)
            image = Lines(pixels.reshape(-1, share.shape[2]), alpha=True)
            for line, (y, h) in enumerate(zip(bars.y.tolist(), bars.h.tolist(), strict=True)):
                image.draw(painter, line * _BAR_STEPS, 0, y, h, lines=_BAR_STEPS)
        line = max(round(_OUTLINE_PX * self._look.scale), 1)
        narrow = (boxes.w < 3 * line) | (boxes.h < 3 * line)
        x, y, w, h = boxes.x, boxes.y, boxes.w, boxes.h
        self._rects.fill(painter, colour, x[narrow], y[narrow], w[narrow], h[narrow])
        x, y, w, h = (column[~narrow] for column in (x, y, w, h))
        for left, top, wide, high in (
            (x, y, w, np.full_like(h, line)),
            (x, y + h - line, w, np.full_like(h, line)),
            (x, y, np.full_like(w, line), h),
            (x + w - line, y, np.full_like(w, line), h),
        ):
            self._rects.fill(painter, colour, left, top, wide, high)

    def _captions(self, painter: QPainter, captions: tuple[Caption, ...]) -> None:
        by_paint: dict[int, list[Caption]] = defaultdict(list)
        for caption in captions:
            by_paint[caption.paint].append(caption)
        painter.setFont(self._look.label_font)
        for paint, mine in by_paint.items():
            painter.setPen(self._look.inks[paint])
            for caption in mine:
                self.texts.draw(painter, caption.x, caption.y, caption.text)
