"""Choices taken from bytes: whoever changes the bytes changes the file that is made of them.

A coverage-guided fuzzer knows bytes only. A file with checksums, page numbers or lengths in it is not reached by
changing its bytes, but by changing the choices it was made by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

#: Numbers next to which readers go wrong.
EDGES = (
    0,
    1,
    -1,
    2,
    7,
    127,
    255,
    1 << 24,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 53,
    1 << 62,
    (1 << 62) + 1,
    -(1 << 62) - 1,
    (1 << 63) - 1,
    -(1 << 63),
    1_600_000_000_123_456_789,
)

WORDS = ("", "k", "k[/foo]", "f<a>(b)", "\x1b]0;x", "=1+1", "a\x00b", "[CUDA memcpy HtoD]", "nccl", "\u202ex", "é" * 40)


class Draw:
    """Takes choices from ``data``, front to back; past the end every choice is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    def bytes(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        self._at += size
        return found

    def rest(self) -> bytes:
        return self.bytes(len(self._data))

    def byte(self) -> int:
        return int.from_bytes(self.bytes(1), "little")

    def below(self, limit: int) -> int:
        return self.byte() % limit

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def rarely(self) -> bool:
        """One time in 32; not past the end."""
        return self.byte() % 32 == 31

    def some(self, choices: Sequence[T]) -> list[T]:
        """Most of ``choices``, in their order; a byte leaves out up to eight of them."""
        left_out = {place for start in range(0, len(choices), 8) for place in self._bits(start)}
        return [choice for place, choice in enumerate(choices) if place not in left_out]

    def _bits(self, start: int) -> list[int]:
        byte = self.byte()
        return [start + bit for bit in range(8) if byte >> bit & 1]

    def times(self, most: int) -> Iterator[int]:
        """0, 1, … as long as there are choices left, at most ``most``."""
        for number in range(self.below(most + 1)):
            if self.is_empty:
                return
            yield number

    def integer(self) -> int:
        how = self.below(4)
        if how == 0:
            return self.byte()
        if how == 1:
            return self.pick(EDGES)
        if how == 2:
            return int.from_bytes(self.bytes(2), "little")
        return int.from_bytes(self.bytes(8), "little", signed=True)

    def text(self) -> str:
        if self.below(4):
            return self.pick(WORDS)
        return self.bytes(self.below(12)).decode("utf-8", "surrogateescape")

    def cell(self) -> Any:
        """What a cell of a database can hold, mostly a whole number."""
        how = self.byte() % 32
        if how < 26:
            return self.integer()
        if how == 26:
            return None
        if how == 27:
            return float(self.integer())
        if how == 28:
            return self.bytes(self.below(20))
        if how == 29:
            return float("inf")
        return self.text().encode("utf-8", "replace").decode()

    def damaged(self, data: bytes) -> bytes:
        """``data``, rarely with some bytes changed, or cut."""
        if not self.rarely():
            return data
        changed = bytearray(data)
        for _ in self.times(8):
            place = int.from_bytes(self.bytes(3), "little") % max(1, len(changed))
            changed[place : place + 1] = bytes([self.byte()])
        return bytes(changed[: len(changed) - self.integer() % 64]) if self.rarely() else bytes(changed)
