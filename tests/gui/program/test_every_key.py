"""Every key of the menus, pressed where the keyboard is: each must do what its line says, and none may be untested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog

from gui.application import Application
from gui.menu_table import menus
from gui.menus import Entry
from profiler.experiment.scenario import run_scenario
from profiler.experiment.spec import Bench, ScenarioSpec
from profiler.io import write_trace
from tests.gui.program.conftest import Start, settle

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 8, "strategy": "depth-first"}

Use = Callable[[Application], object]


class Effect:
    """What is there before a key is pressed, and what the key changes."""

    def __init__(self, prepare: Use, seen: Use) -> None:
        self.prepare, self.seen = prepare, seen


def nothing(application: Application) -> None:
    """No preparation."""


def shown(application: Application) -> object:
    return application.session.view.shown


def zoomed(application: Application) -> None:
    application.session.view.show(10_000, 50_000)


def zoomed_and_undone(application: Application) -> None:
    zoomed(application)
    application.session.view.undo()


def measured(application: Application) -> None:
    application.session.view.measure(20_000, 30_000)


def marked(application: Application) -> None:
    view = application.session.view
    for at_ns in (200_000, 800_000):
        view.add_mark(at_ns)
    view.show(499_000, 501_000)


def without_marks(application: Application) -> None:
    application.session.selection.selected = None
    for mark in tuple(application.session.view.marks):
        application.session.view.remove_mark(mark.at_ns)


def batch_of_2(application: Application) -> None:
    application.session.scenario.batch = 2


def traces(application: Application) -> object:
    return [(document.letter, id(document.trace)) for document in application.session.workspace]


def dialogs(application: Application) -> object:
    return sorted(widget.windowTitle() for widget in QApplication.topLevelWidgets() if widget.isVisible())


def focus(application: Application) -> object:
    widget = QApplication.focusWidget()
    return widget.objectName() if widget is not None else None


def font_size(application: Application) -> object:
    return QApplication.font().pointSizeF()


def in_front(application: Application) -> object:
    docks = application.window.docks
    return [name for name, _ in docks if docks.in_front(name)]


def asked(application: Application) -> object:
    return tuple(QUESTIONS)


#: Dialogs of the system that were opened.
QUESTIONS: list[str] = []

PANELS = (
    *("scenario", "figures", "details", "comparison", "events", "area", "search"),
    *("histogram", "sql", "notes", "overview"),
)

EFFECTS = {
    **{f"show-{name}": Effect(nothing, in_front) for name in PANELS},
    "open": Effect(nothing, asked),
    "reload": Effect(lambda application: application.session.workspace.activate(opened(application)), traces),
    "save-trace": Effect(nothing, asked),
    "save-picture": Effect(nothing, asked),
    "save-rows": Effect(measured, asked),
    "copy-figures": Effect(
        lambda application: QApplication.clipboard().setText("before"),
        lambda application: QApplication.clipboard().text(),
    ),
    "pin": Effect(nothing, traces),
    "batch-1": Effect(batch_of_2, lambda application: application.session.scenario.batch),
    "batch-128": Effect(batch_of_2, lambda application: application.session.scenario.batch),
    "run": Effect(nothing, traces),
    "fit": Effect(zoomed, shown),
    "zoom-selection": Effect(measured, shown),
    "zoom-in": Effect(nothing, shown),
    "zoom-out": Effect(zoomed, shown),
    "undo": Effect(zoomed, shown),
    "redo": Effect(zoomed_and_undone, shown),
    "bigger": Effect(nothing, font_size),
    "smaller": Effect(nothing, font_size),
    "full-screen": Effect(nothing, lambda application: application.window.isFullScreen()),
    "search": Effect(lambda application: application.window.timeline.setFocus(), focus),
    "next-hit": Effect(nothing, lambda application: application.session.selection.selected),
    "previous-hit": Effect(nothing, lambda application: application.session.selection.selected),
    "go-time": Effect(nothing, asked),
    "mark": Effect(without_marks, lambda application: application.session.view.marks),
    "next-mark": Effect(marked, shown),
    "previous-mark": Effect(marked, shown),
    "filter-lanes": Effect(nothing, dialogs),
    "keys": Effect(nothing, dialogs),
    "close": Effect(nothing, traces),
    "simulate": Effect(nothing, traces),
    "quit": Effect(nothing, lambda application: application.window.isVisible()),
}


def opened(application: Application) -> Any:
    """The document of the file."""
    return next(document for document in application.session.workspace if document.path)


def entries(application: Application) -> Iterator[Entry]:
    """Lines of all menus that have a key."""
    assert application.window is not None
    for _, lines in menus(application.window.commands):
        yield from (line for line in lines if isinstance(line, Entry) and line.keys)


def press(application: Application, qtbot: Any, keys: str) -> None:
    """A key sequence of one stroke, in the timeline."""
    combination: QKeyCombination = QKeySequence(keys)[0]
    application.window.activateWindow()
    qtbot.waitUntil(application.window.isActiveWindow)
    application.window.timeline.setFocus()
    QTest.keyClick(application.window.timeline.canvas, combination.key(), combination.keyboardModifiers())


def waved_away(method: str, answer: object) -> Any:
    """A dialog of the system that is opened and cancelled."""

    def ask(*_: object, **__: object) -> object:
        QUESTIONS.append(method)
        return answer

    return staticmethod(ask)


@pytest.fixture
def ready(start: Start, qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Application:
    """A scenario and a file below each other, something found, and dialogs of the system that are waved away."""
    path = tmp_path / "run.parquet"
    with Bench() as bench:
        write_trace(
            run_scenario(*bench.scenario(ScenarioSpec("googlenet", 4, "depth-first", device="sim:h100-sxm"))).trace,
            path,
        )
    QUESTIONS.clear()
    for owner, method, answer in (
        (QFileDialog, "getOpenFileNames", ([], "")),
        (QInputDialog, "getText", ("", False)),
    ):
        monkeypatch.setattr(owner, method, waved_away(method, answer))
    monkeypatch.setattr("gui.commands.files.ask_save", lambda _, title, *__, **___: QUESTIONS.append(title))
    application = start(path, scenario=LIVE)
    application.session.search.query = "branch2a"
    settle(application, qtbot)
    assert application.session.search.count
    return application


def test_every_key_of_the_menus_does_what_its_line_says(ready: Application, qtbot: Any) -> None:
    found = {entry.name: entry for entry in entries(ready)}
    assert set(found) == set(EFFECTS), "every line with a key has its effect here"
    for name, effect in EFFECTS.items():
        for keys in found[name].keys[:1] if name in ("close", "quit", "simulate") else found[name].keys:
            effect.prepare(ready)
            settle(ready, qtbot)
            before = effect.seen(ready)
            press(ready, qtbot, keys)
            settle(ready, qtbot)
            assert effect.seen(ready) != before, f"{keys} ({name}) changes nothing"
            if name in ("keys", "filter-lanes"):
                for widget in QApplication.topLevelWidgets():
                    if widget is not ready.window:
                        widget.close()
            if name == "full-screen":
                press(ready, qtbot, keys)
                settle(ready, qtbot)


def test_no_key_over_the_lanes_is_one_of_a_menu(start: Start) -> None:
    """The menus take their keys wherever the keyboard is: such a key over the lanes would never be heard."""
    application = start(scenario=LIVE)
    taken = {QKeySequence(keys).toString() for entry in entries(application) for keys in entry.keys}
    keys = application.window.timeline.inputs.keys
    over = {QKeySequence(QKeyCombination(held, Qt.Key(key))).toString() for held, key in keys.heard()}
    assert len(over) > 20
    assert not over & taken


#: What keys give with Shift held on a US keyboard.
SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))


def heard_as(keys: str) -> set[str]:
    """All sequences that one press of keys may be taken for: Shift may be part of a sign, or be held beside it."""
    sequence = QKeySequence(keys).toString()
    sign = sequence[-1]
    held = sequence[:-1].split("+")[:-1]
    base = next((key for key, shifted in SHIFTED.items() if shifted == sign), None)
    if base is None and not ("Shift" in held and sign in SHIFTED):
        return {sequence}
    base, sign = (base, sign) if base is not None else (sign, SHIFTED[sign])
    others = [name for name in held if name != "Shift"]
    return {"+".join([*names, key]) for names, key in (
        (others, sign), ([*others, "Shift"], sign), ([*others, "Shift"], base)
    )}  # fmt: skip


def test_no_press_of_keys_is_meant_by_two_lines(start: Start) -> None:
    """The toolkit does neither of two: it calls the press ambiguous."""
    assert heard_as("Ctrl++") == {"Ctrl++", "Ctrl+Shift++", "Ctrl+Shift+="} == heard_as("Ctrl+Shift+=")
    assert heard_as("?") == {"?", "Shift+?", "Shift+/"}
    assert (heard_as("Ctrl+="), heard_as("F3")) == ({"Ctrl+="}, {"F3"})
    meant: dict[str, str] = {}
    for entry in entries(start(scenario=LIVE)):
        for keys in entry.keys:
            for sequence in heard_as(keys):
                assert meant.setdefault(sequence, entry.name) == entry.name, sequence
