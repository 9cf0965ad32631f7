"""The menu of a slice: what there is to do with it, and below that with its lane."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from gui.state.document import Document
from gui.state.jumping import stretch_of
from gui.state.selection import Slice
from gui.timeline.canvas import Canvas, Speaker
from gui.timeline.gestures import zoom_to
from gui.timeline.lane_menu import lane_menu, plain
from gui.timeline.stack import Placed


def slice_menu(canvas: Canvas, document: Document, row: int, placed: Placed | None) -> QMenu:
    """What can be done with a slice of a document, which becomes the selected one, and with the strip it lies in."""
    assert document.trace is not None
    chosen, name = Slice(document.id, row), document.trace.name_of(row)
    canvas.workspace.activate(document)
    canvas.selection.selected = chosen
    canvas.speak(Speaker.DETAILS)
    menu = QMenu(canvas)
    menu.setAccessibleName("slice menu")
    menu.addAction(plain(name)).setEnabled(False)
    menu.addSeparator()
    menu.addAction("Zoom to it", lambda: zoom_to(canvas, chosen))
    stretch = stretch_of(document, row)
    if stretch is not None:
        menu.addAction("Mark its start", lambda: canvas.view.add_mark(stretch[0]))
        if stretch[1] > stretch[0]:
            menu.addAction("Measure it", lambda: _measure(canvas, stretch))
    menu.addSeparator()
    menu.addAction("Find all of this name", lambda: _find(canvas, name))
    menu.addAction("Durations of this name", lambda: _durations(canvas, chosen))
    menu.addAction("Copy its name", lambda: QGuiApplication.clipboard().setText(name))
    if placed is not None:
        menu.addSeparator()
        part = lane_menu(menu, placed, canvas.stack.tree(document))
        part.setTitle(f"Lane {plain(placed.strip.node.title)}")
        menu.addMenu(part)
    return menu


def _measure(canvas: Canvas, stretch: tuple[int, int]) -> None:
    canvas.view.measure(*stretch)
    canvas.speak(Speaker.FIGURES)


def _find(canvas: Canvas, name: str) -> None:
    canvas.search.regex = False
    canvas.search.query = name
    canvas.speak(Speaker.SEARCH)


def _durations(canvas: Canvas, chosen: Slice) -> None:
    canvas.selection.named = chosen
    canvas.speak(Speaker.DURATIONS)
