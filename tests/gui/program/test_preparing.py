"""In idle moments the window gets ready for what comes next, and stands aside while something is asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from gui import panel_table
from gui.preparing import MODULES, Preparing
from tests.helpers.patience import PATIENCE_S
from tests.helpers.project import ROOT

#: What a window shows from the beginning.
AT_START = {"gui.panels.scenario", "gui.panels.figures", "gui.panels.first_run"}


class Idle(QObject):
    """A service that notes which workers are started."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        self.warmed: list[str] = []

    def warm(self, role: str) -> None:
        self.warmed.append(role)


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often objects were kept from collections; here they are not, for leaks are looked for among them."""
    found: list[int] = []
    monkeypatch.setattr("gui.preparing.gc.freeze", lambda: found.append(1))
    return found


def test_everything_is_prepared_a_step_at_a_time(qtbot: Any, frozen: list[int]) -> None:
    service = Idle()
    preparing = Preparing(service)
    qtbot.waitUntil(lambda: preparing.done)
    assert service.warmed == ["simulate"]
    assert set(MODULES) <= set(sys.modules)
    assert frozen == [1, 1], "at the start, and once everything is there"


def test_a_job_that_goes_on_and_on_does_not_keep_the_simulator_away(qtbot: Any) -> None:
    service = Idle()
    service.busy = 1
    preparing = Preparing(service)
    qtbot.waitUntil(lambda: service.warmed == ["simulate"])
    assert not preparing.done
    preparing.close()


def test_nothing_is_prepared_while_a_job_runs_or_once_the_window_is_closed(qtbot: Any) -> None:
    service = Idle()
    service.busy = 1
    preparing = Preparing(service)
    qtbot.wait(200)
    assert not preparing.done
    assert not service.warmed
    preparing.close()
    service.busy = 0
    qtbot.wait(200)
    assert not service.warmed


def test_no_panel_is_forgotten() -> None:
    program = f"import sys, importlib; [importlib.import_module(name) for name in {MODULES!r}]; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    ).stdout.split()
    tree = ast.parse(Path(panel_table.__file__).read_text(encoding="utf-8"))
    built = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module is not None}
    later = {name for name in built if name.startswith("gui.panels.")} - AT_START
    assert len(later) > 8
    assert later <= set(loaded)
