"""Menus and keys of the window, as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu.

    Attributes
    ----------
    name : str
        Stable, for those who look the action up.
    text : str
        With ``&`` before the letter that the keyboard picks.
    call : callable
    keys : tuple of str
        Key sequences; the first is shown.
    tip : str
        One sentence for the status bar and the tooltip.
    checked : callable, optional
        Whether the line has its check mark, asked each time the menu opens.
    """

    name: str
    text: str
    call: Callable[[], object]
    keys: tuple[str, ...] = ()
    tip: str = ""
    checked: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Lines of which one is checked: values with their texts, and what to call with the one picked."""

    name: str
    text: str
    values: tuple[tuple[object, str], ...]
    current: Callable[[], object]
    pick: Callable[[object], object]


#: A line that parts a menu.
SEPARATOR = None

Line = Entry | Choice | Callable[[QMenu], None] | None


def fill_menu(window: QMainWindow, menu: QMenu, lines: tuple[Line, ...]) -> None:
    """Put lines into a menu; a callable among them fills a place of its own each time the menu opens."""
    for line in lines:
        if line is SEPARATOR:
            menu.addSeparator()
        elif isinstance(line, Entry):
            menu.addAction(_action(window, menu, line))
        elif isinstance(line, Choice):
            _add_choice(window, menu, line)
        else:
            line(menu)


def _action(window: QMainWindow, menu: QMenu, entry: Entry) -> QAction:
    action = QAction(entry.text, window)
    action.setObjectName(entry.name)
    action.triggered.connect(lambda checked=False: entry.call())
    action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setToolTip(entry.tip or entry.text.replace("&", ""))
    action.setStatusTip(entry.tip)
    window.addAction(action)
    if entry.checked is not None:
        _keep_checked(menu, action, entry.checked)
    return action


def _keep_checked(menu: QMenu, action: QAction, checked: Callable[[], bool]) -> None:
    action.setCheckable(True)
    menu.aboutToShow.connect(lambda: action.setChecked(checked()))


def _add_choice(window: QMainWindow, menu: QMenu, choice: Choice) -> None:
    group = QActionGroup(window)
    part = menu.addMenu(choice.text)
    part.setObjectName(choice.name)
    for value, text in choice.values:
        action = part.addAction(text)
        action.setCheckable(True)
        action.setData(value)
        group.addAction(action)
        action.triggered.connect(lambda checked=False, value=value: choice.pick(value))

    def refresh() -> None:
        for action in group.actions():
            action.setChecked(action.data() == choice.current())

    part.aboutToShow.connect(refresh)
    refresh()
