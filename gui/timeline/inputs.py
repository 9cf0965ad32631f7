"""Sends the events of the canvas to whatever understands them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QMenu

from gui.timeline.canvas import Canvas
from gui.timeline.column import ColumnDrag, ColumnGestures
from gui.timeline.gestures import Drag, LaneGestures
from gui.timeline.keys import LaneKeys
from gui.timeline.lane_menu import document_menu, lane_menu
from gui.timeline.slice_menu import slice_menu
from gui.timeline.tips import show_tip


class Inputs(QObject):
    """An event filter on the canvas."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.lanes = LaneGestures(canvas)
        self.column = ColumnGestures(canvas)
        self.keys = LaneKeys(canvas, self.lanes)
        self._handlers = {
            QEvent.Type.MouseButtonPress: self._pressed,
            QEvent.Type.MouseMove: self._moved,
            QEvent.Type.MouseButtonRelease: self._released,
            QEvent.Type.MouseButtonDblClick: self._double_clicked,
            QEvent.Type.Wheel: self._wheeled,
            QEvent.Type.NativeGesture: self.lanes.pinch,
            QEvent.Type.KeyPress: self.keys.press,
            QEvent.Type.KeyRelease: self.keys.release,
            QEvent.Type.Leave: self._left,
            QEvent.Type.FocusOut: self._unfocused,
            QEvent.Type.ToolTip: self._tip,
            QEvent.Type.ContextMenu: self._menu,
        }
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether the event was understood."""
        handler = self._handlers.get(event.type())
        return bool(handler(event)) if handler is not None and watched is self._canvas else False

    def _pressed(self, event: QMouseEvent) -> bool:
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.RightButton:
            return False
        if event.button() == Qt.MouseButton.LeftButton and self.column.owns(event.position()):
            self.column.press(event)
        else:
            self.lanes.press(event)
        return True

    def _moved(self, event: QMouseEvent) -> bool:
        over_names = self.column.owns(event.position())
        self._canvas.view.pointer_ns = None if over_names else self._canvas.time_at(event.position())
        if self.column.drag != ColumnDrag.NONE:
            self.column.move(event)
        elif self.lanes.drag != Drag.NONE:
            self.lanes.move(event)
        elif over_names:
            self._canvas.selection.hovered = None
            self.column.hover(event)
        else:
            self.column.leave()
            self.lanes.hover(event)
        return True

    def _released(self, event: QMouseEvent) -> bool:
        if self.column.drag != ColumnDrag.NONE:
            self.column.release(event)
        else:
            self.lanes.release(event)
        return True

    def _double_clicked(self, event: QMouseEvent) -> bool:
        if not self.column.owns(event.position()):
            self.lanes.double_click(event)
        return True

    def _wheeled(self, event: QEvent) -> bool:
        self.lanes.wheel(event)
        return True

    def _left(self, event: QEvent) -> bool:
        self._canvas.selection.hovered = None
        self._canvas.view.pointer_ns = None
        self.column.leave()
        return False

    def _unfocused(self, event: QEvent) -> bool:
        self.lanes.space_held = False
        return False

    def _tip(self, event: QEvent) -> bool:
        show_tip(self._canvas, event)
        return True

    def _menu(self, event: QContextMenuEvent) -> bool:
        menu = self._menu_at(event.pos().toPointF())
        if menu is None:
            return False
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
        return True

    def _menu_at(self, position: QPointF) -> QMenu | None:
        """That of the slice at a point, else of the lane, else of the document under whose title the point lies."""
        canvas = self._canvas
        placed, found = canvas.strip_at(position), canvas.slice_at(position)
        document = canvas.workspace.find(found.document) if found is not None else None
        if found is not None and document is not None:
            return slice_menu(canvas, document, found.row, placed)
        if placed is not None:
            return lane_menu(canvas, placed, canvas.stack.tree(placed.document))
        document = canvas.title_at(position) or canvas.workspace.active
        if document is None:
            return None
        return document_menu(canvas, document, canvas.stack.tree(document), canvas.workspace)
