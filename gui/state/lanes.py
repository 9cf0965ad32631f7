"""How a person has arranged the lanes of one timeline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from psygnal import SignalGroupDescriptor

#: Names a lane or a group of lanes for as long as its file is the same: made by `profiler.timeline.arrange`.
LaneKey = str


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """A value: what was folded, hidden, pinned, moved, made taller, and the filter.

    Attributes
    ----------
    folded, hidden : frozenset of LaneKey
        Groups folded to one row, and lanes not shown.
    unfolded : frozenset of LaneKey
        Groups opened that are folded unless asked for (many streams, deep host stacks).
    pinned : tuple of LaneKey
        Drawn first, in this order, and not scrolled away.
    order : tuple of LaneKey
        Siblings that were dragged, in their new order; the others follow in their own.
    heights : mapping as a tuple of (LaneKey, float)
        Factor on a lane's height.
    pattern : str
        A regular expression on lane names; empty shows all.
    gpu : int or None
        The only GPU whose lanes are shown, with those of the host processes that use it; None shows all.
    """

    folded: frozenset[LaneKey] = frozenset()
    unfolded: frozenset[LaneKey] = frozenset()
    hidden: frozenset[LaneKey] = frozenset()
    pinned: tuple[LaneKey, ...] = ()
    order: tuple[LaneKey, ...] = ()
    heights: tuple[tuple[LaneKey, float], ...] = ()
    pattern: str = ""
    gpu: int | None = None


@dataclass(eq=False)
class LaneState:
    """The observable `LaneChoice` of a document; every method replaces ``choice`` and so emits one change."""

    choice: LaneChoice = LaneChoice()

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def fold(self, *keys: LaneKey, folded: bool) -> None:
        """Fold groups to one row of density each, or open them."""
        choice = self.choice
        self.choice = replace(
            choice,
            folded=choice.folded.union(keys) if folded else choice.folded.difference(keys),
            unfolded=choice.unfolded.difference(keys) if folded else choice.unfolded.union(keys),
        )

    def hide(self, *keys: LaneKey, hidden: bool = True) -> None:
        """Take lanes out of the picture, or bring them back."""
        old = self.choice.hidden
        self.choice = replace(self.choice, hidden=old.union(keys) if hidden else old.difference(keys))

    def pin(self, key: LaneKey, pinned: bool = True) -> None:
        """Keep a lane at the top, or let it go back."""
        others = tuple(known for known in self.choice.pinned if known != key)
        self.choice = replace(self.choice, pinned=(*others, key) if pinned else others)

    def reorder_pinned(self, order: tuple[LaneKey, ...]) -> None:
        """Give the pinned lanes the order in which they were dragged."""
        self.choice = replace(self.choice, pinned=order)

    def reorder(self, order: tuple[LaneKey, ...]) -> None:
        """Give siblings the order in which they were dragged."""
        moved = set(order)
        self.choice = replace(self.choice, order=(*(key for key in self.choice.order if key not in moved), *order))

    def resize(self, key: LaneKey, factor: float) -> None:
        """Make a lane taller or lower: a factor from 0.5 to 8 on its height."""
        others = tuple(pair for pair in self.choice.heights if pair[0] != key)
        bounded = min(max(factor, 0.5), 8.0)
        self.choice = replace(self.choice, heights=others if bounded == 1 else (*others, (key, bounded)))

    def filter(self, pattern: str) -> None:
        """Show only lanes whose name a regular expression finds."""
        self.choice = replace(self.choice, pattern=pattern)

    def narrow(self, gpu: int | None) -> None:
        """Show the lanes of one GPU alone, or of all again; everything else stays as it was chosen."""
        self.choice = replace(self.choice, gpu=gpu)

    def reset(self) -> None:
        """All lanes as they come."""
        self.choice = LaneChoice()
