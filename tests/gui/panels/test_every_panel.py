"""What holds of every panel: names, plain text, the Tab key, hostile files, and documents that come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

from gui.state.document import Document
from gui.state.jobs import Level
from gui.state.search import Hits
from gui.state.selection import Area, Slice
from gui.state.view import Mark
from profiler.timeline.tree import lane_tree
from profiler.trace.tables import Trace
from tests.gui.panels.conftest import Desk, simulated
from tests.gui.panels.every import PANELS
from tests.gui.panels.standin import show
from tests.gui.panels.traces import HOSTILE, launched, many, two_gpus

Show = Callable[..., QWidget]

_CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit,
)  # fmt: skip


def controls(panel: QWidget) -> list[QWidget]:
    """What a person can use, without the parts that Qt makes inside of it."""
    found = [control for kind in _CONTROLS for control in panel.findChildren(kind)]
    inner = (QScrollBar, QHeaderView)
    return [
        control
        for control in found
        if not isinstance(control, inner) and not control.objectName().startswith("qt_") and not _inside(control)
    ]


def _inside(control: QWidget) -> bool:
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView, QTabBar)):
            return True
        parent = parent.parentWidget()
    return False


def settle() -> None:
    for _ in range(12):
        QApplication.processEvents()


def fill(desk: Desk, trace: Trace) -> Document:
    """A document with everything chosen in it that a panel can show."""
    document = desk.open(trace, title=HOSTILE, path="/data/trace.parquet")
    assert document.trace is not None
    assert document.timeline is not None
    top = lane_tree(document.trace, document.timeline.lanes)[0]
    desk.selection.selected = Slice(document.id, len(trace) // 2)
    desk.selection.area = Area(document.id, (top.key,), (0, max(document.span_ns, 1)))
    desk.selection.named = Slice(document.id, 0)
    desk.view.marks = (Mark(0, HOSTILE), Mark(5, "here"))
    desk.view.measure(0, max(document.span_ns // 2, 1))
    desk.search.query = "k"
    desk.jobs.say(HOSTILE, Level.WARNING)
    desk.jobs.start(HOSTILE)
    return document


@pytest.mark.parametrize("name", PANELS)
def test_every_control_has_a_name_and_says_what_it_does(desk: Desk, shown: Show, name: str) -> None:
    panel = shown(PANELS[name](desk))
    fill(desk, two_gpus())
    settle()
    names = [control.objectName() for control in controls(panel)]
    assert all(names), [type(control).__name__ for control in controls(panel) if not control.objectName()]
    assert [one for one, number in Counter(names).items() if number > 1] == []
    for control in controls(panel):
        assert control.accessibleName() == control.objectName()
        assert control.toolTip(), control.objectName()


@pytest.mark.parametrize("name", PANELS)
def test_the_tab_key_reaches_every_control(desk: Desk, shown: Show, name: str) -> None:
    panel = shown(PANELS[name](desk), 900, 900)
    fill(desk, launched())
    settle()
    wanted = {
        control.objectName()
        for control in controls(panel)
        if control.isVisible() and control.isEnabled() and control.focusPolicy() != Qt.FocusPolicy.NoFocus
    }
    reached: set[str] = set()
    QTest.keyClick(panel, Qt.Key.Key_Tab)
    for _ in range(3 * len(wanted) + 10):
        focus = QApplication.focusWidget()
        if focus is None:
            break
        reached.add(focus.objectName())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert wanted - reached == set()


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("trace", [launched, many], ids=["few", "many"])
def test_what_a_file_says_is_plain_text(desk: Desk, shown: Show, name: str, trace: Any) -> None:
    panel = shown(PANELS[name](desk))
    fill(desk, trace())
    desk.selection.selected = Slice(next(iter(desk.workspace)).id, 5)
    settle()
    for label in panel.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText, label.objectName()
        assert not label.openExternalLinks()
        assert len(label.text()) <= 1100
        assert "\u202e" not in label.text()
        assert "\x1b" not in label.text()
    for widget in panel.findChildren(QWidget):
        tip = widget.toolTip()
        assert "\u202e" not in tip
        assert not tip or (tip.startswith("<p>") and "<b>" not in tip), widget.objectName()
    assert panel.minimumSizeHint().width() <= 900


@pytest.mark.parametrize("name", PANELS)
def test_documents_come_change_fail_and_go(desk: Desk, shown: Show, name: str) -> None:
    panel = shown(PANELS[name](desk))
    first = fill(desk, many(300))
    second = fill(desk, launched())
    live = desk.simulate(batch=16)
    settle()
    for batch in (1, 16):
        outcome = simulated(batch=batch, strategy="serial")
        desk.selection.selected = Slice(live.id, len(live.trace or ()) - 1)
        show(desk.service, live, outcome.trace, outcome.to_json())
        settle()
    second.fail(HOSTILE)
    desk.service.failure = "the worker ended"
    desk.view.show(0, 1000)
    settle()
    desk.service.failure = ""
    desk.service.held = True
    desk.search.put((Hits(first.id, *2 * (many(5)["ts"],)),))
    for document in (first, second, live):
        desk.workspace.remove(document)
        desk.selection.forget(document.id)
        desk.search.forget(document.id)
        settle()
    desk.service.let_go()
    settle()
    assert panel.isVisible()


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_closed_with_questions_open_is_never_answered(desk: Desk, shown: Show, name: str) -> None:
    desk.service.held = True
    panel = shown(PANELS[name](desk))
    fill(desk, launched())
    settle()
    panel.close()
    panel.deleteLater()
    settle()
    desk.service.let_go()
    settle()
    desk.view.measure(0, 77)
    desk.selection.selected = None
    desk.workspace.remove(next(iter(desk.workspace)))
    settle()


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_is_usable_at_its_least_size(desk: Desk, shown: Show, name: str) -> None:
    """In a window of 1280 x 720 the left side has 272 pixels, the right one 324, and the lower one 220 of height."""
    panel = shown(PANELS[name](desk))
    fill(desk, two_gpus())
    settle()
    least = panel.minimumSizeHint()
    width = {"scenario": 272, "figures": 324, "details": 324, "comparison": 324}.get(name, 900)
    assert least.width() <= width
    assert least.height() <= 560
