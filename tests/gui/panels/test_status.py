"""Pieces of the status bar, and the overview of GPUs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QMainWindow,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTableView,
    QToolButton,
    QWidget,
)

from gui.panels.overview import OverviewPanel
from gui.panels.status import add_status_pieces
from gui.state.document import Document
from gui.state.jobs import Level
from gui.state.view import Clock
from gui.timeline.stack import Stack
from profiler.analysis.overlap import analyze_devices
from profiler.report.palette import LIGHT
from profiler.timeline.layout import Style
from profiler.trace.schema import Severity
from profiler.units import format_ns, format_percent
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.traces import HOSTILE, launched, two_gpus

Show = Callable[..., QWidget]


class TestStatus:
    @pytest.fixture
    def window(self, desk: Desk, shown: Show) -> QWidget:
        made = QMainWindow()
        self.reloaded: list[Document] = []
        add_status_pieces(made.statusBar(), desk.workspace, desk.view, desk.jobs, self.reloaded.append)
        return shown(made, 1280, 200)

    def popup(self, window: QWidget, name: str) -> list[str]:
        frame = find(window, QFrame, name)
        assert frame.isVisible()
        return [label.text() for label in frame.findChildren(QLabel) if label.isVisible()]

    def test_losses_are_counted_and_listed(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        badge = find(window, QToolButton, "losses")
        assert not badge.isVisible()
        trace = launched()
        trace.stats.add("clock_repaired", Severity.REPAIRED, 2)
        trace.stats.add("dropped_records", Severity.DATA_LOSS, 1200)
        desk.open(trace)
        assert badge.isVisible()
        assert badge.text() == "⚠ import: 1,200 lost"
        qtbot.mouseClick(badge, Qt.MouseButton.LeftButton)
        lines = self.popup(window, "losses-list")
        assert lines[1:] == ["1,200  dropped records  (lost)", "2  clock repaired  (repaired)"]
        qtbot.keyClick(find(window, QFrame, "losses-list"), Qt.Key.Key_Escape)
        desk.open(two_gpus())
        assert not badge.isVisible()

    def test_a_changed_file_is_offered_to_be_read_again(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        button = find(window, QToolButton, "reload-changed")
        document = desk.open(launched())
        assert not button.isVisible()
        document.changed_on_disk = True
        assert button.isVisible()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert self.reloaded == [document]
        document.changed_on_disk = False
        assert not button.isVisible()
        document.changed_on_disk = True
        desk.open(two_gpus())
        assert not button.isVisible()

    def test_messages_are_plain_and_kept(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        piece = find(window, QToolButton, "message")
        assert not piece.isEnabled()
        desk.jobs.say("first")
        desk.jobs.say(HOSTILE, Level.ERROR)
        assert piece.text().startswith("✖ <b>bold</b>\\u202e")
        assert piece.fontMetrics().horizontalAdvance(piece.text()) <= piece.width()
        qtbot.mouseClick(piece, Qt.MouseButton.LeftButton)
        lines = self.popup(window, "message-history")
        assert lines[1].startswith("✖ <b>bold</b>")
        assert lines[2] == "first"
        for label in find(window, QFrame, "message-history").findChildren(QLabel):
            assert label.textFormat() is Qt.TextFormat.PlainText
        find(window, QFrame, "message-history").hide()

    def test_a_message_stands_at_the_left(self, desk: Desk, window: QWidget) -> None:
        piece = find(window, QToolButton, "message")
        blank = piece.grab().toImage()
        desk.jobs.say("words")
        image = piece.grab().toImage()
        changed = [
            x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) != blank.pixel(x, y)
        ]
        assert 4 <= min(changed) <= 16
        assert max(changed) < 100 < image.width()

    def test_many_messages_are_scrolled_by_keys(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        for number in range(60):
            desk.jobs.say(f"message {number}")
        piece = find(window, QToolButton, "message")
        piece.setFocus()
        qtbot.keyClick(piece, Qt.Key.Key_Space)
        popup = find(window, QFrame, "message-history")
        bar = popup.findChild(QScrollArea).verticalScrollBar()
        assert bar.maximum() > 0
        qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_PageDown)
        assert bar.value() > 0
        qtbot.keyClick(popup.focusWidget(), Qt.Key.Key_Escape)
        assert not popup.isVisible()

    def test_jobs_show_their_progress_and_are_cancelled(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        piece = find(window, QWidget, "jobs")
        assert not piece.isVisible()
        cancelled: list[str] = []
        first = desk.jobs.start("Opening a.json", lambda: cancelled.append("a"))
        assert piece.isVisible()
        bar = find(window, QProgressBar, "job-progress")
        assert (bar.minimum(), bar.maximum()) == (0, 0)
        desk.jobs.advance(first, 0.25)
        assert bar.value() / bar.maximum() == 0.25
        second = desk.jobs.start("Opening b.json", lambda: cancelled.append("b"))
        assert find(window, QToolButton, "more-jobs").text() == "+1"
        qtbot.mouseClick(find(window, QToolButton, "job-cancel"), Qt.MouseButton.LeftButton)
        qtbot.mouseClick(find(window, QToolButton, "more-jobs"), Qt.MouseButton.LeftButton)
        qtbot.mouseClick(find(window, QToolButton, f"job-{first}-cancel"), Qt.MouseButton.LeftButton)
        assert cancelled == ["b", "a"]
        desk.jobs.advance(first, 0.5)
        assert find(window, QProgressBar, f"job-{first}-progress").value() == 500
        desk.jobs.finish(second)
        desk.jobs.finish(first)
        assert not piece.isVisible()
        assert not find(window, QFrame, "jobs-list").isVisible()

    def test_times_count_from_where_a_person_wants(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        document = desk.open(launched())
        label, clock = find(window, QLabel, "view-time"), find(window, QToolButton, "clock")
        assert label.text() == f"{format_ns(desk.view.span_ns)} in view"
        desk.view.pointer_ns = 150_000
        assert label.text().startswith("150.0 µs  ·  ")
        menu = find(window, QMenu, "clock-menu")
        actions = menu.actions()
        assert [action.isEnabled() for action in actions] == [True, True, False]
        desk.view.add_mark(100_000)
        actions[2].trigger()
        assert desk.view.clock is Clock.MARK
        assert label.text().startswith("50.00 µs  ·  ")
        assert clock.text() == "from the last mark ▴"
        actions[1].trigger()
        assert label.text().startswith(f"{150_000 + document.origin_ns:,} ns  ·  ")
        desk.view.pointer_ns = None
        assert label.text().endswith("in view")

    def test_the_clock_opens_its_menu_by_key(self, desk: Desk, window: QWidget, qtbot: Any) -> None:
        clock = find(window, QToolButton, "clock")
        clock.setFocus()
        qtbot.keyClick(clock, Qt.Key.Key_Space)
        menu = find(window, QMenu, "clock-menu")
        assert menu.isVisible()
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
            qtbot.keyClick(menu, key)
        assert desk.view.clock is Clock.ABSOLUTE


class TestOverview:
    @pytest.fixture
    def panel(self, desk: Desk, shown: Show) -> QWidget:
        return shown(OverviewPanel(desk.workspace), 800, 200)

    def test_nothing_is_open(self, panel: QWidget) -> None:
        assert "No GPU" in find(panel, QLabel, "overview-words").text()

    def test_a_row_a_gpu_over_all_documents(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        ranks = desk.open(two_gpus(), title="rank0")
        run = desk.simulate(letter="A")
        assert ranks.trace is not None
        model = find(panel, QTableView, "overview-table").model()
        devices = [*analyze_devices(ranks.trace), *analyze_devices(run.trace)]  # both have one row a device
        assert model.rowCount() == len(devices) == 3
        assert [model.index(row, 5).data() for row in range(3)] == [format_ns(one.exposed_ns) for one in devices]
        assert [model.index(row, 4).data() for row in range(3)] == [
            format_percent(one.hidden_fraction) for one in devices
        ]
        assert [model.index(row, 2).data() for row in range(3)] == [
            format_percent(one.busy_ns / one.span_ns) for one in devices
        ]
        assert [model.index(row, 0).data() for row in range(3)] == [
            "GPU 0 GPU zero · rank0", "GPU 1 GPU one · rank0", "A: GPU 0 sim:h100-sxm · simulated",
        ]  # fmt: skip

    def test_a_click_makes_the_panels_speak_of_it(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        ranks = desk.open(two_gpus())
        desk.simulate()
        table = find(panel, QTableView, "overview-table")
        centre = table.visualRect(table.model().index(1, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
        assert desk.workspace.active is ranks
        assert ranks.device == 1
        desk.workspace.remove(ranks)
        assert table.model().rowCount() == 1

    def test_a_click_shows_a_gpu_alone_and_another_shows_all_again(
        self, desk: Desk, panel: QWidget, qtbot: Any
    ) -> None:
        ranks = desk.open(two_gpus())
        ranks.lanes.filter("compute|HtoD")
        table, every = find(panel, QTableView, "overview-table"), find(panel, QPushButton, "overview-all")
        stack = Stack()

        def tops() -> list[str]:
            stack.update([ranks], Style())
            return [strip.node.key for strip in stack.sections[0].arrangement.strips if not strip.level]

        def click(row: int) -> None:
            centre = table.visualRect(table.model().index(row, 0)).center()
            qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)

        both = tops()
        assert [key for key in both if key.startswith("gpu")] == ["gpu:0", "gpu:1"]
        assert every.isHidden()
        click(1)
        assert (ranks.device, tops()) == (1, [key for key in both if key != "gpu:0"])
        assert "Alone in the timeline" in find(panel, QLabel, "overview-words").text()
        click(0)
        assert (ranks.device, tops()) == (0, [key for key in both if key != "gpu:1"])
        click(0)
        assert (ranks.device, tops()) == (None, both)
        qtbot.keyClick(table, Qt.Key.Key_Down)
        qtbot.keyClick(table, Qt.Key.Key_Return)
        assert tops() == [key for key in both if key != "gpu:0"]
        qtbot.mouseClick(every, Qt.MouseButton.LeftButton)
        assert (ranks.device, tops()) == (None, both)
        assert every.isHidden()
        assert ranks.lanes.choice.pattern == "compute|HtoD", "the filter stays"

    def test_bars_are_as_long_as_the_figures(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        ranks = desk.open(two_gpus())
        assert ranks.trace is not None
        first, second = analyze_devices(ranks.trace)
        table = find(panel, QTableView, "overview-table")
        image = table.viewport().grab().toImage()
        exposed = []
        for row in (0, 1):
            box = table.visualRect(table.model().index(row, 3))
            line = [image.pixelColor(x, box.center().y()).name().upper() for x in range(box.left(), box.right())]
            exposed.append(line.count(LIGHT.exposed))
        assert abs(exposed[1] / exposed[0] - second.exposed_ns / first.exposed_ns) < 0.05
