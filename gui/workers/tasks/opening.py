"""A trace file read, drawn and measured: the picture is handed over before the figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from gui.workers.context import Context
from gui.workers.jobs import Open, Pictured
from gui.workers.tasks.picture import exposed_spans
from profiler.analysis.analyze import analyze
from profiler.analysis.indexed import index_of
from profiler.analysis.overlap import prepare
from profiler.io.registry import read_trace
from profiler.io.shared_arrow import open_shared, write_shared
from profiler.timeline.model import Timeline
from profiler.timeline.stored import open_timeline, save_pieces, save_timeline
from profiler.trace.mapped import save


def open_file(job: Open, context: Context) -> Pictured:
    """The file's picture, and then its figures.

    Raises
    ------
    UsageError, TraceReadError
        As `profiler.io.registry.read_trace`.
    """
    files = _Files(context.folder)
    context.progress(None, "reading")
    # Once it is handed over this process too looks at the mapped file, and what was read is given back.
    write_shared(read_trace(job.path, partial=job.cut_off), files.trace)
    trace = open_shared(files.trace)
    context.progress(None, "drawing")
    save_timeline(Timeline(trace), files.timeline)
    picture = Pictured(trace=str(files.trace), timeline=str(files.timeline))
    context.partial(picture)
    context.progress(None, "measuring")
    return _measured(files, picture)


@dataclass(frozen=True, slots=True)
class _Files:
    """Where the parts of a result lie."""

    folder: Path

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    @property
    def timeline(self) -> Path:
        return self.folder / "timeline"

    @property
    def pieces(self) -> Path:
        return self.folder / "pieces"

    @property
    def exposures(self) -> Path:
        return self.folder / "exposures"

    @property
    def index(self) -> Path:
        return self.folder / "index"


def _measured(files: _Files, picture: Pictured) -> Pictured:
    trace = open_shared(files.trace)
    prepared = prepare(trace)
    analysis = analyze(trace, prepared=prepared)
    exposures = {device.device: device.exposure for device in analysis.devices}
    save(files.exposures, exposures)
    save(files.index, index_of(trace, prepared))
    timeline = open_timeline(files.timeline, trace)
    save_pieces(timeline.with_exposed(exposed_spans(exposures)), files.pieces)
    found = analysis.to_json()
    return msgspec.structs.replace(
        picture,
        pieces=str(files.pieces),
        exposures=str(files.exposures),
        index=str(files.index),
        figures=found,
        devices=found["devices"],
    )
