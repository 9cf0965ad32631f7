"""A worker's result put into a document: files are mapped, nothing is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gui.state.document import Document, Status
from gui.workers.jobs import Pictured
from profiler.analysis.exposure import Exposure
from profiler.io.shared_arrow import open_shared
from profiler.timeline.stored import open_timeline
from profiler.trace.mapped import load
from profiler.trace.schema import Category
from profiler.trace.tables import Trace


class RowCauses(Mapping[int, str]):
    """For each copy with exposed time its largest cause in words, looked up when asked for.

    Parameters
    ----------
    trace : Trace
    exposures : mapping of int to Exposure
        By device.
    """

    def __init__(self, trace: Trace, exposures: Mapping[int, Exposure]) -> None:
        self._trace = trace
        self._exposures = exposures

    def __getitem__(self, row: int) -> str:
        causes = self.sums_ns(row)
        if not causes:
            raise KeyError(row)
        return max(causes, key=causes.__getitem__)

    def __iter__(self) -> Iterator[int]:
        return (row for row in range(len(self._trace)) if self.sums_ns(row))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and bool(self.sums_ns(row))

    def sums_ns(self, row: int) -> Mapping[str, int]:
        """Exposed time of a copy by cause; empty for anything else."""
        trace = self._trace
        exposure = self._exposures.get(int(trace["device"][row]))
        if exposure is None or trace.category[row] != Category.MEMCPY:
            return {}
        start = int(trace.ts[row])
        return exposure.between(start, start + int(trace.dur[row]))


def fill(document: Document, pictured: Pictured) -> None:
    """Show a result in a document.

    Raises
    ------
    LanescopeError
        The files are not there any more.
    """
    trace = open_shared(pictured.trace)
    timeline = open_timeline(pictured.timeline, trace, pieces=pictured.pieces or None)
    if pictured.exposures:
        document.exposed_row_causes = RowCauses(trace, load(pictured.exposures))
    if pictured.figures is not None:
        document.figures = pictured.figures
    document.progress = None if pictured.whole else document.progress
    document.message = "\n".join(pictured.notes)
    document.rows_from = pictured.trace
    document.show(trace, timeline, status=Status.READY if pictured.whole else Status.PARTIAL)
