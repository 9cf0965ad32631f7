"""Menus and keys of the whole window, pressed as a person presses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from gui.application import Application
from gui.state.document import Kind, Status
from gui.state.settings import load_settings
from gui.state.view import Clock
from profiler.experiment.scenario import run_scenario
from profiler.experiment.spec import Bench, ScenarioSpec
from profiler.io import read_trace, write_trace
from tests.gui.program.conftest import Start, settle
from tests.gui.program.saving import answer

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 8, "strategy": "depth-first"}


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated run in a file."""
    path = tmp_path_factory.mktemp("saved") / "run.parquet"
    with Bench() as bench:
        spec = ScenarioSpec("resnet50", 8, "depth-first", device="sim:h100-sxm")
        write_trace(run_scenario(*bench.scenario(spec)).trace, path)
    return path


def press(application: Application, qtbot: Any, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """A key, where the keyboard is: in the timeline."""
    window = application.window
    assert window is not None
    window.activateWindow()
    window.timeline.setFocus()
    qtbot.keyClick(window.timeline.canvas, key, modifier)


def pick(application: Application, name: str) -> None:
    """A line of a menu."""
    assert application.window is not None
    action = application.window.findChild(QAction, name)
    assert action is not None, name
    assert action.isEnabled(), name
    action.trigger()


def say(monkeypatch: pytest.MonkeyPatch, method: str, answer: object) -> None:
    """What a person answers to a dialog of the system."""
    owner = QInputDialog if method == "getText" else QFileDialog
    monkeypatch.setattr(owner, method, staticmethod(lambda *_, **__: answer))


def test_a_scenario_is_simulated_pinned_and_changed(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    session = application.session
    press(application, qtbot, Qt.Key.Key_P)
    assert [document.letter for document in session.workspace] == ["", "A"]
    before = session.workspace.active.figures["makespan_ns"]
    press(application, qtbot, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: session.workspace.active.figures["batch"] == 1)
    assert session.workspace.active.figures["makespan_ns"] < before
    assert [document.figures["batch"] for document in session.workspace] == [1, 8]
    press(application, qtbot, Qt.Key.Key_8)
    qtbot.waitUntil(lambda: session.workspace.active.figures["batch"] == 128)


def test_files_are_opened_saved_and_closed(
    start: Start, qtbot: Any, monkeypatch: pytest.MonkeyPatch, saved: Path, tmp_path: Path
) -> None:
    application = start(scenario=LIVE, remembers=True)
    session = application.session
    say(monkeypatch, "getOpenFileNames", ([str(saved)], ""))
    pick(application, "open")
    settle(application, qtbot)
    assert [document.kind for document in session.workspace] == [Kind.SCENARIO, Kind.FILE]
    assert session.settings.recent == (str(saved),)
    for ending in ("json.gz", "pftrace", "sqlite"):
        target = tmp_path / f"copy.{ending}"
        pick(application, "save-trace")
        answer(application, qtbot, target)
        settle(application, qtbot)
        assert len(read_trace(target)) == len(read_trace(saved))
    pick(application, "save-trace")
    answer(application, qtbot, tmp_path / "no" / "such" / "place.json")
    qtbot.waitUntil(lambda: any("place.json" in message.text for message in session.jobs.messages))
    pick(application, "close")
    assert [document.kind for document in session.workspace] == [Kind.SCENARIO]


def test_figures_go_to_the_clipboard(start: Start) -> None:
    application = start(scenario=LIVE)
    pick(application, "copy-figures")
    assert "hidden" in QApplication.clipboard().text()


def test_the_view_is_moved_by_keys_and_goes_back(start: Start, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    application = start(scenario=LIVE)
    view = application.session.view
    whole = view.shown
    control = Qt.KeyboardModifier.ControlModifier
    press(application, qtbot, Qt.Key.Key_Plus, control)
    assert view.span_ns < whole[1] - whole[0]
    press(application, qtbot, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert view.shown == whole
    say(monkeypatch, "getText", ("10us:30us", True))
    press(application, qtbot, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: view.shown == (10_000, 30_000))
    say(monkeypatch, "getText", ("nvtx:no such range", True))
    press(application, qtbot, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: any("no such range" in message.text for message in application.session.jobs.messages))
    assert view.shown == (10_000, 30_000)
    press(application, qtbot, Qt.Key.Key_F)
    assert view.shown[0] <= 0
    view.measure(40_000, 50_000)
    press(application, qtbot, Qt.Key.Key_Return, control)
    assert view.shown[0] <= 40_000 < 50_000 <= view.shown[1]
    assert view.span_ns < 12_000


def test_search_finds_and_steps(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    window, session = application.window, application.session
    assert window is not None
    press(application, qtbot, Qt.Key.Key_Slash)
    assert window.docks["search"].isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    qtbot.keyClicks(QApplication.focusWidget(), "branch2a")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not session.search.busy and bool(session.search.query))
    settle(application, qtbot)
    trace = session.workspace.active.trace
    assert session.search.count == sum("branch2a" in trace.name_of(row) for row in range(len(trace))) > 0
    press(application, qtbot, Qt.Key.Key_F3)
    assert session.selection.selected is not None
    assert "branch2a" in trace.name_of(session.selection.selected.row)


def test_clock_theme_and_scale(start: Start) -> None:
    application = start(scenario=LIVE)
    session, window = application.session, application.window
    assert window is not None
    light = window.report()["colours"]["background"]
    session.settings.theme = "dark"
    assert window.report()["colours"]["background"] != light
    size = QApplication.font().pointSizeF()
    pick(application, "bigger")
    assert QApplication.font().pointSizeF() > size
    pick(application, "smaller")
    window.commands.view.set_clock(Clock.ABSOLUTE)
    assert session.view.clock is Clock.ABSOLUTE


def test_a_file_is_dropped_on_the_window(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(scenario=LIVE)
    window = application.window
    assert window is not None
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(saved)), QUrl("https://example.org/x")])
    event = QDropEvent(
        QPointF(QPoint(5, 5)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    settle(application, qtbot)
    assert [document.path for document in application.session.workspace][1:] == [str(saved)]


@pytest.mark.parametrize("where", ["sql", "search", "scenario", "timeline"])
def test_a_file_dropped_anywhere_is_opened(start: Start, qtbot: Any, saved: Path, where: str) -> None:
    application = start(scenario=LIVE)
    window = application.window
    assert window is not None
    panel = window.timeline.canvas if where == "timeline" else window.docks.reveal(where)
    fields = [field.viewport() for field in panel.findChildren(QPlainTextEdit)] + panel.findChildren(QLineEdit)
    target = next((field for field in fields if field.isVisible()), panel)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(saved))])
    place, action = target.rect().center(), Qt.DropAction.CopyAction
    held = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    # As Qt does: a drag is offered to what is under it, then to what is around; a drop goes where it was taken.
    taker = target
    while taker is not None:
        enter = QDragEnterEvent(place, action, data, *held)
        enter.ignore()
        if taker.acceptDrops() and QApplication.sendEvent(taker, enter) and enter.isAccepted():
            break
        taker = taker.parentWidget()
    assert taker is window
    QApplication.sendEvent(window, QDropEvent(QPointF(place), action, data, *held))
    settle(application, qtbot)
    assert [document.path for document in application.session.workspace][1:] == [str(saved)]


def test_a_text_dropped_on_a_field_is_still_the_fields(start: Start) -> None:
    application = start(scenario=LIVE)
    assert application.window is not None
    editor = application.window.docks.reveal("sql").findChild(QPlainTextEdit)
    editor.clear()
    data = QMimeData()
    data.setText("select 1")
    point, held = editor.viewport().rect().center(), (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(editor.viewport(), QDragEnterEvent(point, Qt.DropAction.CopyAction, data, *held))
    QApplication.sendEvent(editor.viewport(), QDropEvent(QPointF(point), Qt.DropAction.CopyAction, data, *held))
    assert editor.toPlainText() == "select 1"


def test_a_new_window_fits_its_screen(start: Start) -> None:
    application = start(remembers=True, size=None)
    window = application.window
    assert window is not None
    room = window.screen().availableGeometry()
    assert room.contains(window.frameGeometry().topLeft())
    assert window.width() <= max(room.width(), window.minimumWidth())
    assert window.height() <= room.height()
    assert not any(part.text() for part in window.statusBar().findChildren(QLabel, "view-time"))


def test_a_broken_file_leaves_the_window_up(start: Start, qtbot: Any, tmp_path: Path, saved: Path) -> None:
    broken, empty = tmp_path / "broken.json", tmp_path / "empty.sqlite"
    broken.write_bytes(b'{"traceEvents": [' + b"[" * 1000)
    empty.write_bytes(b"")
    application = start(saved)
    assert application.window is not None
    for path in (broken, empty, tmp_path / "gone.json", tmp_path):
        application.window.commands.files.open_path(str(path))
    settle(application, qtbot)
    documents = list(application.session.workspace)
    assert documents[0].status is Status.READY
    assert all(document.status is Status.FAILED and document.message for document in documents[1:])
    assert application.window.isVisible()


def test_a_recent_file_that_is_gone_is_told_and_leaves_the_first_page(start: Start, qtbot: Any, tmp_path: Path) -> None:
    application = start(remembers=True)
    gone = str(tmp_path / "gone.json")
    application.session.settings.opened(gone)
    assert application.window is not None
    qtbot.mouseClick(application.window.findChild(QPushButton, "recent-0"), Qt.MouseButton.LeftButton)
    assert application.session.settings.recent == ()
    assert application.window.findChild(QPushButton, "recent-0") is None
    assert application.session.jobs.messages[-1].text == f"{gone} is not there any more."
    assert not len(application.session.workspace)


def test_a_file_name_is_the_windows_title_as_it_is(start: Start, qtbot: Any, tmp_path: Path, saved: Path) -> None:
    odd = tmp_path / "a[*]&<b>.parquet"
    odd.write_bytes(saved.read_bytes())
    application = start(odd)
    assert application.window is not None
    assert application.window.windowTitle() == "a[*][*]&<b>.parquet – Lanescope"
    assert not application.window.isWindowModified()


def test_the_last_session_comes_back_but_runs_nothing(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(saved, remembers=True)
    assert application.session.settings.recent == (str(saved),)
    application.session.settings.first_run = False
    application.session.scenario.update(batch=17, strategy="serial")
    application.session.view.show(1000, 50_000)
    application.close()
    kept = load_settings()
    assert kept.session["files"] == [str(saved)]
    assert kept.session["geometry"]
    json.dumps(kept.session)
    again = start(remembers=True)
    # The knobs that were turned brought the live scenario beside the file.
    assert [document.path for document in again.session.workspace] == ["", str(saved)]
    assert again.session.view.shown == (1000, 50_000)
    assert (again.session.scenario.batch, again.session.scenario.strategy) == (17, "serial")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_panel_opens_and_nothing_is_clipped(start: Start, qtbot: Any, theme: str) -> None:
    application = start(scenario=LIVE, size=(1280, 720))
    application.session.settings.theme = theme
    window = application.window
    assert window is not None
    from gui.snapshot import describe_widgets

    for name, _ in window.docks:
        window.docks.reveal(name)
        settle(application, qtbot)
        clipped = [row for row in describe_widgets(window) if row["clipped"]]
        assert not clipped, f"{name}: {clipped}"


def test_help_explains(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    for name, title in (("keys", "Keys and mouse"), ("about", "About Lanescope")):
        pick(application, name)
        dialogs = [widget for widget in QApplication.topLevelWidgets() if widget.windowTitle().startswith(title)]
        assert len(dialogs) == 1
        dialogs[0].close()


def test_the_first_start_is_a_demonstration_that_a_knob_leaves(start: Start, qtbot: Any) -> None:
    application = start(remembers=True)
    window, session = application.window, application.session
    assert window is not None
    page = window.findChild(QWidget, "first-run")
    assert page is not None
    assert page.isVisible()
    assert len(session.workspace) == 0
    batch = window.docks.panel("scenario").findChild(QAbstractSlider, "batch")
    assert batch is not None
    batch.setFocus()
    qtbot.keyClick(batch, Qt.Key.Key_Left)
    settle(application, qtbot)
    assert not session.settings.first_run
    assert [document.kind for document in session.workspace] == [Kind.SCENARIO]
    assert window.timeline.isVisible()
    pick(application, "first-page")
    assert not window.timeline.isVisible()


def test_gpus_are_asked_for_in_a_worker(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    answers: list[Any] = []
    application.service.gpus(answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert isinstance(answers[0].found, list)
