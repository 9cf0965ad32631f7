"""Where the parts of a result lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Slices from which a trace is handed over with an index of its figures. Of fewer it is made by whoever is asked for
#: the figures of a stretch, in some hundredths of a second.
INDEXED_FROM = 100_000


@dataclass(frozen=True, slots=True)
class Files:
    """Names in the folder of a job; ``number`` tells the pictures of one job apart."""

    folder: Path
    number: int = 0

    @property
    def trace(self) -> Path:
        """See `profiler.io.shared_arrow`."""
        return self._named("trace")

    @property
    def columns(self) -> Path:
        """Long columns of the trace, see `profiler.io.column_file`."""
        return self._named("columns")

    @property
    def timeline(self) -> Path:
        """See `profiler.timeline.stored`."""
        return self._named("timeline")

    @property
    def pieces(self) -> Path:
        """See `profiler.timeline.stored`."""
        return self._named("pieces")

    @property
    def exposures(self) -> Path:
        """A dict of device to `Exposure`."""
        return self._named("exposures")

    @property
    def index(self) -> Path:
        """See `profiler.analysis.indexed`."""
        return self._named("index")

    def remove_earlier(self) -> None:
        """Remove the picture before the last one; the last may be about to be opened."""
        if self.number > 2:
            old = Files(self.folder, self.number - 2)
            for path in (old.trace, old.timeline, old.pieces, old.exposures, old.index):
                path.unlink(missing_ok=True)

    def _named(self, name: str) -> Path:
        return self.folder / f"{name}-{self.number}"
