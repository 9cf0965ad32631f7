"""A window without widgets: state, controllers and real workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.state.document import Document
from gui.state.jobs import JobsState
from gui.state.scenario import ScenarioState
from gui.state.workspace import Workspace
from gui.workers.folder import PrivateFolder
from gui.workers.service import Service
from profiler.io import write_trace
from tests.timeline.synthetic import pipeline


@dataclass
class Window:
    """A window without widgets."""

    workspace: Workspace
    jobs: JobsState
    scenario: ScenarioState
    service: Service
    opening: Opening
    live: Live
    qtbot: QtBot

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds)

    def opened(self, path: Path | str) -> Document:
        """A document that is read, drawn and measured."""
        document = self.opening.open(path)
        self.until(lambda: document.figures is not None)
        return document

    def answer(self, ask: Callable[..., object], *args: Any, **more: Any) -> Any:
        """What a service answers."""
        found: list[Any] = []
        ask(*args, found.append, failed=found.append, **more)
        self.until(lambda: bool(found))
        return found[0]


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    workspace, state, scenario = Workspace(), JobsState(), ScenarioState()
    scenario.update(workload="sum-float32", precision=None, batch=16, chunks=4)
    results = tmp_path / "results"
    results.mkdir()
    service = Service(state, folder=PrivateFolder(memory=tmp_path / "nowhere", disk=results))
    opening = Opening(workspace, state, service)
    live = Live(scenario, workspace, service)
    yield Window(workspace, state, scenario, service, opening, live, qtbot)
    for document in workspace:
        workspace.remove(document)
    opening.close()
    service.close()
    assert not list(results.iterdir())
    for thing in (opening, service):
        thing.deleteLater()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=12), path)
    return path
