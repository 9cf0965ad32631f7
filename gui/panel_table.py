"""Which panels a window has, where they stand, and how each is made."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.docks import DockSpec
from gui.parts import Parts

_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


def dock_specs(parts: Parts) -> tuple[DockSpec, ...]:
    """Panels in the order in which they are placed; their modules are imported when they are first seen."""
    return (
        DockSpec("scenario", "Scenario", _LEFT, lambda: _scenario(parts)),
        DockSpec("figures", "Figures", _RIGHT, lambda: _figures(parts)),
        DockSpec("details", "Details", _RIGHT, lambda: _details(parts), "figures"),
        DockSpec("comparison", "Compare", _RIGHT, lambda: _comparison(parts), "figures"),
        DockSpec("events", "Events", _BOTTOM, lambda: _events(parts), open=False),
        DockSpec("area", "Area", _BOTTOM, lambda: _area(parts), "events", open=False),
        DockSpec("search", "Search", _BOTTOM, lambda: _search(parts), "events", open=False),
        DockSpec("histogram", "Durations", _BOTTOM, lambda: _histogram(parts), "events", open=False),
        DockSpec("sql", "SQL", _BOTTOM, lambda: _sql(parts), "events", open=False),
        DockSpec("notes", "Notes", _BOTTOM, lambda: _notes(parts), "events", open=False),
        DockSpec("overview", "GPUs", _BOTTOM, lambda: _overview(parts), "events", open=False),
    )


def first_page(parts: Parts) -> QWidget:
    """The page of an empty window: one image and 128 of them, live."""
    from gui.panels.first_run import FirstRunPage

    page = FirstRunPage(parts.session.settings, parts.service)
    page.open_asked.connect(parts.commands.files.open)
    page.recent_asked.connect(parts.commands.files.open_recent)
    page.start_asked.connect(parts.commands.scenario.start_at)
    return page


def _scenario(parts: Parts) -> QWidget:
    from gui.panels.scenario import ScenarioPanel

    panel = ScenarioPanel(parts.session.scenario, parts.devices, parts.session.workspace)
    panel.run_asked.connect(parts.commands.scenario.run)
    panel.pin_asked.connect(parts.commands.scenario.pin)
    return panel


def _figures(parts: Parts) -> QWidget:
    from gui.panels.figures import FiguresPanel

    return FiguresPanel(parts.session.workspace, parts.session.view, parts.service)


def _details(parts: Parts) -> QWidget:
    from gui.panels.details import DetailsPanel

    return DetailsPanel(parts.jumper, parts.service)


def _events(parts: Parts) -> QWidget:
    from gui.panels.events import EventsPanel

    return EventsPanel(parts.jumper, parts.service)


def _area(parts: Parts) -> QWidget:
    from gui.panels.area import AreaPanel

    session = parts.session
    return AreaPanel(session.workspace, session.selection, parts.service, session.jobs)


def _search(parts: Parts) -> QWidget:
    from gui.panels.search import SearchPanel

    return SearchPanel(parts.jumper, parts.session.search)


def _histogram(parts: Parts) -> QWidget:
    from gui.panels.histogram import HistogramPanel

    return HistogramPanel(parts.jumper, parts.service)


def _notes(parts: Parts) -> QWidget:
    from gui.panels.notes import NotesPanel

    return NotesPanel(parts.jumper)


def _comparison(parts: Parts) -> QWidget:
    from gui.panels.comparison import ComparisonPanel

    panel = ComparisonPanel(parts.jumper, parts.session.scenario, parts.service, parts.live.rank)
    panel.pin_asked.connect(parts.commands.scenario.pin)
    return panel


def _sql(parts: Parts) -> QWidget:
    from gui.panels.sql import SqlPanel

    return SqlPanel(parts.jumper, parts.service)


def _overview(parts: Parts) -> QWidget:
    from gui.panels.overview import OverviewPanel

    return OverviewPanel(parts.session.workspace)
