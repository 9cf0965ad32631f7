"""What a window starts with: the first page, the last session, recent files, its size and its title."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSlider,
    QLabel,
    QPushButton,
    QWidget,
)

from gui.state.document import Kind, Status
from gui.state.settings import load_settings
from tests.gui.program.conftest import Start, settle
from tests.gui.program.hands import LIVE, pick


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
