"""From the tree of lanes and a person's choices to strips below each other; what is out of sight costs nothing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Protocol

from profiler.timeline.keys import LaneKind
from profiler.timeline.lane_filter import found_names, leaves
from profiler.timeline.lanes import Lane
from profiler.timeline.layout import Style
from profiler.timeline.tree import Node
from profiler.trace.schema import Engine


class Choices(Protocol):
    """What a person chose for the lanes of one timeline; keys are those of `Node`."""

    @property
    def folded(self) -> Collection[str]:
        """Groups and lanes drawn as one row."""

    @property
    def unfolded(self) -> Collection[str]:
        """Those opened that start folded."""

    @property
    def hidden(self) -> Collection[str]:
        """Those not shown."""

    @property
    def pinned(self) -> Sequence[str]:
        """Lanes that stand first, in this order, and stay in sight."""

    @property
    def order(self) -> Sequence[str]:
        """Siblings in the order they were dragged into; the others follow in their own."""

    @property
    def heights(self) -> Sequence[tuple[str, float]]:
        """Factors on the heights of lanes."""

    @property
    def pattern(self) -> str:
        """A regular expression on names; lanes it is not found in are not shown, nor are groups without lanes."""

    @property
    def gpu(self) -> int | None:
        """The device that is shown alone, with the host processes that use it; None shows all."""


class StripKind(IntEnum):
    """What a strip shows."""

    GROUP = 0  #: heading of an open group
    FOLDED = 1  #: a folded group or lane: one row, as dense as the union of what is in it
    LANE = 2  #: all rows of a lane
    COUNTER = 3  #: an area plot


@dataclass(frozen=True, slots=True)
class Strip:
    """A group's heading or a lane.

    Attributes
    ----------
    node : Node
    kind : StripKind
    level : int
        Depth in the tree.
    y, height : float
        Pixels from the top of the first strip.
    rows : int
        Rows drawn below each other, 1 for a folded one and 0 for a heading.
    row_px, pitch_px : float
        Height of a row, and distance from its top to the next one's.
    foldable : bool
    """

    node: Node
    kind: StripKind
    level: int
    y: float
    height: float
    rows: int
    row_px: float
    pitch_px: float
    foldable: bool

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.y + self.height

    def rows_between(self, top: float, bottom: float) -> range:
        """Rows that touch the stretch from ``top`` to ``bottom``."""
        first = int((top - self.y) // self.pitch_px) if self.pitch_px else 0
        last = int((bottom - self.y) // self.pitch_px) + 1 if self.pitch_px else 0
        return range(min(max(first, 0), self.rows), min(max(last, 0), self.rows))

    def row_y(self, row: int) -> float:
        """Top of a row."""
        return self.y + row * self.pitch_px


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Strips in order from the top, those that stay in sight apart; each list starts at y = 0."""

    pinned: tuple[Strip, ...]
    strips: tuple[Strip, ...]

    @property
    def pinned_height(self) -> float:
        """Height of what stays in sight."""
        return self.pinned[-1].bottom if self.pinned else 0.0

    @property
    def height(self) -> float:
        """Height of what scrolls."""
        return self.strips[-1].bottom if self.strips else 0.0

    def between(self, top: float, bottom: float) -> tuple[Strip, ...]:
        """The scrolled strips that touch the stretch from ``top`` to ``bottom``."""
        first = bisect_right(self.strips, top, key=lambda strip: strip.bottom)
        last = bisect_left(self.strips, bottom, key=lambda strip: strip.y)
        return self.strips[first:last]


#: Height of a group's heading, and of a folded row.
HEADING_PX = 20.0
FOLDED_PX = 16.0

#: Height of a counter's plot.
COUNTER_PX = 34.0


def arrange(
    tree: Sequence[Node], lanes: Sequence[Lane], choices: Choices, style: Style, *, compact: bool = False
) -> Arrangement:
    """Strips of a tree.

    A pattern that is no regular expression is taken letter by letter. Pinned lanes are shown whatever the pattern.
    With ``compact`` all groups but the GPUs start folded, so that engines of several timelines are in sight together.
    """
    tree = narrowed(tree, lanes, choices.gpu)
    builder = _Builder(tree, lanes, choices, style, compact=compact)
    nodes = {node.key: node for top in tree for node in top.walk()}
    pinned = [nodes[key] for key in choices.pinned if key in nodes]
    return Arrangement(
        builder.stack((node, 0) for node in pinned if not node.children),
        builder.stack(builder.shown(tree, frozenset(node.key for node in pinned if not node.children))),
    )


def narrowed(tree: Sequence[Node], lanes: Sequence[Lane], gpu: int | None) -> Sequence[Node]:
    """The top groups of one GPU and of the host processes that use it; all where there is no such GPU.

    Host processes are left out only where it is known which of them use the GPU.
    """
    key = f"gpu:{gpu}"
    if gpu is None or all(node.key != key for node in tree):
        return tree
    users = {lane.pid for lane in lanes if lane.device == gpu and lane.kind == LaneKind.STREAM}
    strangers = {f"host:{lane.pid}" for lane in lanes if lane.kind > LaneKind.STREAM and lane.pid not in users}
    others = strangers if users and -1 not in users else set()
    return [node for node in tree if node.key == key or not (node.key.startswith("gpu:") or node.key in others)]


class _Builder:
    def __init__(
        self, tree: Sequence[Node], lanes: Sequence[Lane], choices: Choices, style: Style, *, compact: bool
    ) -> None:
        self._compact = compact
        self._lanes, self._choices, self._style = lanes, choices, style
        self._factor = dict(choices.heights)
        self._rank = {key: place for place, key in enumerate(choices.order)}
        self._found = found_names(choices.pattern, leaves(tree)) if choices.pattern else None

    def shown(self, nodes: Sequence[Node], pinned: frozenset[str], level: int = 0) -> Iterator[tuple[Node, int]]:
        """Nodes to draw, from top to bottom, with their level."""
        for node in self._ordered(nodes):
            kept = self._kept(node, pinned)
            if kept is None:
                continue
            yield kept, level
            if kept.children and not self.is_folded(node):
                yield from self.shown(kept.children, pinned, level + 1)

    def is_folded(self, node: Node) -> bool:
        """Whether a node is one row."""
        if node.key in self._choices.folded:
            return True
        if self._found is not None and node.children:
            return False  # what was found is to be seen
        starts_folded = node.starts_folded or (self._compact and bool(node.children) and not _holds_engines(node))
        return starts_folded and node.key not in self._choices.unfolded

    def stack(self, nodes: Iterator[tuple[Node, int]]) -> tuple[Strip, ...]:
        """Strips of nodes below each other."""
        strips: list[Strip] = []
        y = 0.0
        for node, level in nodes:
            strip = self._strip(node, level, y)
            if strips:
                strip = replace(strip, y=y + self._gap(strips[-1], strip))
            strips.append(strip)
            y = strip.bottom
        return tuple(strips)

    def _ordered(self, nodes: Sequence[Node]) -> list[Node]:
        """Siblings by the order they were dragged into, those without one in their own order behind them."""
        if not any(node.key in self._rank for node in nodes):
            return list(nodes)
        return sorted(nodes, key=lambda node: self._rank.get(node.key, len(self._rank)))

    def _kept(self, node: Node, pinned: frozenset[str]) -> Node | None:
        """The node without what is hidden, filtered out or pinned; None where nothing is left."""
        if node.key in self._choices.hidden or node.key in pinned:
            return None
        if not node.children:
            return node if self._found is None or node.title in self._found else None
        children = tuple(filter(None, (self._kept(child, pinned) for child in node.children)))
        return replace(node, children=children) if children else None

    def _strip(self, node: Node, level: int, y: float) -> Strip:
        style, factor = self._style, self._factor.get(node.key, 1.0)
        scale = style.scale
        if node.children:
            folded = self.is_folded(node)
            rows = int(folded and any(True for _ in node.lanes()))
            height = HEADING_PX * scale * (factor if folded else 1.0)
            kind = StripKind.FOLDED if folded else StripKind.GROUP
            return Strip(node, kind, level, y, height, rows, height, height, foldable=True)
        if node.counter is not None:
            height = round(COUNTER_PX * scale * factor)
            return Strip(node, StripKind.COUNTER, level, y, height, 1, height, height, foldable=False)
        lane = self._lanes[node.lane]
        if len(lane.rows) > 1 and self.is_folded(node):
            height = FOLDED_PX * scale * factor
            return Strip(node, StripKind.FOLDED, level, y, height, 1, height, height, foldable=True)
        rows, row, pitch = _row_heights(lane, style, factor)
        return Strip(
            node, StripKind.LANE, level, y, (rows - 1) * pitch + row, rows, row, pitch, foldable=len(lane.rows) > 1
        )

    def _gap(self, above: Strip, strip: Strip) -> float:
        style = self._style
        if not strip.level:
            return style.kind_gap_px
        if above.node.lane < 0 or strip.node.lane < 0:
            return style.lane_gap_px
        upper, lower = self._lanes[above.node.lane], self._lanes[strip.node.lane]
        engines = {upper.engine, lower.engine}
        if Engine.COMPUTE in engines and engines & {Engine.HTOD, Engine.DTOH, Engine.COPY}:
            return style.band_px
        return style.lane_gap_px if upper.kind == lower.kind or lower.kind > LaneKind.HOST else style.kind_gap_px


def _holds_engines(node: Node) -> bool:
    """Whether lanes of engines stand right under a group: it is a GPU."""
    return any(f"/{LaneKind.ENGINE.name.lower()}:" in child.key for child in node.children)


def _row_heights(lane: Lane, style: Style, factor: float) -> tuple[int, float, float]:
    """Rows of a lane, their height and their pitch; many rows are slim."""
    rows = len(lane.rows)
    height = style.row_px[lane.kind] if rows == 1 else style.shared_row_px[lane.kind]
    if rows > style.slim_above and lane.kind == LaneKind.ENGINE:
        height = style.slim_row_px
    height = max(round(height * factor), 2)
    return rows, height, height + style.row_gap_px
