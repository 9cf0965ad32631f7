"""Every line of the menu bar, picked with the mouse where it has no key of its own; none may be untested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gui.application import Application
from gui.menu_table import menus
from gui.menus import Choice, Entry
from profiler.io import write_trace
from tests.gui.program.conftest import Start, settle
from tests.timeline.synthetic import pipeline

Seen = Callable[[Application], object]


def dialogs(application: Application) -> object:
    return sorted(widget.windowTitle() for widget in QApplication.topLevelWidgets() if widget.isVisible())


#: Lines that have neither a key nor values to choose from, and what they change; those with keys are pressed elsewhere.
EFFECTS: dict[str, Seen] = {
    "reset-lanes": lambda application: application.session.workspace.active.lanes.choice,
    "first-page": lambda application: application.window.timeline.isVisible(),
    "about": dialogs,
}

#: Lines with values, and what they set.
CHOICES: dict[str, Seen] = {
    "clock": lambda application: application.session.view.clock,
    "theme": lambda application: application.session.settings.theme,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("menu") / "pipeline.parquet"
    write_trace(pipeline(), path)
    return path


@pytest.fixture
def application(start: Start, file: Path) -> Application:
    found = start(file)
    assert found.window is not None
    lanes = found.session.workspace.active.lanes
    lanes.filter("compute")
    found.session.view.add_mark(1000)
    return found


def lines(application: Application, kind: type) -> Iterator[Any]:
    for _, part in menus(application.window.commands):
        yield from (line for line in part if isinstance(line, kind))


def menu_of(application: Application, title: str) -> QMenu:
    """A menu of the bar, where the bar opens it."""
    bar = application.window.menuBar()
    action = next(one for one in bar.actions() if one.text() == title)
    return opened(action.menu(), bar.mapToGlobal(bar.actionGeometry(action).bottomLeft()))


def opened(menu: QMenu, place: QPoint) -> QMenu:
    menu.popup(place)
    QApplication.processEvents()
    assert menu.isVisible()
    return menu


def title_of(application: Application, line: object) -> str:
    return next(title for title, part in menus(application.window.commands) if any(_same(line, one) for one in part))


def _same(line: object, other: object) -> bool:
    return getattr(line, "name", line) == getattr(other, "name", None)


def click(menu: QMenu, action: QAction) -> None:
    """A line of an open menu."""
    assert menu.isVisible()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    QApplication.processEvents()


def part_of(menu: QMenu, name: str) -> QMenu:
    """A menu in an open menu, where its line opens it."""
    action = next(one for one in menu.actions() if one.menu() and one.menu().objectName() == name)
    place = menu.mapToGlobal(menu.actionGeometry(action).topRight())
    menu.close()
    return opened(action.menu(), place)


def test_every_line_without_a_key_does_something(application: Application) -> None:
    found = {entry.name: entry for entry in lines(application, Entry) if not entry.keys}
    assert set(found) == set(EFFECTS), "every line without a key has its effect here"
    for name, seen in EFFECTS.items():
        before = seen(application)
        menu = menu_of(application, title_of(application, found[name]))
        click(menu, next(action for action in menu.actions() if action.objectName() == name))
        assert seen(application) != before, name
    for widget in QApplication.topLevelWidgets():
        if widget is not application.window:
            widget.close()


def test_every_value_is_chosen_and_checked(application: Application) -> None:
    found = {choice.name: choice for choice in lines(application, Choice)}
    assert set(found) == set(CHOICES), "every line with values is chosen from here"
    for name, choice in found.items():
        for value, text in reversed(choice.values):
            part = part_of(menu_of(application, title_of(application, choice)), name)
            click(part, next(one for one in part.actions() if one.text() == text))
            assert CHOICES[name](application) == value
            part = part_of(menu_of(application, title_of(application, choice)), name)
            assert [one.text() for one in part.actions() if one.isChecked()] == [text]
            part.close()


def test_every_panel_comes_to_the_front_and_is_put_away(application: Application, qtbot: Any) -> None:
    docks = application.window.docks
    menu = menu_of(application, "&Panels")
    shown = {action.objectName(): action for action in menu.actions()}
    menu.close()
    assert set(shown) == {f"show-{name}" for name, _ in docks}
    for name, dock in docks:
        for wanted in (True, False, True):
            if docks.in_front(name) != wanted:
                menu = menu_of(application, "&Panels")
                assert shown[f"show-{name}"].isChecked() != dock.isHidden(), name
                click(menu, shown[f"show-{name}"])
                settle(application, qtbot)
            assert docks.in_front(name) == wanted, name
            assert dock.isHidden() != wanted, name


def test_a_recent_file_is_opened_again(start: Start, qtbot: Any, file: Path) -> None:
    application = start(remembers=True)
    application.window.commands.files.open_path(str(file))
    settle(application, qtbot)
    application.session.workspace.remove(application.session.workspace.active)
    part = part_of(menu_of(application, "&File"), "recent")
    line = next(one for one in part.actions() if file.name in one.text())
    click(part, line)
    qtbot.waitUntil(lambda: [document.path for document in application.session.workspace] == [str(file)])
    settle(application, qtbot)


def test_a_right_click_on_a_panel_opens_the_lines_of_the_menu_of_panels(application: Application, qtbot: Any) -> None:
    window = application.window
    dock, place = window.docks["scenario"], QPoint(60, 10)
    QApplication.sendEvent(dock, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, dock.mapToGlobal(place)))
    menu = next(one for one in window.findChildren(QMenu) if one.isVisible())
    lines_of_bar = menu_of(application, "&Panels").actions()
    assert menu.actions() == lines_of_bar
