"""What the timelines show, as a file: PNG from the window's own pixels, SVG from the same boxes, colours and labels."""

from __future__ import annotations

from pathlib import Path

from gui.timeline.widget import TimelineWidget
from gui.unattended import save_bytes, save_image
from profiler.errors import UsageError


def save_view(timeline: TimelineWidget, path: Path) -> None:
    """Write exactly what is seen; the ending says the kind.

    Raises
    ------
    UsageError
        The ending is neither ``.png`` nor ``.svg``.
    OutputError
        The place cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".png":
        save_image(timeline.render_image(), path)
    elif kind == ".svg":
        save_bytes(timeline.render_svg(), path)
    else:
        raise UsageError(f"{path.name!r} names no kind of picture", remedy="End it in .png or .svg.")
