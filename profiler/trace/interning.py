"""Numbers for texts and other hashable values, in order of first appearance."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Key = TypeVar("Key", bound=Hashable)


class Codes(dict[Key, int]):
    """Value to number; asking for an unknown value gives it the next number."""

    def __missing__(self, value: Key) -> int:
        number = self[value] = len(self)
        return number

    def of_all(self, values: Iterable[Key], size: int = -1) -> npt.NDArray[np.int32]:
        """Numbers of ``values``, int32; ``size`` is their count, -1 when it is not known."""
        return np.fromiter(map(self.__getitem__, values), np.int32, size)
