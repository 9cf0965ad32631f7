"""Where the long slices of a row are, found without looking at the short ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

#: Slices between two entries of the finest list, and entries between two of the next.
BLOCK = 64


@dataclass(frozen=True, slots=True, eq=False)
class Longest:
    """Length of the longest of every `BLOCK` slices of a row, and of every `BLOCK` of these.

    Attributes
    ----------
    offset, coarse_offset : int64 arrays, shape (rows + 1,)
        Where each row begins in ``fine`` and ``coarse``.
    fine, coarse : int64 arrays
    """

    offset: Int64
    fine: Int64
    coarse_offset: Int64
    coarse: Int64

    @property
    def nbytes(self) -> int:
        """Memory of the tables."""
        return self.offset.nbytes + self.fine.nbytes + self.coarse_offset.nbytes + self.coarse.nbytes

    def candidates(self, rows: Int64, views: Sequence[tuple[int, int]], least_ns: int) -> tuple[Int64, Int64]:
        """Which of ``rows`` and which of its slices, for all in blocks that hold one of at least ``least_ns``."""
        bounds = np.array(views, np.int64).reshape(len(rows), 2)
        first, last = bounds[:, 0], np.maximum(bounds[:, 1], bounds[:, 0])
        low, high = first // BLOCK, -(-last // BLOCK)
        owner, block = spread(low // BLOCK, -(-high // BLOCK))
        keep = self.coarse[self.coarse_offset[rows][owner] + block] >= least_ns
        owner, block = owner[keep], block[keep]
        part, block = spread(np.maximum(block * BLOCK, low[owner]), np.minimum((block + 1) * BLOCK, high[owner]))
        owner = owner[part]
        keep = self.fine[self.offset[rows][owner] + block] >= least_ns
        owner, block = owner[keep], block[keep]
        part, place = spread(np.maximum(block * BLOCK, first[owner]), np.minimum((block + 1) * BLOCK, last[owner]))
        return owner[part], place


def build_longest(offset: Int64, lengths: Int64) -> Longest:
    """The lists of rows that begin at ``offset`` in ``lengths``."""
    fine_offset, fine = _blocks(offset, lengths)
    coarse_offset, coarse = _blocks(fine_offset, fine)
    return Longest(fine_offset, fine, coarse_offset, coarse)


def spread(starts: Int64, stops: Int64) -> tuple[Int64, Int64]:
    """All whole numbers of several ranges: the number of the range each is from, and the number."""
    count = np.maximum(stops - starts, 0)
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) + (starts - np.cumsum(count) + count)[owner]


def _blocks(offset: Int64, values: Int64) -> tuple[Int64, Int64]:
    count = -(-np.diff(offset) // BLOCK)
    owner, block = spread(np.zeros(len(count), np.int64), count)
    heads = offset[:-1][owner] + block * BLOCK
    longest = np.maximum.reduceat(values, heads) if len(heads) else np.empty(0, np.int64)
    return np.concatenate(([0], np.cumsum(count))).astype(np.int64), longest
