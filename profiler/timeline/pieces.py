"""Parts of copies, exposed or hidden, of many rows: their spans, and how much of every pixel they fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import Buckets, build_buckets, joined_offsets
from profiler.timeline.longest import Longest, build_longest
from profiler.timeline.near import Spans, exact_pixels, sparse_shares

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Float32 = npt.NDArray[np.float32]

#: Pixels for each span from which it is quicker to look at the spans than at all pixels.
_SPANS_FOR_PIXELS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Parts of the copies of a row: sorted, disjoint; ``row`` is the row of the trace each was cut from."""

    starts: Int64
    ends: Int64
    row: Int32


@dataclass(frozen=True, slots=True, eq=False)
class PieceTable:
    """Pieces of all rows of a mipmap, row behind row.

    Attributes
    ----------
    offset : int64 array, shape (rows + 1,)
        Where each row of the mipmap begins; most have no pieces.
    starts, ends : int64 arrays
    row : int32 array
        The row of the trace that each piece was cut from.
    buckets : Buckets
    longest : Longest
    """

    offset: Int64
    starts: Int64
    ends: Int64
    row: Int32
    buckets: Buckets
    longest: Longest

    @property
    def nbytes(self) -> int:
        """Memory of the tables."""
        own = self.offset.nbytes + self.starts.nbytes + self.ends.nbytes + self.row.nbytes
        return own + self.buckets.nbytes + self.longest.nbytes

    def of_row(self, number: int) -> Pieces:
        """The pieces of one row."""
        cut = slice(int(self.offset[number]), int(self.offset[number + 1]))
        return Pieces(self.starts[cut], self.ends[cut], self.row[cut])

    def visible(self, number: int, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Pieces ``[first, last)`` of a row that touch ``[start_ns, end_ns)``."""
        return self.all_visible([number], start_ns, end_ns)[0]

    def all_visible(self, numbers: Sequence[int], start_ns: int, end_ns: int) -> list[tuple[int, int]]:
        """Pieces ``[first, last)`` of each of several rows that touch ``[start_ns, end_ns)``."""
        rows = np.asarray(numbers, np.int64)
        start, end, views = np.int64(start_ns), np.int64(end_ns), []
        for first, last in zip(self.offset[rows].tolist(), self.offset[rows + 1].tolist(), strict=True):
            if last == first:
                views.append((0, 0))
                continue
            begin = int(self.ends[first:last].searchsorted(start, side="right"))
            views.append((begin, max(begin, int(self.starts[first:last].searchsorted(end)))))
        return views

    def longer_than(self, rows: Sequence[int], views: Sequence[tuple[int, int]], least_ns: int) -> tuple[Int64, Int64]:
        """Pieces of at least ``least_ns`` within the views of rows: which of ``rows``, and the place in the table."""
        numbers = np.asarray(rows, np.int64)
        owner, place = self.longest.candidates(numbers, views, least_ns)
        place += self.offset[numbers][owner]
        keep = self.ends[place] - self.starts[place] >= least_ns
        return owner[keep], place[keep]

    def pixels(self, rows: Sequence[int], edges: Int64, views: Sequence[tuple[int, int]] | None = None) -> Float32:
        """Share of every pixel between ``edges`` that the pieces of each row fill; above 0 wherever any runs.

        ``views`` are the pieces of each row between the first and the last edge, where they are known.
        """
        if views is None:
            views = self.all_visible(rows, int(edges[0]), int(edges[-1]))
        numbers = np.asarray(rows, np.int64)
        share = np.zeros((len(rows), len(edges) - 1), np.float32)
        counts = np.array([last - first for first, last in views], np.int64)
        fine = self.buckets.are_fine(numbers, (int(edges[-1]) - int(edges[0])) / (len(edges) - 1))
        far = np.flatnonzero(fine & (counts > 0))
        if len(far):
            share[far], _ = self.buckets.pixels(numbers[far], edges)
        near = np.flatnonzero(~fine & (counts > 0))
        if len(near):
            spans = self._spans(numbers[near].tolist(), [views[place] for place in near.tolist()])
            few = len(spans.starts) <= len(near) * (len(edges) - 1) // _SPANS_FOR_PIXELS
            if few and edges[-1] - edges[0] >= len(edges) - 1:
                share[near] = sparse_shares(spans, edges)
            else:
                share[near], _ = exact_pixels(spans, edges, None)
        return share

    def _spans(self, rows: Sequence[int], views: Sequence[tuple[int, int]]) -> Spans:
        offset = self.offset[np.asarray(rows, np.int64)].tolist()
        cuts = [slice(at + first, at + last) for at, (first, last) in zip(offset, views, strict=True)]
        none = np.empty(0, np.int64)
        starts = np.concatenate([none, *(self.starts[cut] for cut in cuts)])
        ends = np.concatenate([none, *(self.ends[cut] for cut in cuts)])
        return Spans(starts, ends - starts, joined_offsets([last - first for first, last in views]))


def build_pieces(origin: int, rows: int, pieces: Mapping[int, Pieces]) -> PieceTable:
    """The table of a mipmap with so many rows, from the pieces of some of them."""
    none = Pieces(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32))
    parts = [pieces.get(number, none) for number in range(rows)]
    offset = joined_offsets([len(part.starts) for part in parts])
    starts = np.concatenate([none.starts, *(part.starts for part in parts)])
    ends = np.concatenate([none.ends, *(part.ends for part in parts)])
    buckets, _ = build_buckets(origin, ((part.starts, part.ends - part.starts) for part in parts))
    return PieceTable(
        offset,
        starts,
        ends,
        np.concatenate([none.row, *(part.row for part in parts)]),
        buckets,
        build_longest(offset, ends - starts),
    )
