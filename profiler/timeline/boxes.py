"""Boxes as arrays: what a painter needs to know, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.timeline.mipmap import NO_PAINT

Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]
Numbers = npt.ArrayLike


class BoxKind(IntEnum):
    """How a box is drawn, in the order in which boxes are painted."""

    BAND = 0  #: time in which kernels hide a copy: a shade from the copy through the compute lane
    WAIT = 1  #: thin: the stream has reached the slice, the engine has not taken it
    DENSITY = 2  #: several slices in a pixel, as strong as they fill it
    SOLID = 3  #: one slice
    EXPOSED = 4  #: outline around the part of a copy that no kernel hides


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Columns of boxes, all of one length.

    Attributes
    ----------
    x, y, w, h : float64 arrays
        Pixels from the left of the time axis and from the top of the first lane.
    kind, paint : uint8 arrays
        `BoxKind` and `Paint`.
    row : int64 array
        The row of the trace; -1 where the box stands for several.
    lane : int32 array
        The lane's number.
    share : float32 array
        Share of the box's time that is busy, or that the pieces of copies fill; 1 for a slice.
    count : int32 array
        Slices that the box stands for; 0 where they were not counted.
    """

    x: Float64
    y: Float64
    w: Float64
    h: Float64
    kind: UInt8
    paint: UInt8
    row: npt.NDArray[np.int64]
    lane: npt.NDArray[np.int32]
    share: Float32
    count: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def of(
        cls, x: Float64, w: Float64, *, y: float, h: float, kind: BoxKind, lane: int,
        paint: Numbers, row: Numbers = -1, share: Numbers = 1.0, count: Numbers = 1,
    ) -> Boxes:  # fmt: skip
        """Boxes of one row of a lane; single values are repeated."""
        size = len(x)

        def column(value: Numbers, dtype: type[np.generic]) -> npt.NDArray[Any]:
            return np.broadcast_to(np.asarray(value, dtype), (size,))

        return cls(
            x, column(y, np.float64), w, column(h, np.float64), column(kind, np.uint8), column(paint, np.uint8),
            column(row, np.int64), column(lane, np.int32), column(share, np.float32), column(count, np.int32),
        )  # fmt: skip

    @classmethod
    def joined(cls, parts: Sequence[Boxes]) -> Boxes:
        """All boxes in the order in which they are painted."""
        if not parts:
            return cls.of(np.empty(0), np.empty(0), y=0, h=0, kind=BoxKind.SOLID, lane=0, paint=0)
        whole = {name.name: np.concatenate([getattr(part, name.name) for part in parts]) for name in fields(cls)}
        order = np.argsort(whole["kind"], kind="stable")
        return cls(**{name: column[order] for name, column in whole.items()})


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Busy share and colour of every pixel of the crowded rows: an image of one line a row.

    Attributes
    ----------
    x : float
        Left edge of the first pixel (0 or less, above -1); the others follow at a distance of 1.
    y, h : float64 arrays, shape (rows,)
        Top and height at which each line is drawn.
    lane : int32 array, shape (rows,)
    share : float32 array, shape (rows, pixels)
        Above 0 wherever anything runs that no solid box covers.
    paint : uint8 array, shape (rows, pixels)
    """

    x: float
    y: Float64
    h: Float64
    lane: npt.NDArray[np.int32]
    share: Float32
    paint: UInt8

    def boxes(self, levels: int = 6) -> list[Boxes]:
        """The image as `BoxKind.DENSITY` boxes: neighbours of one colour and one of ``levels`` shares are one box."""
        return [
            density_runs(
                self.share[line], self.paint[line], np.zeros(self.share.shape[1], np.int32), levels=levels, x=self.x,
                y=float(self.y[line]), h=float(self.h[line]), lane=int(self.lane[line]),
            )
            for line in range(len(self.y))
        ]  # fmt: skip


def density_runs(
    share: Float32, paint: UInt8, count: npt.NDArray[np.int32], *, levels: int, x: float, y: float, h: float, lane: int
) -> Boxes:
    """Pixels of one row as boxes; pixels with a share of 0 are left out."""
    level = np.ceil(np.clip(share, 0, 1) * levels).astype(np.int16)
    key = np.where(level > 0, level * 256 + paint, -1)
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    length = np.diff(np.append(first, len(key)))
    total = np.add.reduceat(count, first)
    keep = key[first] >= 0
    first, length, total = first[keep], length[keep], total[keep]
    return Boxes.of(
        np.asarray(x + first, np.float64), length.astype(np.float64), y=y, h=h, kind=BoxKind.DENSITY, lane=lane,
        paint=key[first] & NO_PAINT, share=level[first] / levels, count=total,
    )  # fmt: skip
