"""All state of a window in one place, and how it is kept from one start to the next."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any

from gui.state.document import Document, Kind
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

_LONGEST_LETTER = 4


@dataclass(frozen=True, slots=True)
class Remembered:
    """A document of the last session: a file, a pinned state by its knobs, or, with neither, the live scenario."""

    letter: str = ""
    path: str = ""
    knobs: dict[str, Any] | None = None


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
            "documents": [_kept(one) for one in self.workspace if one.kind is not Kind.CAPTURE][:_MOST_FILES],
            "shown": list(self.view.shown),
        }

    def restorable_knobs(self) -> dict[str, Any]:
        """Knobs of the last session, as far as they run nothing but a simulation."""
        return _harmless(self.settings.session.get("scenario"))

    def restorable_documents(self) -> list[Remembered]:
        """What was open, in its order: files that are still there, and scenarios that only need a simulation.

        Of the other files the window says that they are gone.
        """
        for name in self._files():
            if not os.path.isfile(name):
                self.jobs.say(f"{name}: was open the last time and is no longer there.", Level.WARNING)
        rows = self.settings.session.get("documents")
        if rows is None:
            return [Remembered(path=path) for path in self._files() if os.path.isfile(path)]
        found = [_remembered(row) for row in rows[:_MOST_FILES]] if isinstance(rows, list) else []
        return [one for one in found if one is not None]

    def _files(self) -> list[str]:
        names = self.settings.session.get("files")
        return [name for name in names if isinstance(name, str)][:_MOST_FILES] if isinstance(names, list) else []

    def restorable_view(self) -> tuple[int, int] | None:
        """The stretch that was seen."""
        shown = self.settings.session.get("shown")
        if isinstance(shown, list) and [type(edge) for edge in shown] == [int, int]:
            start, end = shown
            return (start, end) if start < end and max(abs(start), abs(end)) < 1 << 62 else None
        return None


def _kept(document: Document) -> dict[str, Any]:
    if document.kind is Kind.FILE:
        return {"file": os.path.abspath(document.path), "letter": document.letter}
    knobs = document.scenario if document.letter else None
    return {"scenario": knobs, "letter": document.letter}


def _remembered(row: Any) -> Remembered | None:
    """A row as it was kept; None for what is damaged, gone, or would run more than a simulation."""
    if not isinstance(row, dict):
        return None
    letter, path, knobs = row.get("letter", ""), row.get("file"), row.get("scenario")
    if not isinstance(letter, str) or len(letter) > _LONGEST_LETTER or (letter and not letter.isalnum()):
        return None
    if isinstance(path, str):
        return Remembered(letter, path=path) if os.path.isfile(path) else None
    if not letter:
        return Remembered() if knobs is None and "scenario" in row else None
    if not isinstance(knobs, dict):
        return None
    sound = _harmless(knobs)
    changed = [name for name in _KNOBS if name in knobs and sound.get(name, _KNOBS) != knobs[name]]
    return None if changed else Remembered(letter, knobs=sound)


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
