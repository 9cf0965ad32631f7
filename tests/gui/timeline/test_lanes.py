"""Mouse, wheel and keys over the lanes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.state.selection import Slice
from gui.timeline.keys import LaneKeys
from profiler.trace.schema import Category, EdgeKind, MemcpyKind, TrackKind
from profiler.trace.tables import Edges, Trace, Track
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import Rows, pipeline

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
MIDDLE = QPoint(600, 300)


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.NoModifier, CTRL])
def test_the_wheel_zooms_at_the_pointer(stage: Stage, held: Qt.KeyboardModifier) -> None:
    at, span = stage.canvas.time_at(MIDDLE.toPointF()), stage.view.span_ns
    stage.wheel(MIDDLE, angle=QPoint(0, 240), held=held)
    assert stage.view.span_ns == pytest.approx(span / 1.25**2, rel=0.01)
    assert abs(stage.canvas.time_at(MIDDLE.toPointF()) - at) <= stage.canvas.viewport_of(None).ns_per_px + 1
    stage.wheel(MIDDLE, angle=QPoint(0, -240), held=held)
    assert stage.view.span_ns == pytest.approx(span, rel=0.01)


def test_shift_and_sideways_wheels_pan(stage: Stage) -> None:
    stage.view.zoom(4, 500_000)
    start, span = stage.view.shown[0], stage.view.span_ns
    stage.wheel(MIDDLE, angle=QPoint(0, -120), held=SHIFT)
    assert stage.view.shown[0] > start
    assert stage.view.span_ns == span
    stage.wheel(MIDDLE, angle=QPoint(120, 0))
    assert stage.view.shown[0] == pytest.approx(start, abs=2)


def test_a_touchpad_pans_by_the_pixel_and_zooms_smoothly(stage: Stage) -> None:
    stage.view.zoom(4, 500_000)
    time = stage.canvas.time_at(MIDDLE.toPointF())
    stage.wheel(MIDDLE, pixels=QPoint(40, 3))
    moved = stage.canvas.time_at((MIDDLE + QPoint(40, 0)).toPointF())
    assert moved == pytest.approx(time, abs=2 * stage.canvas.viewport_of(None).ns_per_px)
    span = stage.view.span_ns
    stage.wheel(MIDDLE, pixels=QPoint(0, 10))
    assert span * 0.9 < stage.view.span_ns < span


def test_the_wheel_over_the_names_scrolls(stage: Stage) -> None:
    stage.widget.resize(1000, 300)
    stage.settle()
    shown = stage.view.shown
    stage.wheel(QPoint(50, 200), angle=QPoint(0, -120))
    assert stage.canvas.scroll > 0
    assert stage.widget.bar.value() == stage.canvas.scroll
    assert stage.view.shown == shown
    stage.wheel(QPoint(50, 200), angle=QPoint(0, 1200))
    assert stage.canvas.scroll == 0


def test_a_click_selects_and_one_beside_clears(stage: Stage) -> None:
    row = stage.row_of("conv3x3<float, 256>", 2)
    stage.click(stage.point_of(row))
    assert stage.selection.selected == Slice(stage.document.id, row)
    stage.view.measure(0, 1000)
    stage.click(QPoint(stage.point_of(row).x(), stage.canvas.height() - 3))
    assert stage.selection.selected is None
    assert stage.view.measured is None


def test_a_double_click_zooms_to_the_slice(stage: Stage) -> None:
    row = stage.row_of("conv3x3<float, 256>", 3)
    trace = stage.document.trace
    start = int(trace.ts[row]) - stage.document.origin_ns
    QTest.mouseDClick(stage.canvas, Qt.MouseButton.LeftButton, pos=stage.point_of(row))
    stage.settle()
    low, high = stage.view.shown
    assert low <= start
    assert start + int(trace.dur[row]) <= high
    assert stage.view.span_ns < 3 * int(trace.dur[row])


def test_a_drag_measures_in_either_direction(stage: Stage) -> None:
    for begin, end in ((400, 700), (700, 400)):
        stage.drag(QPoint(begin, 300), QPoint(end, 310))
        low, high = stage.view.measured
        assert stage.x_of(low) == pytest.approx(400, abs=1)
        assert stage.x_of(high) == pytest.approx(700, abs=1)
    assert stage.selection.selected is None


def test_the_middle_button_and_space_with_the_left_pan(stage: Stage) -> None:
    stage.view.zoom(4, 500_000)
    time = stage.canvas.time_at(QPoint(500, 300).toPointF())
    stage.drag(QPoint(500, 300), QPoint(620, 300), button=Qt.MouseButton.MiddleButton)
    near = 3 * stage.canvas.viewport_of(None).ns_per_px
    assert stage.canvas.time_at(QPoint(620, 300).toPointF()) == pytest.approx(time, abs=near)
    QTest.keyPress(stage.canvas, Qt.Key.Key_Space)
    stage.drag(QPoint(620, 300), QPoint(500, 300))
    QTest.keyRelease(stage.canvas, Qt.Key.Key_Space)
    assert stage.canvas.time_at(QPoint(500, 300).toPointF()) == pytest.approx(time, abs=2 * near)
    assert stage.view.measured is None


def test_shift_and_drag_takes_an_area_of_lanes(stage: Stage) -> None:
    top, bottom = stage.name_point("stream 1"), stage.name_point("stream 3")
    stage.drag(QPoint(400, top.y()), QPoint(650, bottom.y()), held=SHIFT)
    area = stage.selection.area
    assert area.document == stage.document.id
    assert area.lanes == tuple(stage.key_of(f"stream {number}") for number in (1, 2, 3))
    assert stage.x_of(area.stretch[0]) == pytest.approx(400, abs=1)
    assert stage.x_of(area.stretch[1]) == pytest.approx(650, abs=1)
    assert stage.view.measured is None


def test_w_a_s_d_zoom_and_pan(stage: Stage) -> None:
    whole = stage.view.shown
    stage.key(Qt.Key.Key_W)
    assert stage.view.span_ns < whole[1] - whole[0]
    closer = stage.view.shown
    stage.key(Qt.Key.Key_D)
    assert stage.view.shown[0] > closer[0]
    assert stage.view.span_ns == closer[1] - closer[0]
    stage.key(Qt.Key.Key_A)
    assert stage.view.shown == pytest.approx(closer, abs=2)
    stage.key(Qt.Key.Key_S)
    assert stage.view.shown == pytest.approx(whole, abs=2)


def test_zooms_are_undone_and_redone(stage: Stage) -> None:
    moments = iter(range(0, 1000, 10))
    stage.view.now = lambda: float(next(moments))
    whole = stage.view.shown
    stage.wheel(MIDDLE, angle=QPoint(0, 120))
    closer = stage.view.shown
    stage.key(Qt.Key.Key_Backspace)
    assert stage.view.shown == whole
    stage.key(Qt.Key.Key_Backspace, SHIFT)
    assert stage.view.shown == closer


def test_arrows_step_along_the_lane_that_was_clicked(stage: Stage) -> None:
    row = stage.row_of("conv1x1<float, 64>", 0)
    trace = stage.document.trace
    stage.click(stage.point_of(row, lane=1))
    seen = [row]
    for _ in range(3):
        stage.key(Qt.Key.Key_Right)
        seen.append(stage.selection.selected.row)
    assert len(set(trace["stream"][seen].tolist())) == 1
    assert trace.ts[seen].tolist() == sorted(trace.ts[seen].tolist())
    for expected in seen[-2::-1]:
        stage.key(Qt.Key.Key_Left)
        assert stage.selection.selected.row == expected
    engine = stage.point_of(row, lane=0)
    stage.click(engine)
    stage.key(Qt.Key.Key_Right)
    after = stage.selection.selected.row
    assert trace["engine"][after] == trace["engine"][row]


def test_a_step_to_a_slice_out_of_sight_brings_it_there(stage: Stage) -> None:
    row = stage.row_of("conv1x1<float, 64>", 0)
    stage.click(stage.point_of(row, lane=1))
    start = int(stage.document.trace.ts[row]) - stage.document.origin_ns
    stage.view.show(start, start + 20_000)
    for _ in range(4):
        stage.key(Qt.Key.Key_Right)
    found = stage.selection.selected.row
    low, high = stage.view.shown
    assert low <= int(stage.document.trace.ts[found]) - stage.document.origin_ns < high


def test_enter_zooms_to_what_is_selected_and_escape_clears(stage: Stage) -> None:
    row = stage.row_of("HtoD", 2)
    stage.click(stage.point_of(row))
    stage.key(Qt.Key.Key_Return)
    start, length = int(stage.document.trace.ts[row]) - stage.document.origin_ns, int(stage.document.trace.dur[row])
    assert stage.view.shown[0] < start < start + length < stage.view.shown[1]
    assert stage.view.span_ns < 2 * length
    stage.key(Qt.Key.Key_Escape)
    assert stage.selection.selected is None
    stage.view.measure(10_000, 30_000)
    stage.key(Qt.Key.Key_Return)
    assert stage.view.shown == (10_000, 30_000)
    stage.key(Qt.Key.Key_Escape)
    assert stage.view.measured is None


def test_resting_on_a_slice_hovers_it_and_leaving_ends_it(stage: Stage) -> None:
    row = stage.row_of("HtoD", 1)
    stage.move_to(stage.point_of(row))
    assert stage.selection.hovered == Slice(stage.document.id, row)
    start = int(stage.document.trace.ts[row]) - stage.document.origin_ns
    assert start <= stage.view.pointer_ns <= start + int(stage.document.trace.dur[row])
    stage.move_to(QPoint(60, 100))
    assert stage.selection.hovered is None
    assert stage.view.pointer_ns is None


def launched() -> Trace:
    """A call, the kernel it started, and a copy that waited for the kernel."""
    rows, pid = Rows(), {"pid": 1}
    thread, stream = Track(TrackKind.THREAD, "main", 1, 1), Track(TrackKind.STREAM, "", 1, device=0, stream=7)
    rows.add("launch", thread, 0, 10_000, Category.RUNTIME, correlation_id=5, **pid)
    rows.add("k", stream, 20_000, 30_000, Category.KERNEL, device=0, stream=7, correlation_id=5, **pid)
    rows.add("out", stream, 60_000, 30_000, Category.MEMCPY, device=0, stream=7, memcpy_kind=MemcpyKind.DTOH, **pid)
    trace = rows.trace()
    edges = Edges(np.array([1]), np.array([2]), np.array([EdgeKind.STREAM], np.uint8))
    return trace.with_columns({}, edges=edges)


def test_arrows_lead_from_the_call_to_the_work_and_on(make: Make) -> None:
    stage = make(as_document(launched()))
    plain = stage.widget.render_image()
    stage.click(stage.point_of(1))
    found = {(link.source, link.target): link.kind for link in stage.canvas.linker.links}
    assert found == {(0, 1): EdgeKind.LAUNCH, (1, 2): EdgeKind.STREAM}
    spot = stage.canvas.spots(Slice(stage.document.id, 0))[0]
    between = QPoint(round(spot.x + spot.w) + 6, round(spot.middle))
    area = [(between.x() + dx, stage.canvas.y() + between.y() + dy) for dx in range(-4, 12) for dy in range(-10, 4)]
    assert any(stage.widget.render_image().pixel(x, y) != plain.pixel(x, y) for x, y in area)
    stage.key(Qt.Key.Key_Escape)
    assert stage.canvas.linker.links == ()


def test_keys_of_others_are_left_to_them(stage: Stage) -> None:
    before = stage.view.shown
    for key in (Qt.Key.Key_Slash, Qt.Key.Key_F5, Qt.Key.Key_P):
        stage.key(key)
    stage.key(Qt.Key.Key_W, CTRL)
    assert stage.view.shown == before


def test_every_key_over_the_lanes_does_something(make: Make) -> None:
    """Whatever is in the tables of keys: where it can move, zoom or select, it does."""
    tables = key_tables(make(as_document(pipeline())))
    for held, key in [(held, key) for held, table in tables.items() for key in table]:
        # In the middle of everything, with a view to go back or forward to.
        stage = make(as_document(pipeline()), size=(1000, 160))
        end = stage.view.limits[1]
        stage.view.show(end // 3, end // 2)
        if key_tables(stage)[held][key] == stage.view.redo:
            stage.view.undo()
        stage.canvas.scroll_to(40)
        stage.selection.selected = Slice(stage.document.id, stage.row_of("relu", 3))
        stage.settle()
        before = seen_of(stage)
        stage.key(Qt.Key(key), held)
        assert seen_of(stage) != before, f"{Qt.Key(key)!r} with {held} changes nothing"


def key_tables(stage: Stage) -> dict[Qt.KeyboardModifier, dict[int, Callable[[], object]]]:
    """The keys that mean something over the lanes, by what is held with them."""
    keys = stage.widget.findChild(LaneKeys)
    assert keys is not None
    return {Qt.KeyboardModifier.NoModifier: keys._plain, SHIFT: keys._with_shift}


def seen_of(stage: Stage) -> object:
    """All that keys over the lanes may change."""
    view = stage.view
    return view.shown, stage.canvas.scroll, stage.selection.selected
