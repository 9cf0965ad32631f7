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
        """Stretch each row of colours to its height; a colour of 0 leaves what is there.

        What lies there must run across the whole height, as a lane's ground, its grid and bands do.
        """
        if self.pixels is None:
            draw_lines(painter, colours, y, h)
            return
        room = self.pixels[:, self.left : self.left + colours.shape[1]]
        colours = colours[:, : room.shape[1]]
        shown = colours != 0
        for line, (top, high) in enumerate(zip(y.tolist(), h.tolist(), strict=True)):
            part = room[max(top, self.top) : min(top + high, self.bottom)]
            if len(part) > 2 and (part[0] == part[-1]).all():
                # One row is mixed and the others are copies of it: rows of pixels are copied faster than chosen.
                part[:] = np.where(shown[line], colours[line], part[0])
            else:
                np.copyto(part, colours[line], where=shown[line])

    def bars(self, painter: QPainter, colour: int, level: Int64, steps: int, y: Int64, h: Int64) -> None:
        """Rise each pixel of some rows from the row's lower edge by its level, of so many steps."""
        for step in range(1, steps + 1):
            # Each step of a bar is a part of the row.
            tops, ends = y + h - h * step // steps, y + h - h * (step - 1) // steps
            high = level >= step
            if self.pixels is None:
                draw_lines(painter, np.where(high, np.uint32(colour), np.uint32(0)), tops, ends - tops)
                continue
            room = self.pixels[:, self.left : self.left + level.shape[1]]
            for line in np.flatnonzero(high.any(axis=1)).tolist():
                columns = np.flatnonzero(high[line, : room.shape[1]])
                room[max(tops[line], self.top) : min(ends[line], self.bottom), columns] = colour


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
