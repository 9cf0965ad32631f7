"""What a painter puts on the boxes of a frame, in whole pixels: seams, outlines, bars and the areas of counters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.counters import in_words
from profiler.timeline.frame_groups import Plot
from profiler.timeline.pixels import PixelBoxes

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

#: Boxes at least this wide have a seam between them.
_SEAM_FROM_PX = 3

#: Heights of bars that are told apart.
BAR_STEPS = 4

#: Width from which an outline is of two pixels, else it is of one.
_OUTLINE_FROM_PX = 14

#: How far the colour of a slice that never ended reaches, and how wide the edge is where it began.
FADE_PX, EDGE_PX = 26, 2

#: Room for the words above a counter's area, and how thick the line along its top is.
_PLOT_HEAD_PX, _PLOT_LINE_PX = 12, 1.5


def seams(boxes: PixelBoxes) -> PixelBoxes:
    """A pixel between slices that follow each other at once, so that they are told apart; of the earlier's paint."""
    if len(boxes) < 2:
        return PixelBoxes.empty()
    end = boxes.x[:-1] + boxes.w[:-1]
    gap = boxes.x[1:] - end
    room = np.minimum(boxes.w[:-1], boxes.w[1:]) >= _SEAM_FROM_PX
    close = np.flatnonzero((boxes.y[1:] == boxes.y[:-1]) & (gap >= 0) & (gap <= 1) & room)
    x, one = end[close] - (gap[close] == 0), np.ones(len(close), np.int64)
    return PixelBoxes(x, boxes.y[close], one, boxes.h[close], boxes.paint[close], boxes.row[close])


def outline_widths(boxes: PixelBoxes, scale: float) -> Int64:
    """Width of the frame inside each box; 0 where there is no room for one, and the whole box is filled."""
    unit = max(round(scale), 1)
    line = np.where(boxes.w >= _OUTLINE_FROM_PX * unit, 2 * unit, unit)
    return np.where((boxes.w < 3 * line) | (boxes.h < 3 * line), 0, line)


def bar_levels(share: Float32) -> Int64:
    """How many of `BAR_STEPS` a bar reaches in each pixel; 0 where there is none."""
    return np.where(share > 0, np.clip(np.ceil(share * BAR_STEPS), 1, BAR_STEPS), 0).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The area under a counter.

    Attributes
    ----------
    top, height : int
        Where the highest value reaches, below the words; and how far it is from there to the plot's lower edge.
    high : int64 array
        How high the area is in each pixel.
    line : int64 array
        Up to where it is filled; from there to ``high`` goes the line along its top.
    words : str
        What the highest value is.
    """

    top: int
    height: int
    high: Int64
    line: Int64
    words: str


def area_of(plot: Plot, scale: float) -> Area:
    """The area under the mean of every pixel, as high as the peak of the whole timeline allows."""
    head = round(_PLOT_HEAD_PX * scale)
    room = max(plot.h - head, 1)
    high = np.ceil(plot.means * (room / plot.peak)) if plot.peak > 0 else np.zeros(len(plot.means))
    high = np.minimum(high, room)  # a mean may exceed the peak by what is lost in rounding
    line = np.maximum(high - max(round(_PLOT_LINE_PX * scale), 1), 0)
    words = f"up to {in_words(plot.peak, plot.unit)}"
    return Area(plot.y + head, room, high.astype(np.int64), line.astype(np.int64), words)
