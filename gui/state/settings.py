"""What the window remembers between two starts: recent files, the last session, how it looks."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

THEMES = ("system", "light", "dark")

#: Steps of the interface scale.
SCALES = (0.75, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)

_RECENT_KEPT = 12


def settings_path() -> Path:
    """``settings.json`` in Lanescope's folder of the user's configuration (XDG Base Directory Specification).

    Raises
    ------
    RuntimeError
        The user has no home.
    """
    home = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".config"
    return base / "lanescope" / "settings.json"


@dataclass(eq=False)
class Settings:
    """Observable settings.

    Attributes
    ----------
    theme : str
        One of `THEMES`.
    scale : float
        Factor on all texts and measures, one of `SCALES`.
    recent : tuple of str
        Files opened, the newest first.
    session : dict
        Files, knobs, view and window geometry of the last time. It is data: nothing in it is ever run by itself.
    first_run : bool
        The demonstration has not been seen yet.
    """

    theme: str = "system"
    scale: float = 1.0
    recent: tuple[str, ...] = ()
    session: dict[str, Any] = field(default_factory=dict)
    first_run: bool = True

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def __post_init__(self) -> None:
        self._this_time: str | None = None
        self._theme_kept = self.theme
        self._was = self.kept
        self._forgotten: set[str] = set()

    def wear(self, theme: str) -> None:
        """Another theme this time only; what is kept is the old one, until a person chooses another."""
        self._this_time, self._theme_kept = theme, self.theme
        self.theme = theme

    @property
    def kept(self) -> dict[str, Any]:
        """What the next start gets."""
        return {**asdict(self), "theme": self._theme_kept if self.theme == self._this_time else self.theme}

    def merged(self, now: dict[str, Any]) -> dict[str, Any]:
        """What the next start gets where another window has written ``now`` since this one was opened.

        What was changed here, and of all else what the other left; of the recent files those of both.
        """
        mine = self.kept
        choices: dict[str, Any] = {name: now[name] for name in ("theme", "scale", "first_run") if name in now}
        theirs = {name: value for name, value in choices.items() if mine[name] == self._was[name]}
        return {**mine, **theirs, "recent": self._all_recent(now.get("recent", ()))}

    def _all_recent(self, theirs: tuple[str, ...]) -> list[str]:
        """First what was opened here, then what was opened there, then what is known from before."""
        before = self._was["recent"]
        new = [path for some in (self.recent, theirs) for path in some if path not in before]
        found = dict.fromkeys([*new, *self.recent, *theirs])
        return [path for path in found if path not in self._forgotten][:_RECENT_KEPT]

    def opened(self, path: str) -> None:
        """Put a file at the head of the recent ones."""
        absolute = os.path.abspath(path)
        self._forgotten.discard(absolute)
        self.recent = (absolute, *(known for known in self.recent if known != absolute))[:_RECENT_KEPT]

    def forget(self, path: str) -> None:
        """Take a file off the recent ones."""
        self._forgotten.add(path)
        self.recent = tuple(known for known in self.recent if known != path)

    def bigger(self, steps: int) -> None:
        """Move the interface scale up, or down when below 0."""
        nearest = min(range(len(SCALES)), key=lambda place: abs(SCALES[place] - self.scale))
        self.scale = SCALES[min(max(nearest + steps, 0), len(SCALES) - 1)]


def load_settings(path: Path | None = None) -> Settings:
    """Settings of the last time; what is missing, damaged or of a wrong kind there is as in a new installation."""
    return Settings(**_read(path))


def save_settings(settings: Settings, path: Path | None = None) -> bool:
    """Write the settings, complete or not at all; whether that was possible.

    What another window has written since these were loaded is kept where this one has changed nothing.
    """
    content = settings.merged(_read(path))
    try:
        target = path or settings_path()
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".settings.", dir=target.parent)
    except (OSError, RuntimeError):
        return False
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
        os.replace(name, target)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        return False
    return True


def _read(path: Path | None) -> dict[str, Any]:
    """What is sound of the settings in a file; nothing where there is none."""
    try:
        content = json.loads((path or settings_path()).read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError, RecursionError):
        return {}
    return _sound(content) if isinstance(content, dict) else {}


def _sound(content: dict[str, Any]) -> dict[str, Any]:
    checks = {
        "theme": lambda value: value in THEMES,
        "scale": lambda value: isinstance(value, int | float) and 0.5 <= value <= 4,
        "recent": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
        "session": lambda value: isinstance(value, dict),
        "first_run": lambda value: isinstance(value, bool),
    }
    known = {entry.name for entry in fields(Settings)}
    sound = {name: value for name, value in content.items() if name in known and checks[name](value)}
    if "recent" in sound:
        sound["recent"] = tuple(sound["recent"][:_RECENT_KEPT])
    return sound
