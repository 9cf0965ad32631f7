"""Sends the events of the canvas to whatever understands them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QMenu

from gui.timeline.canvas import Canvas
from gui.timeline.column import ColumnDrag, ColumnGestures
from gui.timeline.gestures import Drag, LaneGestures
from gui.timeline.keys import LaneKeys
from gui.timeline.lane_menu import add_document_actions, lane_menu
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
        canvas = self._canvas
        placed = canvas.strip_at(event.pos().toPointF())
        if placed is not None:
            menu = lane_menu(canvas, placed, canvas.stack.tree(placed.document))
        elif canvas.workspace.active is not None:
            menu = QMenu(canvas)
            add_document_actions(menu, canvas.workspace.active, canvas.stack.tree(canvas.workspace.active))
        else:
            return False
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
        return True
