"""Every panel, made from a desk."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMainWindow, QWidget

from gui.panels.area import AreaPanel
from gui.panels.comparison import ComparisonPanel
from gui.panels.details import DetailsPanel
from gui.panels.events import EventsPanel
from gui.panels.figures import FiguresPanel
from gui.panels.first_run import FirstRunPage
from gui.panels.histogram import HistogramPanel
from gui.panels.notes import NotesPanel
from gui.panels.overview import OverviewPanel
from gui.panels.scenario import ScenarioPanel
from gui.panels.search import SearchPanel
from gui.panels.searching import Searching
from gui.panels.sql import SqlPanel
from gui.panels.status import add_status_pieces
from gui.state.devices import DevicesState
from gui.state.settings import Settings
from gui.workers.jobs import Rank
from tests.gui.panels.conftest import Desk


def _comparison(desk: Desk) -> QWidget:
    def rank(done: Callable[[object], None], failed: Callable[[object], None]) -> object:
        job = Rank(spec=desk.scenario.spec())
        return desk.service.submit(job, channel="rank", done=done, partial=done, failed=failed)

    desk.scenario.update(workload="gemm", device="sim:t4", batch=2)
    return ComparisonPanel(desk.jumper, desk.scenario, desk.service, rank)


def _search(desk: Desk) -> QWidget:
    panel = SearchPanel(desk.jumper, desk.search)
    Searching(desk.workspace, desk.search, desk.service, parent=panel)
    return panel


def _status(desk: Desk) -> QWidget:
    window = QMainWindow()
    add_status_pieces(window.statusBar(), desk.workspace, desk.view, desk.jobs)
    return window


PANELS: dict[str, Callable[[Desk], QWidget]] = {
    "scenario": lambda desk: ScenarioPanel(desk.scenario, DevicesState(), desk.workspace),
    "figures": lambda desk: FiguresPanel(desk.workspace, desk.view, desk.service),
    "details": lambda desk: DetailsPanel(desk.jumper, desk.service),
    "search": _search,
    "area": lambda desk: AreaPanel(desk.workspace, desk.selection, desk.service, desk.jobs),
    "events": lambda desk: EventsPanel(desk.jumper, desk.service),
    "histogram": lambda desk: HistogramPanel(desk.jumper, desk.service),
    "sql": lambda desk: SqlPanel(desk.jumper, desk.service),
    "notes": lambda desk: NotesPanel(desk.jumper),
    "overview": lambda desk: OverviewPanel(desk.workspace),
    "comparison": _comparison,
    "first-run": lambda desk: FirstRunPage(Settings(recent=("/data/a.json",)), desk.service),
    "status": _status,
}
