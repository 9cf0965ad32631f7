"""Running a scenario from the window: it grows on the screen, can be stopped, and says why it failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox, QToolButton, QWidget

from gui.application import Application
from gui.state.devices import DeviceChoice
from gui.state.document import Document, Status
from profiler.analysis.analyze import analyze
from tests.gui.program.conftest import Start, settle
from tests.helpers.fake_driver.device import fake_environment

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 128, "strategy": "depth-first"}
SMALL = {"workload": "sum-float32", "precision": None, "batch": 4, "chunks": 2}


@pytest.fixture
def fake_gpu(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real device's own code over a driver that the tests build."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "kernels"))
    with fake_environment():
        yield


def live(application: Application) -> Document:
    return next(iter(application.session.workspace))


def find(application: Application, kind: type[QWidget], name: str) -> Any:
    assert application.window is not None
    found = application.window.findChild(kind, name)
    assert found is not None, name
    return found


def ask_repeats(application: Application, repeats: int) -> None:
    box = find(application, QSpinBox, "repeats-value")
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(repeats))
    QTest.keyClick(box, Qt.Key.Key_Return)


def run(application: Application, qtbot: Any) -> None:
    button = find(application, QPushButton, "run")
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose_gpu(application: Application, qtbot: Any) -> None:
    """Pick the GPU from the list of devices with the keyboard; nothing starts by that."""
    application._parts.devices.real = (DeviceChoice("cuda:0", "A GPU"),)
    box, before = find(application, QComboBox, "device"), live(application).timeline
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    while box.currentData() != "cuda:0":
        QTest.keyClick(box, Qt.Key.Key_Down)
    settle(application, qtbot)
    assert live(application).timeline is before
    assert not application.session.jobs.jobs


def test_a_simulated_run_of_many_repeats_is_measured(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    document = live(application)
    assert not find(application, QPushButton, "run").isEnabled()
    ask_repeats(application, 400)
    settle(application, qtbot)
    run(application, qtbot)
    settle(application, qtbot)
    assert document.status is Status.READY
    assert document.figures["repeats"] == 400
    assert len(document.trace) > 100_000
    (device,) = analyze(document.trace).to_json()["devices"]
    headline = find(application, QLabel, "hidden-fraction")
    qtbot.waitUntil(headline.isVisible)
    assert headline.text() == f"{100 * device['hidden_fraction']:.1f} % hidden"
    assert not find(application, QLabel, "figures-note").isVisible()


@pytest.mark.usefixtures("fake_gpu")
def test_a_long_run_on_a_gpu_grows_on_the_screen_and_is_stopped_by_its_button(start: Start, qtbot: Any) -> None:
    application = start(scenario=SMALL)
    document, view = live(application), application.session.view
    choose_gpu(application, qtbot)
    ask_repeats(application, 100_000)
    seen: list[tuple[int, int]] = []
    document.events.timeline.connect(lambda: seen.append((len(document.trace), document.span_ns)))
    run(application, qtbot)
    qtbot.waitUntil(lambda: len(seen) > 3)
    assert document.status is Status.PARTIAL
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]
    assert view.limits[1] == document.span_ns
    canvas = application.window.timeline.canvas
    qtbot.waitUntil(lambda: canvas.drawn[0].timeline is document.timeline)
    assert find(application, QWidget, "job-progress").isVisible()
    assert "Running" in find(application, QLabel, "job-title").whole
    qtbot.mouseClick(find(application, QToolButton, "job-cancel"), Qt.MouseButton.LeftButton)
    assert document.status is Status.FAILED
    assert "cancelled" in document.message
    assert find(application, QLabel, "scenario-message").isVisible()
    assert 0 < document.figures["repeats"] < 100_000
    assert not application.session.jobs.jobs
    settle(application, qtbot)
    ask_repeats(application, 3)
    run(application, qtbot)
    settle(application, qtbot)
    assert document.status is Status.READY
    assert document.figures["repeats"] == 3
    assert not document.figures["simulated"]
    assert not find(application, QLabel, "scenario-message").isVisible()


def test_a_gpu_that_is_not_there_is_explained_where_it_was_asked_for(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    assert application.window is not None
    document = live(application)
    before = document.timeline
    choose_gpu(application, qtbot)
    run(application, qtbot)
    settle(application, qtbot)
    assert document.status is Status.FAILED
    assert document.timeline is before
    message = find(application, QLabel, "scenario-message")
    assert message.isVisible()
    assert len(message.text()) > 20
