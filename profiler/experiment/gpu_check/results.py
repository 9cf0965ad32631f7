"""``results.json``: one section a stage, on disk as soon as there is anything to say."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profiler.errors import OutputError

FILE = "results.json"
FORMAT = "lanescope-gpu-check"
VERSION = 1

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True)
class Results:
    """The results in a folder. Every change is written at once, and the file is complete or as it was before."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def load(self) -> dict[str, Any]:
        """All of it; the frame of a new file where there is none, or none that can be read."""
        try:
            loaded = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            loaded = {}
        if not isinstance(loaded, dict) or loaded.get("format") != FORMAT:
            loaded = {"format": FORMAT, "version": VERSION, "stages": {}}
        return loaded

    def put(self, **values: Any) -> None:
        """Set keys of the whole."""
        self._write({**self.load(), **values})

    def stage(self, name: str) -> dict[str, Any]:
        """The section of a stage; empty where it has none."""
        section = self.load()["stages"].get(name, {})
        return section if isinstance(section, dict) else {}

    def put_stage(self, name: str, section: dict[str, Any]) -> None:
        """Replace the section of a stage."""
        whole = self.load()
        whole["stages"][name] = section
        self._write(whole)

    def _write(self, whole: dict[str, Any]) -> None:
        text = json.dumps(whole, indent=1, allow_nan=False, default=_plain) + "\n"
        write_whole(self.path, text.encode())


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place in one step.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=str(path), remedy="Name another --out."
        ) from error


def _plain(value: object) -> object:
    """What JSON can hold of a numpy array or number."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} does not go into JSON")
