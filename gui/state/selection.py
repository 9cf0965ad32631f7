"""What a person has picked: a slice, what the pointer is on, an area over some lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from gui.state.lanes import LaneKey
from gui.state.view import Stretch


@dataclass(frozen=True, slots=True)
class Slice:
    """A row of a document's trace."""

    document: int
    row: int


@dataclass(frozen=True, slots=True)
class Area:
    """A stretch of relative time over some lanes of one document."""

    document: int
    lanes: tuple[LaneKey, ...]
    stretch: Stretch


@dataclass(eq=False)
class SelectionState:
    """The selected slice, the hovered one, the dragged area, and a slice of the chosen name; each may be None."""

    selected: Slice | None = None
    hovered: Slice | None = None
    area: Area | None = None
    named: Slice | None = None  #: any slice of the name whose instances and durations are shown

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def forget(self, document: int) -> None:
        """Drop whatever belongs to a document that is closed or was replaced."""
        for name in ("selected", "hovered", "area", "named"):
            value = getattr(self, name)
            if value is not None and value.document == document:
                setattr(self, name, None)
