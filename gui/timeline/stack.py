"""Where everything of all documents stands, from top to bottom, in device pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gui.state.document import Document
from gui.state.lanes import LaneChoice
from profiler.timeline.arrange import Arrangement, Strip, StripKind, arrange
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.tree import Node, full_tree

HEADING_PX = 30.0
_GAP_PX = 14.0
_EMPTY_PX = 56.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A strip of a document at its top in the canvas."""

    document: Document
    strip: Strip
    y: float
    pinned: bool = False

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.y + self.strip.height


@dataclass(frozen=True, slots=True)
class Section:
    """A document's part of the stack, before scrolling."""

    document: Document
    y: float
    heading: float
    arrangement: Arrangement
    height: float


class Stack:
    """Sections of all documents and what of them is in sight.

    Trees and arrangements are made anew only for documents whose timeline or choices changed.
    """

    def __init__(self) -> None:
        self.sections: tuple[Section, ...] = ()
        self._trees: dict[int, tuple[Timeline, tuple[Node, ...]]] = {}
        self._arranged: dict[int, tuple[tuple[Timeline, LaneChoice, Style, bool], Arrangement]] = {}
        self._strips: dict[int, tuple[Arrangement, dict[int, tuple[Strip, bool]]]] = {}

    def update(self, documents: Sequence[Document], style: Style) -> None:
        """Place the documents below each other."""
        sections, y = [], 0.0
        for document in documents:
            heading = round(HEADING_PX * style.scale)
            arrangement = self._arrangement(document, style, compact=len(documents) > 1)
            height = heading + (arrangement.height or round(_EMPTY_PX * style.scale)) + round(_GAP_PX * style.scale)
            sections.append(Section(document, y, heading, arrangement, height))
            y += height
        self.sections = tuple(sections)
        open_ids = {document.id for document in documents}
        for known in (self._trees, self._arranged, self._strips):
            for gone in set(known) - open_ids:
                del known[gone]

    @property
    def height(self) -> float:
        """Of all that scrolls."""
        return self.sections[-1].y + self.sections[-1].height if self.sections else 0.0

    @property
    def pinned_height(self) -> float:
        """Of what stays in sight above it."""
        return sum(section.arrangement.pinned_height + 4 for section in self.sections if section.arrangement.pinned)

    def tree(self, document: Document) -> tuple[Node, ...]:
        """The tree of a document's lanes; empty while it has nothing to draw."""
        timeline = document.timeline
        if timeline is None:
            return ()
        known = self._trees.get(document.id)
        if known is None or known[0] is not timeline:
            known = self._trees[document.id] = (timeline, full_tree(timeline))
        return known[1]

    def strip_of(self, document: Document, lane: int) -> tuple[Strip, Section, bool] | None:
        """The strip that shows a lane, its section, and whether it is pinned; None where the lane is not shown."""
        section = next((section for section in self.sections if section.document is document), None)
        if section is None:
            return None
        known = self._strips.get(document.id)
        if known is None or known[0] is not section.arrangement:
            known = self._strips[document.id] = (section.arrangement, _by_lane(section.arrangement))
        found = known[1].get(lane)
        return (found[0], section, found[1]) if found is not None else None

    def pinned(self) -> Iterator[Placed]:
        """Pinned strips, from the canvas's top."""
        y = 0.0
        for section in self.sections:
            for strip in section.arrangement.pinned:
                yield Placed(section.document, strip, y + strip.y, pinned=True)
            y += section.arrangement.pinned_height + 4 if section.arrangement.pinned else 0

    def in_sight(self, scroll: float, height: float) -> Iterator[Placed]:
        """Scrolled strips that touch the canvas below the pinned ones, placed in the canvas."""
        offset = self.pinned_height - scroll
        for section in self.sections:
            top = section.y + section.heading + offset
            if top > height or section.y + section.height + offset < 0:
                continue
            for strip in section.arrangement.between(-top, height - top):
                yield Placed(section.document, strip, top + strip.y)

    def headings(self, scroll: float, height: float) -> Iterator[tuple[Section, float]]:
        """Sections whose heading is in sight, and its top in the canvas."""
        offset = self.pinned_height - scroll
        for section in self.sections:
            y = section.y + offset
            if y < height and y + section.heading > 0:
                yield section, y

    def _arrangement(self, document: Document, style: Style, *, compact: bool) -> Arrangement:
        timeline, choice = document.timeline, document.lanes.choice
        if timeline is None:
            return Arrangement((), ())
        key = (timeline, choice, style, compact)
        known = self._arranged.get(document.id)
        if known is None or any(one is not other for one, other in zip(known[0], key, strict=True)):
            made = arrange(self.tree(document), timeline.lanes, choice, style, compact=compact)
            known = self._arranged[document.id] = (key, made)
        return known[1]


def _by_lane(arrangement: Arrangement) -> dict[int, tuple[Strip, bool]]:
    """The strip of every lane that is shown, in a folded group or by itself, and whether it is pinned."""
    found: dict[int, tuple[Strip, bool]] = {}
    for strips, pinned in ((arrangement.pinned, True), (arrangement.strips, False)):
        for strip in strips:
            if strip.node.lane >= 0:
                found.setdefault(strip.node.lane, (strip, pinned))
            elif strip.kind == StripKind.FOLDED:
                for lane in strip.node.lanes():
                    found.setdefault(lane, (strip, pinned))
    return found
