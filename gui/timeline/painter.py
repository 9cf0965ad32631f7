"""Paints one frame of a timeline: everything is computed already."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from PySide6.QtGui import QPainter

from gui.timeline.look import Look
from gui.timeline.rects import Lines, RectBuffer
from gui.timeline.texts import Texts
from profiler.timeline.frame import Caption, Frame, PixelBoxes
from profiler.timeline.paint import Paint

#: Boxes at least this wide leave a seam to their right neighbour.
_SEAM_FROM_PX = 4


class FramePainter:
    """Paints frames with one look; buffers and laid-out texts are kept."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._rects = RectBuffer()
        self.texts = Texts(look.label_font)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint waits, lines, boxes and captions; the painter's origin is the left end of the time axis."""
        self._lines(painter, frame)
        self._same(painter, frame.waits, Paint.WAIT)
        self._boxes(painter, frame.boxes)
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
        seam = (boxes.w >= _SEAM_FROM_PX).astype(np.int64)
        for paint in np.unique(boxes.paint).tolist():
            mine = boxes.paint == paint
            width = (boxes.w - seam)[mine]
            self._rects.fill(painter, self._look.brushes[paint], boxes.x[mine], boxes.y[mine], width, boxes.h[mine])

    def _captions(self, painter: QPainter, captions: tuple[Caption, ...]) -> None:
        by_paint: dict[int, list[Caption]] = defaultdict(list)
        for caption in captions:
            by_paint[caption.paint].append(caption)
        painter.setFont(self._look.label_font)
        for paint, mine in by_paint.items():
            painter.setPen(self._look.inks[paint])
            for caption in mine:
                self.texts.draw(painter, caption.x, caption.y, caption.text)
