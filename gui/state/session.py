"""All state of a window in one place, and how it is kept from one start to the next."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any

from gui.state.document import Kind
from gui.state.jobs import JobsState, Level
from gui.state.scenario import ScenarioState
from gui.state.search import SearchState
from gui.state.selection import SelectionState
from gui.state.settings import Settings
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from profiler.plan.registry import STRATEGIES
from profiler.plan.settings import MEMORIES
from profiler.workload.model import INPUT_FORMATS, PRECISIONS
from profiler.workload.registry import workload_names

#: Knobs that a session may bring back: plain names and numbers. A workload that is code of the user's is not among
#: what is brought back, nor is a real device: nothing runs by itself because it ran last time.
_KNOBS = {
    entry.name: entry.type
    for entry in fields(ScenarioState)
    if entry.name not in ("seed", "repeats")
}  # fmt: skip

#: Knobs that are one of a few names. Another version of Lanescope, whose settings these are too, may have more.
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "workload": workload_names(),
    "precision": (None, *PRECISIONS),
    "input_format": (None, *INPUT_FORMATS),
    "strategy": STRATEGIES,
    "base": (None, *STRATEGIES),
    "memory": MEMORIES,
}

_MOST_FILES = 12


@dataclass(eq=False)
class Session:
    """What widgets and controllers are given; each takes the parts it needs."""

    settings: Settings = field(default_factory=Settings)
    scenario: ScenarioState = field(default_factory=ScenarioState)
    workspace: Workspace = field(default_factory=Workspace)
    view: ViewState = field(default_factory=ViewState)
    selection: SelectionState = field(default_factory=SelectionState)
    search: SearchState = field(default_factory=SearchState)
    jobs: JobsState = field(default_factory=JobsState)

    def remember(self) -> None:
        """Put what is open into ``settings.session``; the file is written by whoever closes the window."""
        files = [document.path for document in self.workspace if document.kind is Kind.FILE and document.path]
        knobs = {name: value for name, value in self.scenario.to_json().items() if name in _KNOBS}
        kept = {name: value for name, value in self.settings.session.items() if name in ("geometry", "layout")}
        self.settings.session = {
            **kept,
            "files": [os.path.abspath(path) for path in files[:_MOST_FILES]],
            "scenario": knobs,
            "shown": list(self.view.shown),
        }

    def restorable(self) -> tuple[list[str], dict[str, Any]]:
        """Files of the last session that are still there, and its knobs as far as they run nothing but a simulation.

        Of the other files the window says that they are gone.
        """
        last = self.settings.session
        names = last.get("files")
        files = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        there = [name for name in files[:_MOST_FILES] if os.path.isfile(name)]
        for name in files[:_MOST_FILES]:
            if name not in there:
                self.jobs.say(f"{name}: was open the last time and is no longer there.", Level.WARNING)
        return there, _harmless(last.get("scenario"))


def _harmless(knobs: Any) -> dict[str, Any]:
    if not isinstance(knobs, dict):
        return {}
    sound = {name: value for name, value in knobs.items() if name in _KNOBS and _fits(value, name)}
    if not str(sound.get("device", "")).startswith("sim:"):
        sound.pop("device", None)
    return sound


def _fits(value: Any, name: str) -> bool:
    """Whether a remembered knob is of the kind that the knob is."""
    kind = str(_KNOBS[name])
    if name in _CHOICES:
        return value in _CHOICES[name]
    if value is None:
        return "None" in kind
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    wanted = str if "str" in kind else float if "float" in kind else int
    if wanted is float:
        return isinstance(value, int | float) and 1 / 64 <= value <= 64
    return isinstance(value, wanted) and (wanted is str or 0 < int(value) <= 1_000_000)
