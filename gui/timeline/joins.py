"""Lines between operations of stacked timelines that were matched, while they are few enough to follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF

from gui.state.document import Document
from gui.state.selection import Slice
from profiler.analysis.diff import diff
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline

if TYPE_CHECKING:
    from gui.timeline.picture import Drawn

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

#: Slices of a timeline up to which its operations are matched, and lines in a picture.
_MOST_SLICES = 20_000
_MOST_LINES = 48

#: Pairs of timelines whose matches are remembered.
_KEPT = 6


@dataclass(frozen=True, slots=True)
class Join:
    """A line from an operation of one timeline to its match in another.

    Attributes
    ----------
    upper, lower : Slice
        At its ends.
    start, end : QPointF
    delta_ns : int
        How much longer the operation takes than in the base: the timeline with the earlier letter, else the upper one.
    base_is_upper : bool
    """

    upper: Slice
    lower: Slice
    start: QPointF
    end: QPointF
    delta_ns: int
    base_is_upper: bool


class Joins:
    """Matches neighbouring timelines, once for each pair of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Timeline, Timeline, Int64, Int64]] = {}
        self._last: tuple[Sequence[Drawn], list[list[Join]]] | None = None

    def lines(self, drawn: Sequence[Drawn], column: int, chosen: Collection[Slice]) -> list[Join]:
        """Lines from each timeline to the next below it; only those of ``chosen`` slices where there would be many."""
        if self._last is None or self._last[0] is not drawn:
            pairs = [(a, b) for a, b in pairwise(drawn) if a.document is not b.document]
            self._last = (drawn, [self._between(a, b, column) for a, b in pairs])
        found: list[Join] = []
        for joins in self._last[1]:
            few = len(joins) <= _MOST_LINES
            found += [join for join in joins if few or join.upper in chosen or join.lower in chosen]
        return found

    def _between(self, upper: Drawn, lower: Drawn, column: int) -> list[Join]:
        if max(len(upper.timeline.trace), len(lower.timeline.trace)) > _MOST_SLICES:
            return []
        rows_a, rows_b = self._matched(upper, lower)
        below, above = _ends(upper, last=True), _ends(lower, last=False)
        shown = np.flatnonzero(np.isin(rows_a, list(below)) & np.isin(rows_b, list(above)))
        base_is_upper = _order(upper.document) <= _order(lower.document)
        longer = lower.timeline.trace.dur[rows_b[shown]] - upper.timeline.trace.dur[rows_a[shown]]
        deltas = longer if base_is_upper else -longer
        return [
            Join(
                Slice(upper.document.id, a),
                Slice(lower.document.id, b),
                QPointF(column + below[a][0], below[a][1]),
                QPointF(column + above[b][0], above[b][1]),
                delta,
                base_is_upper,
            )
            for a, b, delta in zip(rows_a[shown].tolist(), rows_b[shown].tolist(), deltas.tolist(), strict=True)
        ]

    def _matched(self, upper: Drawn, lower: Drawn) -> tuple[Int64, Int64]:
        key = (upper.document.id, lower.document.id)
        known = self._known.pop(key, None)
        if known is None or known[0] is not upper.timeline or known[1] is not lower.timeline:
            found = diff(upper.timeline.trace, lower.timeline.trace)
            known = (upper.timeline, lower.timeline, found.a_rows, found.b_rows)
        self._known[key] = known
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        return known[2], known[3]


def _order(document: Document) -> tuple[bool, int, str]:
    """Pinned timelines stand before others, in the order of their letters."""
    return not document.letter, len(document.letter), document.letter


def _ends(drawn: Drawn, *, last: bool) -> dict[int, tuple[float, float]]:
    """Where lines meet the boxes of the engines: the lower edge of each slice's box, or the upper one."""
    lanes = drawn.timeline.lanes
    engines = [row.y for row in drawn.frame.rows if lanes[row.lane].kind == LaneKind.ENGINE]
    boxes = drawn.frame.boxes
    mine = np.flatnonzero(np.isin(boxes.y, engines))
    columns = (boxes.row, boxes.x, boxes.w, boxes.y, boxes.h)
    return {
        row: (x + w / 2, y + h if last else y)
        for row, x, w, y, h in zip(*(column[mine].tolist() for column in columns), strict=True)
    }
