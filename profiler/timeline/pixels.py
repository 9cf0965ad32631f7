"""What a painter is given: columns of whole-pixel boxes, and rows drawn as a line of pixels each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.viewport import Viewport

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row of a lane in sight: its number in the mipmap, its lane's number, top and height."""

    number: int
    lane: int
    y: int
    h: int


@dataclass(frozen=True, slots=True, eq=False)
class PixelBoxes:
    """Rectangles of whole pixels, columns of one length; ``row`` is the row of the trace."""

    x: Int64
    y: Int64
    w: Int64
    h: Int64
    paint: UInt8
    row: Int64

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def empty(cls) -> PixelBoxes:
        """No boxes."""
        none = np.empty(0, np.int64)
        return cls(none, none, none, none, np.empty(0, np.uint8), none)

    @classmethod
    def joined(cls, parts: Sequence[PixelBoxes]) -> PixelBoxes:
        """All boxes of several, in order."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.empty()
        names = ("x", "y", "w", "h", "paint", "row")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True, eq=False)
class PixelLines:
    """Rows drawn as a line of pixels each.

    Attributes
    ----------
    y, h : int64 arrays, shape (lines,)
    share : float32 array, shape (lines, pixels)
        How much of each pixel is filled; above 0 wherever anything is.
    paint : uint8 array, shape (lines, pixels)
    """

    y: Int64
    h: Int64
    share: Float32
    paint: UInt8

    def __len__(self) -> int:
        return len(self.y)

    @classmethod
    def empty(cls) -> PixelLines:
        """No lines."""
        none = np.empty(0, np.int64)
        return cls(none, none, np.empty((0, 0), np.float32), np.empty((0, 0), np.uint8))

    @classmethod
    def joined(cls, parts: Sequence[PixelLines]) -> PixelLines:
        """All lines of several, in order."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.empty()
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "h", "share", "paint")))


def columns(starts: Int64, lengths: Int64, viewport: Viewport, edges: Int64) -> tuple[Int64, Int64]:
    """First pixel of every span and the one behind its last, cut to the view; equal where it lies within one."""
    x, end = extents(starts, lengths, viewport, edges)
    return np.minimum(x, len(edges) - 2).astype(np.int64), end.astype(np.int64)


def extents(starts: Int64, lengths: Int64, viewport: Viewport, edges: Int64) -> tuple[Float64, Float64]:
    """Where every span begins and ends in pixels of the grid, cut to the view."""
    scale, most = viewport.width_px / viewport.span_ns, float(len(edges) - 1)
    # The grid's start is taken off before times become floats: epoch nanoseconds lose up to 256 ns.
    x = (starts - edges[0]) * scale
    end = x + lengths * scale
    return np.clip(x, 0.0, most), np.clip(end, 0.0, most)


def clear_under(share: Float32, line: Int64, x: Int64, w: Int64) -> None:
    """Set the pixels under boxes to 0; ``line`` is the line each box lies on."""
    if not len(x):
        return
    rows, width = share.shape
    begin = line * (width + 1) + x
    end = line * (width + 1) + np.minimum(x + w, width)
    size = rows * (width + 1)
    covered = np.cumsum(np.bincount(begin, minlength=size) - np.bincount(end, minlength=size)) > 0
    share[covered.reshape(rows, width + 1)[:, :-1]] = 0
