"""The menu of a lane or group, and of a document's title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtWidgets import QMenu, QWidget

from gui.state.document import Document
from gui.state.workspace import Workspace
from gui.timeline.stack import Placed
from profiler.report.escape import visible
from profiler.timeline.arrange import StripKind
from profiler.timeline.tree import Node

_TITLE_LETTERS = 40


def lane_menu(parent: QWidget, placed: Placed, tree: tuple[Node, ...]) -> QMenu:
    """What can be done with a strip and with the lanes of its document."""
    document, strip = placed.document, placed.strip
    lanes, node = document.lanes, strip.node
    menu = QMenu(parent)
    menu.setAccessibleName("lane menu")
    title = menu.addAction(plain(node.title))
    title.setEnabled(False)
    menu.addSeparator()
    if strip.foldable:
        folded = strip.kind == StripKind.FOLDED
        menu.addAction("Open" if folded else "Fold to one row", lambda: lanes.fold(node.key, folded=not folded))
    if not node.children:
        word = "Unpin" if placed.pinned else "Pin to the top"
        menu.addAction(word, lambda: lanes.pin(node.key, not placed.pinned))
        menu.addAction("Only lanes of this name", lambda: lanes.filter(f"^{re.escape(node.title)}$"))
    menu.addAction("Hide", lambda: lanes.hide(node.key))
    if node.key in dict(lanes.choice.heights):
        menu.addAction("Normal height", lambda: lanes.resize(node.key, 1.0))
    menu.addSeparator()
    add_document_actions(menu, document, tree)
    return menu


def document_menu(parent: QWidget, document: Document, tree: tuple[Node, ...], workspace: Workspace) -> QMenu:
    """What can be done with a document: with all of its lanes, with its place among the others."""
    menu = QMenu(parent)
    menu.setAccessibleName("timeline menu")
    menu.addAction(plain(document.title or "untitled")).setEnabled(False)
    menu.addSeparator()
    add_document_actions(menu, document, tree)
    menu.addSeparator()
    place, last = list(workspace).index(document), len(workspace) - 1
    if place > 0:
        menu.addAction("Move up", lambda: workspace.move(document, place - 1))
    if place < last:
        menu.addAction("Move down", lambda: workspace.move(document, place + 1))
    menu.addAction("Close", lambda: workspace.remove(document))
    return menu


def add_document_actions(menu: QMenu, document: Document, tree: tuple[Node, ...]) -> None:
    """What can be done with all lanes of a document."""
    lanes = document.lanes
    groups = [node.key for top in tree for node in top.walk() if node.children]
    menu.addAction("Fold all groups", lambda: lanes.fold(*groups, folded=True))
    menu.addAction("Open all groups", lambda: lanes.fold(*groups, folded=False))
    hidden = list(_hidden(tree, lanes.choice.hidden))
    if hidden:
        submenu = menu.addMenu(f"Show hidden ({len(hidden)})")
        for node in hidden[:30]:
            submenu.addAction(plain(node.title), lambda key=node.key: lanes.hide(key, hidden=False))
        submenu.addSeparator()
        submenu.addAction("All", lambda: lanes.hide(*(node.key for node in hidden), hidden=False))
    if lanes.choice.gpu is not None:
        menu.addAction("All GPUs", document.look_at_all)
    if lanes.choice.pattern:
        menu.addAction("Clear the filter", lambda: lanes.filter(""))
    menu.addAction("All lanes as they come", lanes.reset)


def _hidden(tree: tuple[Node, ...], keys: frozenset[str]) -> Iterator[Node]:
    return (node for top in tree for node in top.walk() if node.key in keys)


def plain(title: str) -> str:
    """A title for a line of a menu: no control characters, no ampersand taken for an access key, not too long."""
    text = visible(title[: _TITLE_LETTERS + 1])
    return (text if len(title) <= _TITLE_LETTERS else text[:_TITLE_LETTERS] + "…").replace("&", "&&")
