"""Rows of pixels as SVG: neighbours of one colour are one stroke as wide as the row is high."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from profiler.report.svg_marks import element, group, tooltip
from profiler.timeline.pixels import PixelLines

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]

#: Busy shares that are told apart, from the finest; and strokes on a page from which the next coarser one is taken.
#: The screen has 255, but a file with a stroke for every pixel would be megabytes of shades that nobody can tell apart.
LEVELS = (32, 16, 8)
_MOST_STROKES = 40_000

#: Attributes of the strokes of one paint and share.
Paints = Callable[[int, float], dict[str, str | float]]


def draw_lines(lines: PixelLines, width: int, paints: Paints, title_of: Callable[[int], str] | None = None) -> str:
    """Each row of pixels as a group of strokes, the first ``width`` pixels of it.

    Parameters
    ----------
    lines : PixelLines
    width : int
    paints : callable
        From a paint and a share to the attributes of what is drawn.
    title_of : callable, optional
        From the top of a row to what a viewer says of it.
    """
    levels = level_count(lines.share[:, :width], lines.paint[:, :width])
    marks = []
    for line, (top, high) in enumerate(zip(lines.y.tolist(), lines.h.tolist(), strict=True)):
        strokes = _strokes(quantized(lines.share[line, :width], levels), lines.paint[line, :width], top + high / 2)
        content = [
            element("path", None, {"d": steps, **paints(paint, level / levels)})
            for (paint, level), steps in strokes.items()
        ]
        if content:
            title = tooltip(title_of(top), "as strong as the pixel is filled") if title_of else ""
            marks.append(group([title, *content], stroke_width=f"{high:g}"))
    return group(marks, fill="none")


def level_count(share: Float32, paint: UInt8) -> int:
    """The finest of `LEVELS` that keeps the strokes few enough, else the coarsest."""
    for levels in LEVELS:
        level = quantized(share, levels)
        changes = (level[:, 1:] != level[:, :-1]) | (paint[:, 1:] != paint[:, :-1])
        if np.count_nonzero(changes & (level[:, 1:] > 0)) <= _MOST_STROKES:
            return levels
    return LEVELS[-1]


def quantized(share: Float32, levels: int) -> Int64:
    """Shares as whole parts of ``levels``; what is filled at all is at least one."""
    return np.where(share > 0, np.clip(np.rint(share * levels), 1, levels), 0).astype(np.int64)


def runs(key: Int64) -> tuple[Int64, Int64]:
    """Where each run of equal values begins, and how long it is; runs of 0 are left out."""
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.empty(0, np.int64)
    length = np.diff(np.append(first, len(key)))
    keep = key[first] > 0
    return first[keep], length[keep]


def _strokes(level: Int64, paint: UInt8, middle: float) -> dict[tuple[int, int], str]:
    """The path of each paint and level: relative steps, so that a pixel takes a few letters."""
    first, length = runs(np.where(level > 0, (level << 8) | paint, 0))
    steps: dict[tuple[int, int], list[str]] = defaultdict(list)
    ends: dict[tuple[int, int], int] = {}
    kinds = zip(paint[first].tolist(), level[first].tolist(), strict=True)
    for kind, x, w in zip(kinds, first.tolist(), length.tolist(), strict=True):
        steps[kind].append(f"m{x - ends[kind]} 0h{w}" if kind in ends else f"M{x} {middle:g}h{w}")
        ends[kind] = x + w
    return {kind: "".join(parts) for kind, parts in steps.items()}
