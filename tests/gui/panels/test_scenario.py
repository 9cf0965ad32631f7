"""The scenario panel through its controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QPushButton, QSlider, QSpinBox, QWidget

from gui.panels.scenario import ScenarioPanel
from gui.panels.stepper import BATCHES
from gui.state.devices import DeviceChoice, DevicesState
from gui.state.document import Document, Kind
from gui.state.scenario import ScenarioState
from profiler.plan.registry import STRATEGIES
from profiler.plan.registry import knobs as knobs_of
from tests.gui.panels.conftest import Desk, find

Show = Callable[..., QWidget]


@pytest.fixture
def devices() -> DevicesState:
    return DevicesState()


@pytest.fixture
def panel(desk: Desk, devices: DevicesState, shown: Show) -> QWidget:
    return shown(ScenarioPanel(desk.scenario, devices, desk.workspace), 270, 900)


def pick(box: QComboBox, text: str) -> None:
    """Choose an item by the keyboard."""
    box.setFocus()
    place = box.findText(text, Qt.MatchFlag.MatchStartsWith)
    assert place >= 0, [box.itemText(i) for i in range(box.count())]
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(box.model().index(place, 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def wheel(widget: QWidget) -> None:
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre, widget.mapToGlobal(centre), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_the_batch_slider_steps_by_ratios_and_the_box_takes_any_number(desk: Desk, panel: QWidget) -> None:
    slider, box = find(panel, QSlider, "batch"), find(panel, QSpinBox, "batch-value")
    assert (slider.accessibleName(), desk.scenario.batch, box.value()) == ("batch", 128, 128)
    slider.setFocus()
    seen = []
    for _ in range(len(BATCHES)):
        seen.append(desk.scenario.batch)
        QTest.keyClick(slider, Qt.Key.Key_Left)
    assert seen[:14] == [128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1]
    assert desk.scenario.batch == 1
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert desk.scenario.batch == 1024
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "100")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert (desk.scenario.batch, BATCHES[slider.value()]) == (100, 96)


def test_dragging_the_slider_moves_the_batch_on_the_way(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    slider = find(panel, QSlider, "batch")
    seen: list[int] = []

    def listen(value: int) -> None:
        seen.append(value)

    desk.scenario.events.batch.connect(listen)
    handle = QPoint(round(slider.width() * slider.value() / slider.maximum()), slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=handle)
    for x in range(handle.x(), 0, -4):
        qtbot.mouseMove(slider, QPoint(x, handle.y()))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(0, handle.y()))
    assert len(seen) > 5
    assert seen == sorted(seen, reverse=True)
    assert desk.scenario.batch == 1


def test_a_change_from_elsewhere_shows(desk: Desk, panel: QWidget) -> None:
    desk.scenario.update(batch=7, strategy="three-stream", bandwidth=4.0, memory="pageable")
    assert find(panel, QSpinBox, "batch-value").value() == 7
    assert find(panel, QComboBox, "strategy").currentText() == "three-stream"
    assert find(panel, QSlider, "bandwidth").value() == 16
    assert find(panel, QComboBox, "memory").currentText() == "pageable"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_knobs_that_a_strategy_lacks_are_disabled_and_say_why(desk: Desk, panel: QWidget, strategy: str) -> None:
    pick(find(panel, QComboBox, "strategy"), strategy)
    assert desk.scenario.strategy == strategy
    for knob in ("streams", "chunks", "buffers", "issue_threads"):
        slider = find(panel, QSlider, knob.replace("_", "-"))
        assert slider.isEnabled() == (knob in knobs_of(strategy)), knob
        if not slider.isEnabled():
            assert strategy in slider.accessibleDescription() or "graph" in slider.accessibleDescription()
    assert find(panel, QComboBox, "base").isEnabled() == (strategy == "graph")


def test_auto_shows_what_it_comes_to(desk: Desk, panel: QWidget) -> None:
    box, slider = find(panel, QSpinBox, "chunks-value"), find(panel, QSlider, "chunks")
    assert box.text() == "auto"
    desk.simulate(batch=128)
    assert box.text() == "auto · 8"
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert desk.scenario.chunks == 1
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert desk.scenario.chunks is None


def test_factors_are_logarithmic_and_a_double_click_resets(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    for name in ("bandwidth", "compute", "launch"):
        slider = find(panel, QSlider, name)
        slider.setFocus()
        QTest.keyClick(slider, Qt.Key.Key_End)
        assert getattr(desk.scenario, name) == 8
        qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
        assert getattr(desk.scenario, name) == 1
        for _ in range(8):
            QTest.keyClick(slider, Qt.Key.Key_Left)
        assert getattr(desk.scenario, name) == 0.5
        QTest.keyClick(slider, Qt.Key.Key_Home)
        assert getattr(desk.scenario, name) == 1


def test_a_real_device_has_no_what_if_and_is_run_by_a_button(
    desk: Desk, devices: DevicesState, panel: QWidget, qtbot: Any
) -> None:
    run = find(panel, QPushButton, "run")
    assert not run.isEnabled()
    devices.real = (DeviceChoice("cuda:0", "GPU 0"),)
    pick(find(panel, QComboBox, "device"), "GPU 0")
    assert desk.scenario.device == "cuda:0"
    assert not find(panel, QSlider, "bandwidth").isEnabled()
    with qtbot.waitSignal(panel.run_asked):
        qtbot.mouseClick(run, Qt.MouseButton.LeftButton)


def test_the_wheel_changes_nothing_that_was_not_chosen(desk: Desk, panel: QWidget) -> None:
    find(panel, QPushButton, "reset").setFocus()
    before = desk.scenario.to_json()
    for kind in (QSlider, QComboBox, QSpinBox):
        for control in panel.findChildren(kind):
            wheel(control)
    assert desk.scenario.to_json() == before
    slider = find(panel, QSlider, "batch")
    slider.setFocus()
    wheel(slider)
    assert desk.scenario.batch != 128


def test_a_refused_scenario_says_why(desk: Desk, panel: QWidget) -> None:
    label = find(panel, QLabel, "scenario-message")
    assert not label.isVisible()
    live = desk.simulate()
    live.fail("--memory: <b>a graph\u202e cannot capture pageable copies. Give pinned.")
    assert label.isVisible()
    assert label.text() == "--memory: <b>a graph\\u202e cannot capture pageable copies. Give pinned."
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_a_timeline_is_pinned_under_the_next_letter(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    pin = find(panel, QPushButton, "pin")
    assert not pin.isEnabled()
    desk.simulate()
    assert pin.text() == "Pin as A"
    with qtbot.waitSignal(panel.pin_asked):
        qtbot.mouseClick(pin, Qt.MouseButton.LeftButton)
    desk.add(Document(kind=Kind.SCENARIO, letter="A"))
    assert pin.text() == "Pin as B"


def test_reset_puts_every_knob_back(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.scenario.update(batch=3, strategy="serial", compute=2.0, chunks=5)
    qtbot.mouseClick(find(panel, QPushButton, "reset"), Qt.MouseButton.LeftButton)
    assert desk.scenario.to_json() == ScenarioState().to_json()


def test_a_workload_takes_only_the_options_that_go_with_it(desk: Desk, panel: QWidget) -> None:
    box = find(panel, QComboBox, "workload")
    pick(box, "sum-int8")
    assert (desk.scenario.workload, desk.scenario.precision) == ("sum-int8", None)
    assert not find(panel, QComboBox, "precision").isEnabled()
    assert find(panel, QSlider, "size").isVisible()
    pick(box, "vgg19")
    assert (desk.scenario.precision, find(panel, QSlider, "size").isVisible()) == ("fp32", False)


def test_a_list_changes_only_with_what_is_in_it(desk: Desk, panel: QWidget) -> None:
    box = find(panel, QComboBox, "workload")
    names = [box.itemText(place) for place in range(box.count())]
    desk.scenario.workload = "/somewhere/mine.toml"
    changes: list[object] = []
    for signal in (box.model().rowsInserted, box.model().rowsRemoved, box.model().modelReset, box.currentIndexChanged):
        signal.connect(lambda *_: changes.append(_))
    for batch in (2, 3, 4):
        desk.scenario.batch = batch
    assert not changes
    assert [box.itemText(place) for place in range(box.count())] == [*names, "mine.toml"]
    desk.scenario.workload = "/somewhere/other.toml"
    assert [box.itemText(place) for place in range(box.count())] == [*names, "other.toml"]
    assert box.currentText() == "other.toml"
    desk.scenario.workload = "vgg19"
    assert [box.itemText(place) for place in range(box.count())] == names
    assert box.currentText() == "vgg19"


def test_a_workload_file_is_asked_for(desk: Desk, panel: QWidget, qtbot: Any, tmp_path: Any) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("")
    pick(find(panel, QComboBox, "workload"), "Open TOML")
    assert desk.scenario.workload == "resnet50"
    dialog = panel.findChild(QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.close()
    assert (desk.scenario.workload, desk.scenario.precision) == (str(file), None)
    assert find(panel, QComboBox, "workload").currentText() == "mine.toml"


def test_a_gpu_file_is_asked_for(desk: Desk, panel: QWidget, devices: DevicesState) -> None:
    box = find(panel, QComboBox, "device")
    pick(box, "Open GPU file")
    assert desk.scenario.device == "sim:h100-sxm"
    dialog = panel.findChild(QFileDialog)
    dialog.fileSelected.emit("/gpus/mine.toml")
    dialog.close()
    assert desk.scenario.device == "sim:/gpus/mine.toml"
    assert box.currentText() == "mine.toml (simulated)"
    assert find(panel, QSlider, "bandwidth").isEnabled()


def test_the_tab_key_goes_from_the_batch_through_every_control(panel: QWidget) -> None:
    batch = find(panel, QSlider, "batch")
    batch.setFocus()
    seen = []
    for _ in range(40):
        seen.append(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    expected = ["batch", "batch-value", "workload", "precision", "input", "strategy", "streams", "streams-value"]
    assert seen[: len(expected)] == expected
    assert {"device", "bandwidth", "compute", "launch", "reset"} <= set(seen)


def test_nothing_is_cut_off_in_a_narrow_panel(panel: QWidget) -> None:
    panel.resize(270, 500)
    QApplication.processEvents()
    for control in panel.findChildren(QWidget):
        if control.isVisible() and control.objectName() in {"batch", "strategy", "device", "launch", "streams-value"}:
            assert control.mapTo(panel, control.rect().topRight()).x() <= 270
            assert control.width() >= control.minimumSizeHint().width()
