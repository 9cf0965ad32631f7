"""Many rectangles and pixel rows handed to Qt without an object for each of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter
from shiboken6 import wrapInstance

Numbers = npt.NDArray[np.number]


class RectBuffer:
    """A growing array in the memory layout of ``QRect``: left, top, right, bottom, the last two inclusive."""

    def __init__(self) -> None:
        self._grow(1024)

    def fill(self, painter: QPainter, colour: QColor, x: Numbers, y: Numbers, w: Numbers, h: Numbers) -> None:
        """Fill rectangles of whole pixels with one colour; those narrower than a pixel are not drawn."""
        count = len(x)
        if not count:
            return
        if count > len(self._data):
            self._grow(2 * count)
        data = self._data[:count]
        data[:, 0], data[:, 1] = x, y
        data[:, 2], data[:, 3] = x + w - 1, y + h - 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRects(self._pointer, count)

    def _grow(self, size: int) -> None:
        self._data = np.empty((size, 4), np.int32)
        self._pointer = wrapInstance(self._data.ctypes.data, QRect)


class Lines:
    """Rows of pixels: each is an image of height 1 that is stretched to a row of the timeline."""

    def __init__(self, pixels: npt.NDArray[np.uint32], *, alpha: bool = False) -> None:
        # Qt reads the array's own memory: it must be contiguous, and live as long as the image.
        self._pixels = np.ascontiguousarray(pixels)
        height, width = self._pixels.shape
        kind = QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32
        self._image = QImage(self._pixels.data, width, height, 4 * width, kind)
        self._width = width

    def draw(self, painter: QPainter, line: int, x: int, y: int, h: int, *, lines: int = 1) -> None:
        """Draw a line (or some below each other) with its first pixel at ``x``, ``h`` pixels high."""
        target, part = QRect(x, y, self._width, h), QRect(0, line, self._width, lines)
        if painter.paintEngine().type() == QPaintEngine.Type.Raster:
            painter.drawImage(target, self._image, part)
        else:
            # Qt's SVG writer takes no part of an image, and would blur pixels that it is told to stretch.
            painter.drawImage(target, self._image.copy(part).scaled(self._width, h))
