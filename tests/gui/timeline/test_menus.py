"""Menus over the lanes and the ruler, used with the keyboard and the mouse: every line does something."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from gui.state.document import Document, Kind, Status
from gui.state.selection import Slice
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import pipeline


def menu_over(widget: QWidget, stage: Stage, point: QPoint) -> QMenu:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, widget.mapToGlobal(point))
    QApplication.sendEvent(widget, event)
    stage.settle()
    return next(one for one in widget.findChildren(QMenu) if one.isVisible())


def click(stage: Stage, menu: QMenu, action: QAction) -> None:
    """A line of an open menu; one that opens another opens it."""
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    stage.settle()


def nothing(stage: Stage) -> None:
    """No preparation."""


def lane(stage: Stage, title: str = "HtoD") -> str:
    return stage.key_of(title)


def folded(stage: Stage) -> None:
    stage.document.lanes.fold(lane(stage, "streams"), folded=True)


def pinned(stage: Stage) -> None:
    stage.document.lanes.pin(lane(stage))


def tall(stage: Stage) -> None:
    stage.document.lanes.resize(lane(stage), 2.0)


def hidden(stage: Stage) -> None:
    stage.document.lanes.hide(lane(stage, "DtoH"))


def alone(stage: Stage) -> None:
    stage.document.look_at(0)


def filtered(stage: Stage) -> None:
    stage.document.lanes.filter("HtoD")


#: Lines of the menus over the names: over what they are opened, what there must be before.
LINES: dict[str, tuple[str, Callable[[Stage], None]]] = {
    "Fold to one row": ("streams", nothing),
    "Open": ("streams", folded),
    "Pin to the top": ("HtoD", nothing),
    "Unpin": ("HtoD", pinned),
    "Only lanes of this name": ("HtoD", nothing),
    "Hide": ("HtoD", nothing),
    "Normal height": ("HtoD", tall),
    "Fold all groups": ("HtoD", nothing),
    "Open all groups": ("HtoD", folded),
    "Show hidden (1)": ("HtoD", hidden),
    "All GPUs": ("HtoD", alone),
    "Clear the filter": ("HtoD", filtered),
    "All lanes as they come": ("HtoD", pinned),
}


def prepared(make: Make, line: str) -> tuple[Stage, QMenu]:
    title, prepare = LINES[line]
    stage = make(as_document(pipeline()))
    prepare(stage)
    stage.settle()
    return stage, menu_over(stage.canvas, stage, stage.name_point(title))


@pytest.mark.parametrize("line", LINES)
def test_every_line_changes_the_lanes(make: Make, line: str) -> None:
    stage, menu = prepared(make, line)
    action = next(one for one in menu.actions() if one.text() == line)
    before, part = stage.document.lanes.choice, action.menu()
    click(stage, menu, action)
    if part is not None:
        click(stage, part, next(one for one in part.actions() if one.text() == "DtoH"))
    assert stage.document.lanes.choice != before


def test_no_line_is_untested(make: Make) -> None:
    seen: set[str] = set()
    for line in LINES:
        stage, menu = prepared(make, line)
        seen |= {one.text() for one in menu.actions() if one.text() and one.isEnabled()}
        menu.close()
        stage.settle()
    assert seen == set(LINES)


def test_the_menu_is_walked_with_the_keyboard(stage: Stage) -> None:
    menu = menu_over(stage.canvas, stage, stage.name_point("HtoD"))
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction().isEnabled()
    first = menu.activeAction().text()
    QTest.keyClick(menu, Qt.Key.Key_Return)
    stage.settle()
    assert first == "Pin to the top"
    assert stage.document.lanes.choice.pinned == (lane(stage),)


def test_a_mark_is_taken_away_on_the_ruler(stage: Stage) -> None:
    ruler = stage.widget.ruler
    stage.view.add_mark(300_000)
    stage.settle()
    menu = menu_over(ruler, stage, QPoint(round(stage.x_of(300_000)), 20))
    click(stage, menu, menu.actions()[0])
    assert stage.view.marks == ()
    away = QPoint(round(stage.x_of(300_000)), 20)
    QApplication.sendEvent(ruler, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, away, ruler.mapToGlobal(away)))
    stage.settle()
    assert not any(one.isVisible() for one in ruler.findChildren(QMenu))


def test_two_fingers_zoom_at_the_pointer(stage: Stage) -> None:
    point, span = QPointF(600, 300), stage.view.span_ns
    time = stage.canvas.time_at(point)
    above = QPointF(stage.canvas.mapToGlobal(point))
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        point,
        point,
        above,
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(stage.canvas, event)
    stage.settle()
    assert stage.view.span_ns == pytest.approx(span / 1.25, rel=0.01)
    assert stage.canvas.time_at(point) == pytest.approx(time, abs=2 * stage.canvas.viewport_of(None).ns_per_px + 1)


#: Lines of the menu over a slice, and what each changes.
SLICE_LINES: dict[str, Callable[[Stage], object]] = {
    "Zoom to it": lambda stage: stage.view.shown,
    "Mark its start": lambda stage: stage.view.marks,
    "Measure it": lambda stage: stage.view.measured,
    "Find all of this name": lambda stage: stage.search.query,
    "Durations of this name": lambda stage: stage.selection.named,
    "Copy its name": lambda stage: QApplication.clipboard().text(),
}


def menu_over_slice(stage: Stage, row: int) -> QMenu:
    return menu_over(stage.canvas, stage, stage.point_of(row))


@pytest.mark.parametrize("line", SLICE_LINES)
def test_every_line_over_a_slice_does_something(stage: Stage, line: str) -> None:
    QApplication.clipboard().setText("before")
    row = stage.row_of("relu")
    menu = menu_over_slice(stage, row)
    assert stage.selection.selected == Slice(stage.document.id, row)
    assert menu.actions()[0].text() == "relu"
    before = SLICE_LINES[line](stage)
    click(stage, menu, next(one for one in menu.actions() if one.text() == line))
    assert SLICE_LINES[line](stage) != before


def test_no_line_over_a_slice_is_untested(stage: Stage) -> None:
    menu = menu_over_slice(stage, stage.row_of("relu"))
    seen = {one.text() for one in menu.actions() if one.text() and one.isEnabled() and one.menu() is None}
    assert seen == set(SLICE_LINES)


def test_what_the_menu_of_a_slice_measures_is_the_slice(stage: Stage) -> None:
    row, trace = stage.row_of("relu"), stage.document.trace
    menu = menu_over_slice(stage, row)
    click(stage, menu, next(one for one in menu.actions() if one.text() == "Measure it"))
    start = int(trace.ts[row]) - stage.document.origin_ns
    assert stage.view.measured == (start, start + int(trace.dur[row]))


def test_the_lane_of_a_slice_is_below_its_lines(stage: Stage) -> None:
    menu = menu_over_slice(stage, stage.row_of("relu"))
    part = next(one for one in menu.actions() if one.menu() is not None)
    before = stage.document.lanes.choice
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Right):
        QTest.keyClick(menu, key)
    assert part.menu().isVisible(), "the last line opens it"
    click(stage, part.menu(), next(one for one in part.menu().actions() if one.text() == "Hide"))
    assert stage.document.lanes.choice != before


def title_point(stage: Stage, number: int, x: int) -> QPoint:
    """On the title of a document, by its place in the stack."""
    found = {id(section.document): top for section, top in stage.canvas.stack.headings(0, 10_000)}
    document = list(stage.workspace)[number]
    ratio = stage.canvas.devicePixelRatioF()
    return QPoint(x, round((found[id(document)] - stage.canvas.scroll + 10) / ratio))


@pytest.mark.parametrize("x", [60, 600])
def test_a_title_speaks_of_its_own_document(make: Make, x: int) -> None:
    stage = make(as_document(pipeline(), "one"), as_document(pipeline(), "two"), size=(1000, 2000))
    one, two = stage.workspace
    stage.workspace.activate(one)
    stage.click(title_point(stage, 1, x))
    assert stage.workspace.active is two
    stage.click(title_point(stage, 0, x))
    assert stage.workspace.active is one
    menu = menu_over(stage.canvas, stage, title_point(stage, 1, x))
    assert menu.actions()[0].text() == "two"
    assert "Move down" not in [action.text() for action in menu.actions()]
    click(stage, menu, next(action for action in menu.actions() if action.text() == "Move up"))
    assert list(stage.workspace) == [two, one]
    menu = menu_over(stage.canvas, stage, title_point(stage, 0, x))
    click(stage, menu, next(action for action in menu.actions() if action.text() == "Move down"))
    assert list(stage.workspace) == [one, two]
    menu = menu_over(stage.canvas, stage, title_point(stage, 1, x))
    click(stage, menu, next(action for action in menu.actions() if action.text() == "Close"))
    assert list(stage.workspace) == [one]


def test_a_file_opened_below_comes_into_sight(make: Make) -> None:
    stage = make(as_document(pipeline(), "one"), as_document(pipeline(), "two"), size=(1000, 500))
    assert stage.canvas.scroll == 0, "what is open from the start is seen from its top"
    late, filled = Document(kind=Kind.FILE, title="late"), as_document(pipeline())
    stage.workspace.add(late)
    stage.settle()
    late.show(filled.trace, filled.timeline, status=Status.READY)
    stage.settle()
    section = next(one for one in stage.canvas.stack.sections if one.document is late)
    assert section.y - stage.canvas.scroll == pytest.approx(0, abs=1) or section.y + section.height == pytest.approx(
        stage.canvas.scroll + stage.canvas.height_px(), abs=1
    )
    stage.canvas.scroll_to(0)
    late.show(filled.trace, filled.timeline, status=Status.READY)
    stage.settle()
    assert stage.canvas.scroll == 0, "nobody is moved from where they went since"
