"""Pixels of the last views: while a view pans on its grid, only the columns that come into sight are computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

#: Arrays of one row a line and one column a pixel: busy shares and paints, say.
Pixels = TypeVar("Pixels", bound=tuple[npt.NDArray[Any], ...])

#: Sets of rows whose last view is kept.
_KEPT = 4


class Recent(Generic[Pixels]):
    """The last view of each of a few sets of rows. What it returns is not to be written to."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[Int64, Pixels]] = {}

    def pixels(self, rows: tuple[int, ...], edges: Int64, compute: Callable[[Int64], Pixels]) -> Pixels:
        """Pixels of rows between ``edges``; ``compute`` gives those between any edges."""
        known = self._known.pop(rows, None)
        found = _shifted(*known, edges, compute) if known is not None else None
        if found is None:
            found = compute(edges)
        self._known[rows] = (edges, found)
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        return found


def _shifted(old: Int64, pixels: Pixels, edges: Int64, compute: Callable[[Int64], Pixels]) -> Pixels | None:
    """The old pixels that are still in sight, and those beside them; None where the grids are others."""
    if len(old) != len(edges):
        return None
    if np.array_equal(old, edges):
        return pixels
    later = edges[0] > old[0]
    by = int(old.searchsorted(edges[0]) if later else edges.searchsorted(old[0]))
    stays = (old[by:], edges[: len(edges) - by]) if later else (old[: len(old) - by], edges[by:])
    if not 0 < by <= len(edges) // 2 or not np.array_equal(*stays):
        return None
    beside = compute(edges[-by - 1 :] if later else edges[: by + 1])
    pairs = zip(pixels, beside, strict=True)
    if later:
        joined = tuple(np.concatenate((kept[:, by:], new), axis=1) for kept, new in pairs)
    else:
        joined = tuple(np.concatenate((new, kept[:, :-by]), axis=1) for kept, new in pairs)
    return cast(Pixels, joined)
