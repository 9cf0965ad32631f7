"""Files for the user."""

from __future__ import annotations

import msgspec

from gui.workers.jobs.job import Job


class Export(Job, frozen=True):
    """Write a trace, a stretch of it, or what some lanes hold of a stretch, in the format that ``path``'s ending names.

    Attributes
    ----------
    timeline : str
        Needed where ``lanes`` are given: numbers of `Timeline.lanes`; all of the trace where None.
    """

    task = "exporting:export"
    writes = True

    trace: str
    path: str
    start_ns: int | None = None
    end_ns: int | None = None
    timeline: str = ""
    lanes: tuple[int, ...] | None = None

    def what(self) -> str:
        """The path."""
        return self.path


class ExportRows(Job, frozen=True):
    """Write rows of a trace as a CSV table.

    Attributes
    ----------
    rows : str
        File of `Sorted` or `Found`; empty: ``chosen``.
    """

    task = "exporting:export_rows"
    writes = True

    trace: str
    path: str
    rows: str = ""
    chosen: tuple[int, ...] = ()

    def what(self) -> str:
        """The path."""
        return self.path


class Written(msgspec.Struct, frozen=True):
    """What was written, and how many slices are in it."""

    path: str
    slices: int


Export.result = Written


ExportRows.result = Written
