"""Lines between operations of stacked timelines that were matched, while they are few enough to follow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

from profiler.analysis.diff import diff
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline

if TYPE_CHECKING:
    from gui.timeline.picture import Drawn

#: Slices of a timeline up to which its operations are matched, and lines in a picture.
_MOST_SLICES = 50_000
_MOST_LINES = 160


class Joins:
    """Matches neighbouring timelines, once for each pair of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Timeline, Timeline, np.ndarray, np.ndarray]] = {}
        self._last: tuple[Sequence[Drawn], list[tuple[QPointF, QPointF]]] | None = None

    def pairs(self, drawn: Sequence[Drawn], column: int) -> list[tuple[QPointF, QPointF]]:
        """Lines from the boxes of each timeline to those of the next below it; none where there would be too many."""
        if self._last is not None and self._last[0] is drawn:
            return self._last[1]
        lines: list[tuple[QPointF, QPointF]] = []
        for upper, lower in pairwise(drawn):
            if upper.document is not lower.document:
                lines += self._between(upper, lower, column)
        self._last = (drawn, lines)
        return lines

    def _between(self, upper: Drawn, lower: Drawn, column: int) -> list[tuple[QPointF, QPointF]]:
        if max(len(upper.timeline.trace), len(lower.timeline.trace)) > _MOST_SLICES:
            return []
        rows_a, rows_b = self._matched(upper, lower)
        below, above = _anchors(upper, last=True), _anchors(lower, last=False)
        both = [
            (below[a], above[b])
            for a, b in zip(rows_a.tolist(), rows_b.tolist(), strict=True)
            if a in below and b in above
        ]
        if len(both) > _MOST_LINES:
            return []
        return [(QPointF(column + x, y), QPointF(column + u, v)) for (x, y), (u, v) in both]

    def _matched(self, upper: Drawn, lower: Drawn) -> tuple[np.ndarray, np.ndarray]:
        key = (upper.document.id, lower.document.id)
        known = self._known.get(key)
        if known is None or known[0] is not upper.timeline or known[1] is not lower.timeline:
            found = diff(upper.timeline.trace, lower.timeline.trace)
            known = self._known[key] = (upper.timeline, lower.timeline, found.a_rows, found.b_rows)
        return known[2], known[3]


def _anchors(drawn: Drawn, *, last: bool) -> dict[int, tuple[float, float]]:
    """Where lines meet the boxes of the engines: the lower edge of each slice's box, or the upper one."""
    boxes, engines = (
        drawn.frame.boxes,
        {row.y for row in drawn.frame.rows if drawn.timeline.lanes[row.lane].kind == LaneKind.ENGINE},
    )
    mine = np.flatnonzero(np.isin(boxes.y, list(engines)))
    columns = (boxes.row, boxes.x, boxes.w, boxes.y, boxes.h)
    return {
        row: (x + w / 2, y + h if last else y)
        for row, x, w, y, h in zip(*(column[mine].tolist() for column in columns), strict=True)
    }
