"""Mouse on the column of names: fold, pin, hide, drag to another place, drag an edge to another height or width."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from gui.timeline.canvas import Canvas
from gui.timeline.stack import Placed
from profiler.timeline.arrange import StripKind
from profiler.timeline.tree import Node

_CLICK_PX = 4
_EDGE_PX = 4


class ColumnDrag(Enum):
    """What a drag over the names does."""

    NONE = "none"
    PRESSED = "pressed"
    MOVE = "move"
    HEIGHT = "height"
    WIDTH = "width"


class ColumnGestures(QObject):
    """Gestures over the names."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.drag = ColumnDrag.NONE
        self._placed: Placed | None = None
        self._from = QPointF()
        self._factor = 1.0

    def owns(self, position: QPointF) -> bool:
        """Whether a point is over the names or the edge of their column."""
        return self._canvas.device_point(position)[0] < self._canvas.column_px() + self._reach()

    def press(self, event: QMouseEvent) -> None:
        """The left button goes down over the names."""
        self._from, self._placed = event.position(), self._canvas.strip_at(event.position())
        if self._on_border(self._from):
            self.drag = ColumnDrag.WIDTH
        elif self._placed is not None and self._on_edge(self._placed, self._from):
            self.drag = ColumnDrag.HEIGHT
            self._factor = dict(self._placed.document.lanes.choice.heights).get(self._placed.strip.node.key, 1.0)
        else:
            self.drag = ColumnDrag.PRESSED

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves with the button down."""
        position = event.position()
        if self.drag == ColumnDrag.WIDTH:
            self._set_width(position)
        elif self.drag == ColumnDrag.HEIGHT and self._placed is not None:
            strip, ratio = self._placed.strip, self._canvas.devicePixelRatioF()
            grown = strip.height + (position.y() - self._from.y()) * ratio
            self._placed.document.lanes.resize(strip.node.key, self._factor * max(grown, 1) / strip.height)
        elif self.drag == ColumnDrag.PRESSED and (position - self._from).manhattanLength() > _CLICK_PX:
            self.drag = ColumnDrag.MOVE
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self.drag == ColumnDrag.MOVE:
            self._reorder(position)

    def release(self, event: QMouseEvent) -> None:
        """The button goes up: a press that did not move is a click."""
        if self.drag == ColumnDrag.PRESSED:
            self._click(event.position())
        self._canvas.unsetCursor()
        self.drag = ColumnDrag.NONE

    def hover(self, event: QMouseEvent) -> None:
        """Show what a press would do."""
        canvas, position = self._canvas, event.position()
        placed = canvas.strip_at(position) if canvas.device_point(position)[0] < canvas.column_px() else None
        if placed != canvas.hovered_strip:
            canvas.hovered_strip = placed
            canvas.update()
        if self._on_border(position):
            canvas.setCursor(Qt.CursorShape.SplitHCursor)
        elif placed is not None and self._on_edge(placed, position):
            canvas.setCursor(Qt.CursorShape.SplitVCursor)
        else:
            canvas.unsetCursor()

    def leave(self) -> None:
        """The pointer left the names."""
        if self._canvas.hovered_strip is not None:
            self._canvas.hovered_strip = None
            self._canvas.update()
        self._canvas.unsetCursor()

    def _click(self, position: QPointF) -> None:
        canvas, placed = self._canvas, self._placed
        x, y = canvas.device_point(position)
        if placed is None:
            canvas.workspace.activate(canvas.title_at(position) or canvas.workspace.active)
            return
        lanes, key = placed.document.lanes, placed.strip.node.key
        handle = canvas.names.handle_at(placed, canvas.column_px(), x, y)
        canvas.workspace.activate(placed.document)
        if handle == "pin":
            lanes.pin(key, not placed.pinned)
        elif handle == "hide":
            lanes.hide(key)
        elif placed.strip.foldable and (placed.strip.node.children or x < canvas.names.arrow_end(placed)):
            lanes.fold(key, folded=placed.strip.kind != StripKind.FOLDED)

    def _reorder(self, position: QPointF) -> None:
        """Put the dragged strip in the place of the sibling under the pointer."""
        target, dragged = self._canvas.strip_at(position), self._placed
        if target is None or dragged is None or target.document is not dragged.document:
            return
        keys = self._siblings(dragged)
        moved, there = dragged.strip.node.key, target.strip.node.key
        if there in keys and moved in keys and there != moved:
            place = keys.index(there)
            keys.remove(moved)
            keys.insert(place, moved)
            lanes = dragged.document.lanes
            (lanes.reorder_pinned if dragged.pinned else lanes.reorder)(tuple(keys))

    def _siblings(self, placed: Placed) -> list[str]:
        """Keys of the strip and its siblings in the order in which they stand."""
        choice, tree = placed.document.lanes.choice, self._canvas.stack.tree(placed.document)
        if placed.pinned:
            return list(choice.pinned)
        nodes = _family(tree, placed.strip.node.key)
        rank = {key: number for number, key in enumerate(choice.order)}
        ordered = sorted(nodes, key=lambda node: rank.get(node.key, len(rank)))
        return [node.key for node in ordered]

    def _set_width(self, position: QPointF) -> None:
        canvas = self._canvas
        canvas.axis.set_column(canvas.device_point(position)[0] / canvas.look.scale)
        canvas.column_changed.emit()

    def _on_border(self, position: QPointF) -> bool:
        x, column = self._canvas.device_point(position)[0], self._canvas.column_px()
        return abs(x - column) <= self._reach()

    def _on_edge(self, placed: Placed, position: QPointF) -> bool:
        y = self._canvas.device_point(position)[1]
        return placed.strip.rows > 0 and 0 <= placed.bottom + 2 - y <= min(self._reach(), placed.strip.height / 3)

    def _reach(self) -> float:
        return _EDGE_PX * self._canvas.devicePixelRatioF()


def _family(nodes: Sequence[Node], key: str) -> Sequence[Node]:
    """The node of that key and its siblings."""
    if any(node.key == key for node in nodes):
        return nodes
    for node in nodes:
        found = _family(node.children, key)
        if found:
            return found
    return ()
