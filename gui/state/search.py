"""What is searched for and where it was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from psygnal import SignalGroupDescriptor

from gui.state.selection import Slice

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Rows found in one document and their starts in relative ns, both in order of time."""

    document: int
    rows: Int64
    starts_ns: Int64

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(eq=False)
class SearchState:
    """The query, its hits, and the one that was jumped to.

    Attributes
    ----------
    query : str
    regex : bool
        ``query`` is a regular expression, else a piece of text in any case.
    hits : tuple of Hits
        One for each document searched; empty while nothing is found or the search is under way.
    current : int
        Number of the hit jumped to over all documents, -1 before the first.
    busy : bool
    error : str
        Why the query cannot be searched for.
    """

    query: str = ""
    regex: bool = False
    hits: tuple[Hits, ...] = field(default_factory=tuple)
    current: int = -1
    busy: bool = False
    error: str = ""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    @property
    def count(self) -> int:
        """Hits over all documents."""
        return sum(map(len, self.hits))

    def put(self, hits: tuple[Hits, ...]) -> None:
        """Show new hits, none of them jumped to yet."""
        self.current = -1
        self.busy = False
        self.hits = hits

    def step(self, by: int) -> Slice | None:
        """Go to the next hit (or, below 0, the one before), round and round; None without hits."""
        if not self.count:
            return None
        first = 0 if by > 0 else self.count - 1
        self.current = first if self.current < 0 else (self.current + by) % self.count
        return self.at(self.current)

    def at(self, number: int) -> Slice:
        """The slice of a hit."""
        for hits in self.hits:
            if number < len(hits):
                return Slice(hits.document, int(hits.rows[number]))
            number -= len(hits)
        raise IndexError("there are not so many hits")

    def forget(self, document: int) -> None:
        """Drop the hits of a document."""
        self.put(tuple(hits for hits in self.hits if hits.document != document))
