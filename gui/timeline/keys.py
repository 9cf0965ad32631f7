"""Keys over the lanes: those of Perfetto that are not in the menus, and a few more.

A key of a menu is taken by the menu, wherever the keyboard is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent

from gui.state.selection import Slice
from gui.timeline.canvas import Canvas
from gui.timeline.gestures import LaneGestures, zoom_to
from profiler.timeline.picking import neighbour

_ZOOM = 1.35
_PAN_SHARE = 0.15
_SCROLL_PX = 60


class LaneKeys(QObject):
    """Turns keys into changes of the view and the selection."""

    def __init__(self, canvas: Canvas, gestures: LaneGestures) -> None:
        super().__init__(canvas)
        self._canvas, self._gestures = canvas, gestures
        view, key = canvas.view, Qt.Key
        self._plain: dict[int, Callable[[], object]] = {
            key.Key_W: lambda: self._zoom(_ZOOM),
            key.Key_Plus: lambda: self._zoom(_ZOOM),
            key.Key_Equal: lambda: self._zoom(_ZOOM),
            key.Key_S: lambda: self._zoom(1 / _ZOOM),
            key.Key_Minus: lambda: self._zoom(1 / _ZOOM),
            key.Key_A: lambda: self._pan(-1),
            key.Key_D: lambda: self._pan(1),
            key.Key_Left: lambda: self._walk(-1),
            key.Key_Right: lambda: self._walk(1),
            key.Key_Up: lambda: self._scroll(-_SCROLL_PX),
            key.Key_Down: lambda: self._scroll(_SCROLL_PX),
            key.Key_PageUp: lambda: self._scroll(-0.9 * canvas.height()),
            key.Key_PageDown: lambda: self._scroll(0.9 * canvas.height()),
            key.Key_Home: lambda: self._go(view.limits[0]),
            key.Key_End: lambda: self._go(view.limits[1] - view.span_ns),
            key.Key_Return: self._zoom_to_selection,
            key.Key_Enter: self._zoom_to_selection,
            key.Key_Escape: self._clear,
            key.Key_Backspace: view.undo,
        }
        self._with_shift: dict[int, Callable[[], object]] = {
            **{name: self._plain[name] for name in (key.Key_Plus, key.Key_W, key.Key_S, key.Key_A, key.Key_D)},
            key.Key_Backspace: view.redo,
        }
        self._tables = {
            Qt.KeyboardModifier.NoModifier: self._plain,
            Qt.KeyboardModifier.ShiftModifier: self._with_shift,
        }

    def heard(self) -> Iterator[tuple[Qt.KeyboardModifier, int]]:
        """Every key that means something, with what is held with it."""
        for held, table in self._tables.items():
            yield from ((held, key) for key in table)

    def press(self, event: QKeyEvent) -> bool:
        """Whether the key meant something here."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._gestures.space_held = True
            return True
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        action = self._tables.get(held, {}).get(event.key())
        if action is None:
            return False
        action()
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Whether the key was held for something."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._gestures.space_held = False
            return True
        return False

    def _zoom(self, factor: float) -> None:
        view, pointed = self._canvas.view, self._canvas.pointed_ns()
        view.zoom(factor, pointed if pointed is not None else sum(view.shown) // 2)

    def _pan(self, direction: int) -> None:
        view = self._canvas.view
        view.pan(direction * max(round(view.span_ns * _PAN_SHARE), 1))

    def _go(self, start_ns: int) -> None:
        view = self._canvas.view
        view.show(start_ns, start_ns + view.span_ns)

    def _scroll(self, logical: float) -> None:
        canvas = self._canvas
        canvas.scroll_to(canvas.scroll + logical * canvas.devicePixelRatioF())

    def _walk(self, step: int) -> None:
        """To the next slice on the lane, or the one before; without a selection, pan."""
        canvas = self._canvas
        selected = canvas.selection.selected
        document = canvas.workspace.find(selected.document) if selected is not None else None
        if selected is None or document is None or document.timeline is None:
            self._pan(step)
            return
        timeline, number = document.timeline, canvas.walking_in
        if number is None or number >= len(timeline.mipmap.maps) or timeline.place_in(number, selected.row) is None:
            number = None
        found = neighbour(timeline, selected.row, step, number=number)
        if found is not None:
            canvas.selection.selected = Slice(document.id, found)
            stretch = self._selected_stretch()
            if stretch is not None:
                canvas.view.reveal(*stretch)
            canvas.bring_into_sight(Slice(document.id, found))

    def _zoom_to_selection(self) -> None:
        """To the selected slice, else the area, else the measured stretch."""
        canvas = self._canvas
        if canvas.selection.selected is not None:
            zoom_to(canvas, canvas.selection.selected)
            return
        area = canvas.selection.area
        stretch = area.stretch if area is not None else canvas.view.measured
        if stretch is not None:
            canvas.view.show(*stretch)

    def _clear(self) -> None:
        canvas = self._canvas
        canvas.selection.selected = canvas.selection.area = canvas.view.measured = None

    def _selected_stretch(self) -> tuple[int, int] | None:
        selected = self._canvas.selection.selected
        document = self._canvas.workspace.find(selected.document) if selected is not None else None
        if selected is None or document is None or document.trace is None:
            return None
        start = int(document.trace.ts[selected.row]) - document.origin_ns
        return start, start + max(int(document.trace.dur[selected.row]), 1)
