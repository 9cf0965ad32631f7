"""Mouse over the names: fold, pin, hide, drag to a place, to a height, to a width; the menu."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from profiler.timeline.arrange import Strip, StripKind
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import Rows, batch_one, pipeline, random_trace


def strip(stage: Stage, title: str) -> Strip:
    return next(
        one
        for section in stage.canvas.stack.sections
        for one in (*section.arrangement.pinned, *section.arrangement.strips)
        if one.node.title == title
    )


def test_a_click_on_a_group_folds_it_and_another_opens_it(stage: Stage) -> None:
    assert "stream 1" in stage.titles()
    stage.click(stage.name_point("streams"))
    assert "stream 1" not in stage.titles()
    assert strip(stage, "streams").kind == StripKind.FOLDED
    stage.click(stage.name_point("streams"))
    assert "stream 1" in stage.titles()


def test_only_the_arrow_of_a_lane_folds_it(make: Make) -> None:

    stage = make(as_document(random_trace(3, size=200)))
    deep = next(one.node.title for one in stage.canvas.stack.sections[0].arrangement.strips if one.rows > 1)
    stage.click(stage.name_point(deep, x=150))
    assert strip(stage, deep).kind == StripKind.LANE
    stage.click(stage.name_point(deep, x=24))
    assert strip(stage, deep).kind == StripKind.FOLDED


def test_handles_of_a_hovered_lane_pin_and_hide_it(stage: Stage) -> None:
    point = stage.name_point("compute")
    stage.move_to(point)
    assert stage.canvas.hovered_strip.strip.node.title == "compute"
    column = stage.canvas.column_px()
    handles = stage.canvas.names._handles(stage.canvas.hovered_strip, column)
    stage.click(handles["pin"].center().toPoint())
    assert stage.document.lanes.choice.pinned == (stage.key_of("compute"),)
    assert [one.node.title for one in stage.canvas.stack.sections[0].arrangement.pinned] == ["compute"]
    stage.move_to(stage.name_point("DtoH"))
    handles = stage.canvas.names._handles(stage.canvas.hovered_strip, column)
    stage.click(handles["hide"].center().toPoint())
    assert "DtoH" not in stage.titles()


def test_a_pinned_lane_stays_while_the_others_scroll(stage: Stage) -> None:
    stage.document.lanes.pin(stage.key_of("compute"))
    stage.widget.resize(1000, 330)
    stage.settle()
    before = stage.name_point("compute")
    stage.canvas.scroll_to(120)
    stage.settle()
    assert stage.canvas.scroll > 0
    assert stage.name_point("compute") == before
    row = stage.row_of("conv3x3<float, 256>", 1)
    stage.click(stage.point_of(row))
    assert stage.selection.selected.row == row


def test_a_lane_is_dragged_among_its_siblings(stage: Stage) -> None:
    stage.drag(stage.name_point("stream 3"), stage.name_point("stream 0"))
    streams = [title for title in stage.titles() if title.startswith("stream ")]
    assert streams == ["stream 3", "stream 0", "stream 1", "stream 2"]
    stage.drag(stage.name_point("HtoD"), stage.name_point("DtoH"))
    assert [title for title in stage.titles() if title in ("HtoD", "compute", "DtoH")] == ["compute", "DtoH", "HtoD"]


def test_pinned_lanes_are_dragged_among_each_other(stage: Stage) -> None:
    keys = [stage.key_of(title) for title in ("HtoD", "compute", "DtoH")]
    for key in keys:
        stage.document.lanes.pin(key)
    stage.settle()
    stage.drag(stage.name_point("DtoH"), stage.name_point("HtoD"))
    assert stage.document.lanes.choice.pinned == (keys[2], keys[0], keys[1])
    (section,) = stage.canvas.stack.sections
    assert [one.node.title for one in section.arrangement.pinned] == ["DtoH", "HtoD", "compute"]


def test_the_lower_edge_of_a_lane_is_dragged_to_another_height(stage: Stage) -> None:
    before = strip(stage, "HtoD").height
    edge = stage.name_point("HtoD") + QPoint(0, round(before / 2) - 1)
    stage.drag(edge, edge + QPoint(0, 24))
    assert strip(stage, "HtoD").height == pytest.approx(before + 24, abs=3)


def test_the_edge_of_the_column_is_dragged_to_another_width(stage: Stage) -> None:
    column = stage.canvas.column_px()
    stage.drag(QPoint(column, 200), QPoint(column + 60, 200))
    assert stage.canvas.column_px() == pytest.approx(column + 60, abs=2)
    stage.drag(QPoint(column + 60, 200), QPoint(5, 200))
    assert stage.canvas.column_px() >= 72
    assert stage.view.measured is None


def menu_at(stage: Stage, point: QPoint) -> dict[str, object]:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, stage.canvas.mapToGlobal(point))
    QApplication.sendEvent(stage.canvas, event)
    stage.settle()
    menu = next(one for one in stage.canvas.findChildren(QMenu) if one.isVisible())
    return {"menu": menu, **{action.text(): action for action in menu.actions() if action.text()}}


def test_the_menu_pins_hides_filters_and_brings_back(stage: Stage) -> None:
    actions = menu_at(stage, stage.name_point("stream 2"))
    actions["Only lanes of this name"].trigger()
    actions["menu"].close()
    stage.settle()
    assert [title for title in stage.titles() if title.startswith("stream ")] == ["stream 2"]
    actions = menu_at(stage, stage.name_point("stream 2"))
    actions["Clear the filter"].trigger()
    actions["menu"].close()
    stage.settle()
    actions = menu_at(stage, stage.name_point("DtoH"))
    actions["Hide"].trigger()
    actions["menu"].close()
    stage.settle()
    assert "DtoH" not in stage.titles()
    actions = menu_at(stage, stage.name_point("HtoD"))
    hidden = actions["Show hidden (1)"].menu()
    next(action for action in hidden.actions() if action.text() == "DtoH").trigger()
    actions["menu"].close()
    stage.settle()
    assert "DtoH" in stage.titles()


def test_all_groups_are_folded_and_opened_and_all_lanes_shown_in_one_change(stage: Stage) -> None:
    changes: list[object] = []
    stage.document.lanes.events.choice.connect(lambda: changes.append(None))

    def pick(name: str, title: str = "") -> None:
        changes.clear()
        actions = menu_at(stage, stage.name_point(title) if title else QPoint(90, stage.canvas.height() - 3))
        action = actions[name]
        if action.menu() is not None:
            action = next(one for one in action.menu().actions() if one.text() == "All")
        action.trigger()
        actions["menu"].close()
        stage.settle()
        assert len(changes) == 1

    before = stage.titles()
    pick("Fold all groups", "HtoD")
    assert len(stage.titles()) < len(before)
    pick("Open all groups", stage.titles()[0])
    assert stage.titles() == before
    for title in ("HtoD", "DtoH"):
        stage.document.lanes.hide(stage.key_of(title))
    stage.settle()
    pick("Show hidden (2)", "compute")
    assert stage.titles() == before


def test_a_press_on_a_heading_makes_the_panels_speak_of_it(make: Make) -> None:

    first, second = as_document(pipeline(), "one", "A"), as_document(batch_one(), "two", "B")
    stage = make(first, second, size=(1000, 900))
    assert stage.workspace.active is second
    top = next(y for section, y in stage.canvas.stack.headings(0, 900) if section.document is first)
    stage.click(QPoint(100, round(top) + 15))
    assert stage.workspace.active is first


def test_names_of_the_traced_program_are_plain_text_in_menus(make: Make) -> None:

    rows = Rows()
    rows.add("x", Track(TrackKind.THREAD, "a & <b>\u202e", 1, 1), 0, 10, Category.RUNTIME, pid=1)
    stage = make(as_document(rows.trace()))
    actions = menu_at(stage, stage.name_point("a & <b>\u202e"))
    assert "a && <b>\\u202e" in actions
    actions["menu"].close()
    stage.settle()


def test_names_leave_most_of_a_narrow_window_to_the_lanes(make: Make) -> None:
    stage = make(as_document(pipeline()), size=(300, 500))
    assert stage.canvas.column_px() == pytest.approx(0.4 * stage.canvas.width_px(), abs=1)
    stage.widget.resize(1000, 500)
    stage.settle()
    assert stage.canvas.column_px() == 190
    edge = QPoint(stage.canvas.column_px(), 200)
    stage.drag(edge, edge + QPoint(30, 0))
    stage.widget.resize(300, 500)
    stage.settle()
    assert stage.canvas.column_px() == pytest.approx(220, abs=2), "a width that a person set stays"
