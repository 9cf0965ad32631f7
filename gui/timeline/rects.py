"""Many rectangles handed to Qt without an object for each of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter
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
