"""Very many texts that are there as bytes and become strings when they are asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

#: Texts that are decoded together when all are asked for.
_BLOCK = 4096


class LazyTexts(Sequence[str]):
    """A sequence of strings over one run of bytes: opened in no time, whatever their number.

    Text i is ``data[offsets[i]:offsets[i + 1]]`` in UTF-8, lone surrogates included, as Python takes them from file
    names. It equals any sequence of the same strings.

    Parameters
    ----------
    offsets : array of int64
        One more than there are texts, growing; in bytes of ``data``.
    data : bytes-like
    """

    __slots__ = ("_data", "_offsets")

    def __init__(self, offsets: npt.NDArray[np.int64], data: bytes | memoryview) -> None:
        self._offsets = offsets
        self._data = memoryview(data)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(f"there are {len(self)} texts")
        first, last = self._offsets[number : number + 2].tolist()
        return str(self._data[first:last], "utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), _BLOCK):
            yield from self._block(self._offsets[first : first + _BLOCK + 1].tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def __repr__(self) -> str:
        return f"<{len(self)} texts>"

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self),)

    def _block(self, offsets: list[int]) -> Iterator[str]:
        """Texts that follow each other: where all are ASCII they are cut from one string, which is quicker."""
        start = offsets[0]
        whole = self._data[start : offsets[-1]]
        text = str(whole, "utf-8", "surrogatepass")
        ends = itertools.pairwise(offsets)
        if len(text) == len(whole):
            return (text[first - start : last - start] for first, last in ends)
        return (str(self._data[first:last], "utf-8", "surrogatepass") for first, last in ends)
