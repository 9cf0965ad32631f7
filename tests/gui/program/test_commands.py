"""Menus and keys of the whole window, pressed as a person presses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
)

from gui.state.document import Kind
from gui.state.view import Clock
from profiler.io import read_trace
from tests.gui.program.conftest import Start, settle
from tests.gui.program.hands import LIVE, pick, press, say
from tests.gui.program.saving import answer


def test_a_scenario_is_simulated_pinned_and_changed(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    session = application.session
    press(application, Qt.Key.Key_P)
    assert [document.letter for document in session.workspace] == ["", "A"]
    before = session.workspace.active.figures["makespan_ns"]
    press(application, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: session.workspace.active.figures["batch"] == 1)
    assert session.workspace.active.figures["makespan_ns"] < before
    assert [document.figures["batch"] for document in session.workspace] == [1, 8]
    press(application, Qt.Key.Key_8)
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
    press(application, Qt.Key.Key_Plus, control)
    assert view.span_ns < whole[1] - whole[0]
    press(application, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert view.shown == whole
    say(monkeypatch, "getText", ("10us:30us", True))
    press(application, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: view.shown == (10_000, 30_000))
    say(monkeypatch, "getText", ("nvtx:no such range", True))
    press(application, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: any("no such range" in message.text for message in application.session.jobs.messages))
    assert view.shown == (10_000, 30_000)
    press(application, Qt.Key.Key_F)
    assert view.shown[0] <= 0
    view.measure(40_000, 50_000)
    press(application, Qt.Key.Key_Return, control)
    assert view.shown[0] <= 40_000 < 50_000 <= view.shown[1]
    assert view.span_ns < 12_000


def test_search_finds_and_steps(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    window, session = application.window, application.session
    assert window is not None
    press(application, Qt.Key.Key_Slash)
    assert window.docks["search"].isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    qtbot.keyClicks(QApplication.focusWidget(), "branch2a")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not session.search.busy and bool(session.search.query))
    settle(application, qtbot)
    trace = session.workspace.active.trace
    assert session.search.count == sum("branch2a" in trace.name_of(row) for row in range(len(trace))) > 0
    press(application, Qt.Key.Key_F3)
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
