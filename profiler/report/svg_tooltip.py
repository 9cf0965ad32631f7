"""What a viewer of an SVG shows when the pointer rests on a slice's box."""

from __future__ import annotations

from profiler.report.slice_text import slice_lines
from profiler.report.svg_marks import tooltip
from profiler.timeline.model import Timeline


class Tooltips:
    """Tooltips of the slices of one timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def of_row(self, row: int) -> str:
        """The lines of `slice_lines`."""
        return tooltip(*slice_lines(self._timeline, row))
