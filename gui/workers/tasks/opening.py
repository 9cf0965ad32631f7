"""A trace file read, drawn and measured: the picture is handed over before the figures."""

from __future__ import annotations

from pathlib import Path

from gui.workers.context import Context
from gui.workers.jobs import Open, Pictured
from gui.workers.tasks.picture import exposed_spans
from profiler.analysis.analyze import analyze
from profiler.io.registry import read_trace
from profiler.io.shared_arrow import write_shared
from profiler.timeline.model import Timeline
from profiler.timeline.stored import save_timeline
from profiler.trace.mapped import save
from profiler.trace.tables import Trace


def open_file(job: Open, context: Context) -> Pictured:
    """The file's picture, and then its figures.

    Raises
    ------
    UsageError, TraceReadError
        As `profiler.io.registry.read_trace`.
    """
    context.progress(None, "reading")
    trace = read_trace(job.path, partial=job.cut_off)
    context.progress(None, "drawing")
    picture = _picture(trace, context.folder)
    context.partial(picture)
    context.progress(None, "measuring")
    return _measured(trace, picture, context.folder)


def _picture(trace: Trace, folder: Path) -> Pictured:
    write_shared(trace, folder / "trace.arrow")
    save_timeline(Timeline(trace), folder / "picture")
    return Pictured(trace=str(folder / "trace.arrow"), timeline=str(folder / "picture"), whole=False)


def _measured(trace: Trace, picture: Pictured, folder: Path) -> Pictured:
    analysis = analyze(trace)
    exposures = {device.device: device.exposure for device in analysis.devices}
    save_timeline(Timeline(trace, exposed_spans(exposures)), folder / "timeline")
    save(folder / "exposures", exposures)
    found = analysis.to_json()
    return Pictured(
        trace=picture.trace,
        timeline=str(folder / "timeline"),
        exposures=str(folder / "exposures"),
        figures=found,
        devices=found["devices"],
    )
