"""A whole window in this process, without a screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from gui.application import Application
from gui.state.document import Status
from profiler.experiment.scenario import run_scenario
from profiler.experiment.spec import Bench, ScenarioSpec
from profiler.io import write_trace

Start = Callable[..., Application]


@pytest.fixture
def start(qapp: QApplication, qtbot: Any) -> Iterator[Start]:
    """Opens a window on traces and scenarios, and waits until everything is drawn; all are closed at the end."""
    made: list[Application] = []

    def open_window(*traces: object, remembers: bool = False, **options: Any) -> Application:
        application = Application(["lanescope"], remembers=remembers)
        made.append(application)
        application.open_window(options.pop("size", (1280, 720)))
        scenario, compare = options.pop("scenario", {}), options.pop("compare", False)
        application.start([str(trace) for trace in traces], scenario=scenario, compare=compare)
        settle(application, qtbot)
        return application

    yield open_window
    for application in made:
        application.close()
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated run in a file."""
    path = tmp_path_factory.mktemp("saved") / "run.parquet"
    with Bench() as bench:
        spec = ScenarioSpec("resnet50", 8, "depth-first", device="sim:h100-sxm")
        write_trace(run_scenario(*bench.scenario(spec)).trace, path)
    return path


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Writes events as a Chrome file."""

    def write(name: str, events: list[dict[str, Any]]) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"traceEvents": events}), encoding="utf-8")
        return path

    return write


def settle(application: Application, qtbot: Any) -> None:
    """Wait until nothing is going on."""

    def quiet() -> bool:
        session, window = application.session, application.window
        open_ones = (Status.LOADING, Status.PARTIAL)
        return window is not None and not (
            session.jobs.jobs
            or session.search.busy
            or window.is_busy()
            or any(document.status in open_ones for document in session.workspace)
        )

    qtbot.waitUntil(quiet)
    # An answer often starts the next question.
    for _ in range(3):
        qtbot.wait(20)
        qtbot.waitUntil(quiet)
