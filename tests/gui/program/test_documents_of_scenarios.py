"""Simulated timelines come and go: closed and started again, pinned, brought back with the session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSlider

from gui.application import Application
from gui.state.document import Kind, Status
from profiler.io import write_trace
from tests.gui.program.conftest import Start, settle
from tests.timeline.synthetic import pipeline

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 8, "strategy": "depth-first"}
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=12), path)
    return path


def press(application: Application, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    window = application.window
    assert window is not None
    window.activateWindow()
    window.timeline.setFocus()
    QTest.keyClick(window.timeline.canvas, key, modifier)


def batch_slider(application: Application) -> QSlider:
    assert application.window is not None
    found = application.window.findChild(QSlider, "batch")
    assert isinstance(found, QSlider)
    return found


def hidden_words(application: Application) -> str:
    assert application.window is not None
    label = application.window.docks.panel("figures").findChild(QLabel, "hidden-fraction")
    return str(label.text()) if label.isVisible() else ""


def test_a_closed_scenario_starts_anew_with_all_its_figures(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    workspace = application.session.workspace
    assert hidden_words(application).endswith("hidden")
    press(application, Qt.Key.Key_W, CONTROL)
    assert not len(workspace)
    press(application, Qt.Key.Key_N, CONTROL)
    settle(application, qtbot)
    (document,) = workspace
    assert document.status is Status.READY
    assert application.service.knows(document)
    qtbot.waitUntil(lambda: hidden_words(application).endswith("hidden"))
    press(application, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: document.figures["batch"] == 1)


def test_closing_while_it_is_simulated_leaves_nothing_behind(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    slider = batch_slider(application)
    slider.setFocus()
    for _ in range(4):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    press(application, Qt.Key.Key_W, CONTROL)
    assert not len(application.session.workspace)
    settle(application, qtbot)
    assert not len(application.session.workspace)


def test_a_knob_turned_beside_a_file_shows_what_it_does(start: Start, qtbot: Any, file: Path) -> None:
    application = start(file)
    workspace = application.session.workspace
    assert [document.kind for document in workspace] == [Kind.FILE]
    slider = batch_slider(application)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    settle(application, qtbot)
    assert [document.kind for document in workspace] == [Kind.SCENARIO, Kind.FILE]
    assert workspace.active is not None
    assert workspace.active.figures is not None
    assert workspace.active.figures["batch"] == application.session.scenario.batch == 96


def test_the_same_state_is_pinned_once(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    session = application.session
    for _ in range(3):
        press(application, Qt.Key.Key_P)
    assert [document.letter for document in session.workspace] == ["", "A"]
    assert "already, as A" in session.jobs.messages[-1].text
    press(application, Qt.Key.Key_1)
    settle(application, qtbot)
    press(application, Qt.Key.Key_P)
    press(application, Qt.Key.Key_8)
    settle(application, qtbot)
    press(application, Qt.Key.Key_P)
    assert [document.letter for document in session.workspace] == ["", "A", "B", "C"]
    application.session.scenario.batch = 8
    settle(application, qtbot)
    press(application, Qt.Key.Key_P)
    assert len(session.workspace) == 4


def test_a_dozen_pinned_states_stack_scroll_and_close(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    window, session = application.window, application.session
    assert window is not None
    slider = batch_slider(application)
    slider.setFocus()
    for _ in range(12):
        QTest.keyClick(slider, Qt.Key.Key_Right)
        settle(application, qtbot)
        press(application, Qt.Key.Key_P)
        slider.setFocus()
    assert [document.letter for document in session.workspace] == ["", *"ABCDEFGHIJKL"]
    assert window.timeline.canvas.most_scroll() > 0
    session.workspace.activate(session.workspace.find(list(session.workspace)[-1].id))
    while len(session.workspace):
        press(application, Qt.Key.Key_W, CONTROL)
    settle(application, qtbot)
    assert not window.timeline.isVisible()


def test_the_whole_session_comes_back(start: Start, qtbot: Any, file: Path) -> None:
    application = start(scenario=LIVE, remembers=True)
    press(application, Qt.Key.Key_P)
    press(application, Qt.Key.Key_1)
    settle(application, qtbot)
    assert application.window is not None
    application.window.commands.files.open_path(str(file))
    settle(application, qtbot)
    pinned = list(application.session.workspace)[1].figures
    application.session.view.show(10_000, 90_000)
    application.close()
    again = start(remembers=True)
    documents = list(again.session.workspace)
    assert [(one.kind, one.letter) for one in documents] == [
        (Kind.SCENARIO, ""),
        (Kind.SCENARIO, "A"),
        (Kind.FILE, ""),
    ]
    assert all(one.status is Status.READY for one in documents)
    assert documents[1].figures == pinned
    assert documents[0].figures is not None
    assert documents[0].figures["batch"] == 1
    assert again.session.view.shown == (10_000, 90_000)


def test_a_hand_edited_session_neither_stops_the_start_nor_runs_anything(start: Start, qtbot: Any) -> None:
    first = start(scenario=LIVE, remembers=True)
    first.session.settings.first_run = False
    first.close()
    from gui.state.settings import load_settings, save_settings

    settings = load_settings()
    settings.session["scenario"] = {"strategy": "magic", "device": "cuda:0", "workload": "os:system", "batch": 10**9}
    settings.session["documents"] = [
        {"scenario": {"workload": "os:system"}, "letter": "A"},
        {"scenario": {"device": "cuda:0"}, "letter": "B"},
        {"file": "/dev/zero", "letter": ""},
        "nonsense",
    ]
    settings.session["shown"] = ["x", None]
    assert save_settings(settings)
    again = start(remembers=True)
    assert [(one.kind, one.letter) for one in again.session.workspace] == [(Kind.SCENARIO, "")]
    assert again.session.scenario.workload == "resnet50"
    assert again.session.scenario.device.startswith("sim:")
    assert again.session.workspace.active.status is Status.READY
