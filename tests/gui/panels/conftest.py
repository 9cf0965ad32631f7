"""What the panels' tests share: a window's state with documents in it, and a service that answers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from gui.state.document import Document, Kind
from gui.state.jobs import JobsState
from gui.state.jumping import Jumper
from gui.state.scenario import ScenarioState
from gui.state.search import SearchState
from gui.state.selection import SelectionState
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from profiler.experiment.scenario import Outcome, run_scenario
from profiler.experiment.spec import Bench
from profiler.trace.tables import Trace
from tests.gui.panels.standin import StandIn, document_of, show


class Desk:
    """All state of a window, without the window."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace()
        self.view = ViewState()
        self.selection = SelectionState()
        self.scenario = ScenarioState()
        self.search = SearchState()
        self.jobs = JobsState()
        self.service = StandIn(folder, self.jobs)
        self.jumper = Jumper(self.workspace, self.view, self.selection)

    def add(self, document: Document) -> Document:
        """Put a document into the workspace and show all of it."""
        self.workspace.add(document)
        self.view.set_limits(self.workspace.span_ns, fit=True)
        return document

    def open(self, trace: Trace, title: str = "trace.parquet", **fields: Any) -> Document:
        """Open a trace as if it came from a file."""
        return self.add(document_of(self.service, trace, title, **fields))

    def simulate(self, letter: str = "", **knobs: Any) -> Document:
        """A document of a scenario; the live one without a letter."""
        outcome = simulated(**knobs)
        document = Document(kind=Kind.SCENARIO, title="simulated", letter=letter, scenario=scenario(**knobs).to_json())
        return self.add(show(self.service, document, outcome.trace, outcome.to_json()))


def scenario(**knobs: Any) -> ScenarioState:
    """Knobs of a small scenario."""
    return ScenarioState(**{"batch": 16, **knobs})


def simulated(**knobs: Any) -> Outcome:
    """A scenario that was run on the simulator."""
    return _simulated(tuple(sorted(knobs.items())))


@lru_cache
def _simulated(knobs: tuple[tuple[str, Any], ...]) -> Outcome:
    return run_scenario(*Bench().scenario(scenario(**dict(knobs)).spec()))


@pytest.fixture
def desk(qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    """An empty window's state."""
    made = Desk(tmp_path)
    yield made
    made.service.deleteLater()


@pytest.fixture
def shown(qtbot: Any) -> Callable[..., QWidget]:
    """Show a panel as wide as a side of the window, with the keyboard."""

    def place(panel: QWidget, width: int = 320, height: int = 640) -> QWidget:
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        qtbot.waitExposed(panel)
        panel.activateWindow()
        return panel

    return place


def find(owner: QWidget, kind: type[QObject], name: str) -> Any:
    """The control of a name."""
    found = owner.findChild(kind, name)
    assert found is not None, f"no {kind.__name__} is called {name}"
    return found
