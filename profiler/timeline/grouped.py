"""Rows sorted by the number of their lane, rows of one lane in the order in which they stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.trace.blocks import BLOCK, blocks

Int32 = npt.NDArray[np.int32]

#: Lanes up to which the blocks are put together lane by lane; with more, their parts are too short for that.
_FEW_LANES = 64


def grouped(codes: npt.NDArray[np.integer], count: int, *, block: int = BLOCK) -> tuple[Int32, list[int]]:
    """Rows by code.

    Parameters
    ----------
    codes : int array
        From 0 to ``count - 1``; rows of code -1 are left out.
    count : int
    block : int
        Rows sorted at once where ``count`` is small. The result does not depend on it.

    Returns
    -------
    rows : int32 array
    ends : list of int
        Where the rows of each code end in ``rows``.
    """
    if count > _FEW_LANES:
        totals = np.bincount(codes + 1, minlength=count + 1)
        order = np.argsort(codes, kind="stable").astype(np.int32)[totals[0] :]
        return order, np.cumsum(totals[1:]).tolist()
    parts = list(blocks(len(codes), block))
    totals = np.zeros((len(parts) + 1, count + 1), np.int64)
    for number, part in enumerate(parts):
        totals[number + 1] = np.bincount(codes[part] + 1, minlength=count + 1)
    ends = np.cumsum(totals[:, 1:].sum(axis=0))
    heads = (np.cumsum(totals[:, 1:], axis=0) + np.concatenate(([0], ends[:-1]))).tolist()
    rows = np.empty(int(ends[-1]), np.int32)
    for number, part in enumerate(parts):
        # Sixteen bits are sorted by counting.
        order = np.argsort(codes[part].astype(np.int16), kind="stable").astype(np.int32)
        order += part.start
        place = int(totals[number + 1, 0])
        for head, end in zip(heads[number], heads[number + 1], strict=True):
            if end > head:
                rows[head:end] = order[place : place + end - head]
                place += end - head
    return rows, ends.tolist()
