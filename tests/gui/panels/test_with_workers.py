"""The panels on real workers: every question goes to another process and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QTableView,
    QWidget,
)

from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.panels.area import AreaPanel
from gui.panels.comparison import ComparisonPanel
from gui.panels.details import DetailsPanel
from gui.panels.events import EventsPanel
from gui.panels.figures import FiguresPanel
from gui.panels.first_run import FirstRunPage
from gui.panels.histogram import HistogramPanel
from gui.panels.search import SearchPanel
from gui.panels.searching import Searching
from gui.panels.sql import SqlPanel
from gui.state.document import Document, Status
from gui.state.jumping import Jumper
from gui.state.selection import Area, Slice
from gui.state.session import Session
from gui.state.settings import Settings
from gui.workers.folder import PrivateFolder
from gui.workers.service import Service
from profiler.analysis.overlap import analyze_devices
from profiler.io import write_trace
from profiler.timeline.tree import lane_tree
from profiler.units import format_ns, format_percent
from tests.gui.panels.conftest import find, simulated
from tests.gui.panels.test_tables import cells, title
from tests.gui.panels.traces import many


class Window:
    """A session on real workers, with a file open."""

    def __init__(self, folder: Path, qtbot: Any) -> None:
        self.qtbot = qtbot
        self.session = Session(settings=Settings())
        self.service = Service(self.session.jobs, folder=PrivateFolder(memory=folder / "none", disk=folder))
        self.opening = Opening(self.session.workspace, self.session.jobs, self.service)
        self.live = Live(self.session.scenario, self.session.workspace, self.service)
        self.jumper = Jumper(self.session.workspace, self.session.view, self.session.selection)

    def until(self, holds: Any) -> None:
        self.qtbot.waitUntil(holds)

    def open(self, path: Path) -> Document:
        document = self.opening.open(path)
        self.until(lambda: document.status is Status.READY)
        self.session.view.set_limits(self.session.workspace.span_ns, fit=True)
        return document

    def show(self, panel: QWidget) -> QWidget:
        self.qtbot.addWidget(panel)
        panel.resize(900, 600)
        panel.show()
        self.qtbot.waitExposed(panel)
        return panel


@pytest.fixture
def window(tmp_path: Path, qtbot: Any) -> Iterator[Window]:
    made = Window(tmp_path, qtbot)
    yield made
    made.service.close()
    made.service.deleteLater()


def test_tables_and_details_of_a_file(window: Window, tmp_path: Path, qtbot: Any) -> None:
    write_trace(many(), tmp_path / "many.parquet")
    session, jumper, service = window.session, window.jumper, window.service
    document = window.open(tmp_path / "many.parquet")
    figures = window.show(FiguresPanel(session.workspace, session.view, service))
    details = window.show(DetailsPanel(jumper, service))
    histogram = window.show(HistogramPanel(jumper, service))
    events = window.show(EventsPanel(jumper, service))
    area = window.show(AreaPanel(session.workspace, session.selection, service, session.jobs))
    search = SearchPanel(jumper, session.search)
    Searching(session.workspace, session.search, service, parent=search)
    window.show(search)
    assert document.trace is not None
    assert document.timeline is not None
    session.selection.selected = Slice(document.id, 27)
    gpu = lane_tree(document.trace, document.timeline.lanes)[0]
    session.selection.area = Area(document.id, (gpu.key,), (0, 10_000_000))
    box = find(search, QLineEdit, "search-query")
    box.setFocus()
    qtbot.keyClicks(box, "kernel_03")
    table = find(events, QTableView, "events-table")
    title(table, 3, qtbot)
    compute = analyze_devices(document.trace)[0].compute_ns
    window.until(lambda: find(figures, QLabel, "figure-compute_ns").text() == format_ns(compute))
    window.until(lambda: "of the 250 slices" in find(details, QLabel, "slice-length").text())
    window.until(lambda: find(details, QLabel, "fact-row").whole == "27")
    window.until(lambda: find(histogram, QLabel, "histogram-words").text().startswith("250 slices"))
    window.until(lambda: find(area, QTableView, "area-table").model().rowCount() == 20)
    window.until(lambda: find(search, QLabel, "hit-count").text() == "250 found")
    bar = find(events, QScrollBar, "events-table-scroll")
    window.until(lambda: (bar.setValue(0), cells(table, 3)[0])[1] == "never ended")
    qtbot.mouseClick(find(histogram, QPushButton, "next-instance"), Qt.MouseButton.LeftButton)
    window.until(lambda: session.selection.selected == Slice(document.id, 47))


def test_sql_of_a_file(window: Window, tmp_path: Path, qtbot: Any) -> None:
    pytest.importorskip("duckdb")
    write_trace(many(), tmp_path / "many.parquet")
    document = window.open(tmp_path / "many.parquet")
    panel = window.show(SqlPanel(window.jumper, window.service))
    editor = find(panel, QPlainTextEdit, "sql-editor")
    editor.setFocus()
    qtbot.keyClicks(editor, "select id from kernels where name = 'kernel_05' order by id")
    qtbot.mouseClick(find(panel, QPushButton, "run-sql"), Qt.MouseButton.LeftButton)
    window.until(lambda: find(panel, QLabel, "sql-words").text() == "250 rows")
    table = find(panel, QTableView, "sql-table")
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    chosen = window.session.selection.selected
    assert chosen is not None
    assert (chosen.document, chosen.row % 20) == (document.id, 5)


def test_pinning_and_ranking_a_live_scenario(window: Window, qtbot: Any) -> None:
    session, live = window.session, window.live
    session.scenario.update(workload="gemm", device="sim:t4", batch=4, precision="int8")
    panel = ComparisonPanel(window.jumper, session.scenario, window.service, live.rank)
    panel.pin_asked.connect(live.pin)
    window.show(panel)
    live.start()
    window.until(lambda: live.document.status is Status.READY)
    live.pin()
    session.scenario.batch = 8
    window.until(lambda: live.document.figures is not None and live.document.figures["batch"] == 8)
    tabs = panel.findChild(QWidget, "comparison-pages")
    tabs.setCurrentIndex(2)
    window.until(lambda: find(panel, QTableView, "matched-table").model().rowCount() > 0)
    tabs.setCurrentIndex(1)
    window.until(lambda: find(panel, QLabel, "ranking-words").text().endswith("its own knobs"))
    table = find(panel, QTableView, "ranking-table")
    place = next(row for row, text in enumerate(cells(table, 1)) if text == "serial")
    at = table.visualRect(table.model().index(place, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    window.until(lambda: [one.letter for one in session.workspace if one.letter] == ["A", "B"])
    pinned = next(one for one in session.workspace if one.letter == "B")
    assert pinned.figures is not None
    assert pinned.figures["strategy"] == "serial"
    assert pinned.trace is live.document.trace


def test_the_first_page_is_alive(window: Window) -> None:
    page = window.show(FirstRunPage(Settings(), window.service))
    overlap = simulated(batch=128).overlap
    share = overlap.hidden_fraction if overlap is not None else None
    window.until(lambda: find(page, QLabel, "demo-many-hidden").text() == f"{format_percent(share)} of copies hidden")
    window.until(lambda: find(page, QLabel, "demo-one-hidden").text() == "0.0 % of copies hidden")
    assert QApplication.focusWidget() is None or page.isAncestorOf(QApplication.focusWidget())
