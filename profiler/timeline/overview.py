"""The whole of a timeline in a few lines: how busy copies in, compute and copies out are, and what is exposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Engine

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """Lines of pixels over a stretch of time.

    Attributes
    ----------
    paints : tuple of Paint
        One a line, from the top.
    share : float32 array, shape (lines, pixels)
        The fullest row's busy share of each pixel.
    exposed : float32 array, shape (lines, pixels)
        Of it, what is exposed.
    """

    paints: tuple[Paint, ...]
    share: Float32
    exposed: Float32


_LINES = (
    (Paint.HTOD, (Engine.HTOD, Engine.COPY)),
    (Paint.KERNEL, (Engine.COMPUTE,)),
    (Paint.DTOH, (Engine.DTOH,)),
)

#: Rows of one kind that are looked at.
_MOST_ROWS = 64


def make_overview(timeline: Timeline, viewport: Viewport) -> Overview:
    """Engines of all devices together; the host's lanes where no device was traced."""
    lines = [
        (paint, rows)
        for paint, engines in _LINES
        if (rows := _rows(timeline, [lane.engine in engines for lane in timeline.lanes]))
    ]
    if not lines:
        kinds = ((Paint.HOST, LaneKind.HOST), (Paint.MARKER, LaneKind.MARKER))
        lines = [
            (paint, rows)
            for paint, kind in kinds
            if (rows := _rows(timeline, [lane.kind == kind for lane in timeline.lanes]))
        ]
    edges, _ = viewport.grid()
    share = np.zeros((len(lines), len(edges) - 1), np.float32)
    exposed = np.zeros_like(share)
    for line, (_, rows) in enumerate(lines):
        share[line] = timeline.mipmap.pixels(rows, edges)[0].max(axis=0)
        exposed[line] = timeline.exposed.pixels(rows, edges).max(axis=0)
    return Overview(tuple(paint for paint, _ in lines), share, exposed)


def _rows(timeline: Timeline, chosen: list[bool]) -> list[int]:
    found = [number for lane, mine in enumerate(chosen) if mine for number in timeline.rows_of(lane)]
    return found[:_MOST_ROWS]
