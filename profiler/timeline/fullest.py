"""The colour that runs longest in each part of a row: a hundred short slices outweigh the one that is longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]

#: Colour of a part in which nothing runs.
NO_PAINT = 255


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Stretches of time of rows of disjoint slices, the slices of all rows in one array.

    Attributes
    ----------
    begun, ended : int64 arrays
        ``[begun, ended)`` are the slices that start in each part; the next part of a row begins where the last ends.
    entering, leaving : int64 arrays
        How long what began earlier still runs at the beginning and at the end of each part, ns.
    busy : int64 array
        How long anything runs in each part, ns.
    """

    begun: Int64
    ended: Int64
    entering: Int64
    leaving: Int64
    busy: Int64

    @classmethod
    def between(cls, begun: Int64, over: Int64, busy: Int64) -> Parts:
        """The parts between edges, along the last axis.

        ``begun`` and ``over`` are of each edge: slices that start before it, and how long one of them still runs.
        """
        return cls(
            begun[..., :-1].ravel(), begun[..., 1:].ravel(), over[..., :-1].ravel(), over[..., 1:].ravel(), busy.ravel()
        )


def colours_in(paints: UInt8) -> list[int]:
    """The colours that occur, ascending."""
    if not len(paints):
        return []
    least, most = int(paints.min()), int(paints.max())
    return [least] if least == most else [colour for colour in range(least, most + 1) if (paints == colour).any()]


def times_of(colours: Sequence[int], parts: Parts, lengths: Int64, paints: UInt8) -> Int64:
    """How long each colour runs in each part, ns, shape (colours, parts).

    Parameters
    ----------
    colours : sequence of int
        All that occur in ``paints``.
    parts : Parts
    lengths, paints : arrays
        Of each slice; length 0 where no part has it.
    """
    times = np.zeros((len(colours), len(parts.begun)), np.int64)
    if len(colours) > 1:
        number = np.zeros(256, np.int64)
        number[colours] = np.arange(len(colours))
        filled = np.flatnonzero(parts.ended > parts.begun)
        heads, own = parts.begun[filled], np.empty_like(lengths)
        for colour, mine in zip(colours[:-1], times, strict=False):
            np.multiply(lengths, paints == colour, out=own)
            mine[filled] = np.add.reduceat(own, heads) if len(heads) else 0
        last = filled[parts.leaving[filled] > 0]
        times[number[paints[parts.ended[last] - 1]], last] -= parts.leaving[last]
        # What runs on through a part in which nothing starts leaves it too; otherwise it has ended by then.
        into = np.flatnonzero(parts.entering > 0)
        inside = parts.entering[into] - np.where(parts.ended[into] > parts.begun[into], 0, parts.leaving[into])
        times[number[paints[parts.begun[into] - 1]], into] += inside
    # What no other colour takes is of the last one.
    np.subtract(parts.busy, times[:-1].sum(axis=0), out=times[-1])
    return times


def strongest(colours: Sequence[int], times: Int64) -> UInt8:
    """The colour with the most time in each part, the first of equals; `NO_PAINT` where none has any."""
    found = np.full(times.shape[1], NO_PAINT, np.uint8)
    best: Int64 | None = None
    for colour, mine in zip(colours, times, strict=True):
        np.copyto(found, np.uint8(colour), where=mine > (0 if best is None else best))
        best = mine if best is None else np.maximum(best, mine)
    return found
