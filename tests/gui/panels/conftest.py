"""What the panels' tests share: a window's state with documents in it, and a service that answers at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from gui.state.document import Document, Kind, Status
from gui.state.jobs import JobsState
from gui.state.jumping import Jumper
from gui.state.scenario import ScenarioState
from gui.state.selection import SelectionState
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from profiler.experiment.scenario import Outcome, run_scenario
from profiler.experiment.spec import Bench
from profiler.timeline.model import Timeline
from tests.gui.panels.standin import StandIn


@dataclass
class Desk:
    """All state of a window, without the window."""

    workspace: Workspace = field(default_factory=Workspace)
    view: ViewState = field(default_factory=ViewState)
    selection: SelectionState = field(default_factory=SelectionState)
    scenario: ScenarioState = field(default_factory=ScenarioState)
    jobs: JobsState = field(default_factory=JobsState)
    service: StandIn = field(default_factory=StandIn)

    @property
    def jumper(self) -> Jumper:
        return Jumper(self.workspace, self.view, self.selection)

    def add(self, document: Document) -> Document:
        """Open a document and show all of it."""
        self.workspace.add(document)
        self.view.set_limits(self.workspace.span_ns, fit=True)
        return document

    def simulate(self, **knobs: Any) -> Document:
        """A live document of a scenario."""
        outcome = simulated(**knobs)
        document = Document(kind=Kind.SCENARIO, title="simulated", figures=outcome.to_json())
        exposed = {0: (outcome.overlap.exposure.start, outcome.overlap.exposure.end)} if outcome.overlap else None
        document.show(outcome.trace, Timeline(outcome.trace, exposed), status=Status.READY)
        return self.add(document)


def simulated(**knobs: Any) -> Outcome:
    """A scenario that was run on the simulator."""
    state = ScenarioState(**{"batch": 16, **knobs})
    return run_scenario(*Bench().scenario(state.spec()))


@pytest.fixture
def desk(qapp: QApplication) -> Desk:
    """An empty window's state."""
    return Desk()


@pytest.fixture
def shown(qtbot: Any) -> Callable[[QWidget], QWidget]:
    """Show a panel as wide as a side of the window, with the keyboard."""

    def show(panel: QWidget, width: int = 320, height: int = 640) -> QWidget:
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        qtbot.waitExposed(panel)
        panel.activateWindow()
        return panel

    return show


def find(owner: QWidget, kind: type[QObject], name: str) -> Any:
    """The control of a name."""
    found = owner.findChild(kind, name)
    assert found is not None, f"no {kind.__name__} is called {name}"
    return found
