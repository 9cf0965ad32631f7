"""Rows of pixels on what is painted on: written straight into an image, or drawn where there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPaintEngine, QPainter

Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Surface:
    """Where rows of pixels go.

    Attributes
    ----------
    pixels : uint32 array, shape (height, width), or None
        The memory of the image that is painted on; None where what is painted on has no pixels.
    left : int
        Where the time axis begins.
    top, bottom : int
        Rows of pixels that may be written.
    """

    pixels: UInt32 | None
    left: int
    top: int
    bottom: int

    @classmethod
    def of(cls, image: QImage | None, left: int, top: int, bottom: int) -> Surface:
        """The surface of an image with 32 bits a pixel."""
        if image is None:
            return cls(None, left, top, bottom)
        memory = np.frombuffer(image.bits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
        return cls(memory[:, : image.width()], left, top, bottom)

    def lines(self, painter: QPainter, colours: UInt32, y: Int64, h: Int64) -> None:
        """Stretch each row of colours to its height; a colour of 0 leaves what is there."""
        if self.pixels is None:
            draw_lines(painter, colours, y, h)
            return
        room = self.pixels[:, self.left : self.left + colours.shape[1]]
        colours = colours[:, : room.shape[1]]
        shown = colours != 0
        for line, (top, high) in enumerate(zip(y.tolist(), h.tolist(), strict=True)):
            part = room[max(top, self.top) : min(top + high, self.bottom)]
            np.copyto(part, colours[line], where=shown[line])


def draw_lines(painter: QPainter, colours: UInt32, y: Int64, h: Int64) -> None:
    """Draw rows of premultiplied colours from the painter's origin, each stretched to its height."""
    # Qt reads the array's own memory: it must be contiguous, and live as long as the image.
    pixels = np.ascontiguousarray(colours, np.uint32)
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
    for line, (top, high) in enumerate(zip(y.tolist(), h.tolist(), strict=True)):
        target, part = QRect(0, top, width, high), QRect(0, line, width, 1)
        if raster:
            painter.drawImage(target, image, part)
        elif colours[line].any():
            # Qt's SVG writer takes no part of an image, and viewers would blur pixels that they are told to stretch.
            painter.drawImage(target, image.copy(part).scaled(width, high))
