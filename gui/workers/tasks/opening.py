"""A trace file read, drawn and measured: the picture is handed over before the figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec

from gui.workers.context import Context
from gui.workers.jobs import Open, Pictured
from gui.workers.tasks.arriving import Arriving
from gui.workers.tasks.files import Files
from gui.workers.tasks.picture import exposed_spans
from profiler.analysis.analyze import analyze
from profiler.analysis.indexed import index_of
from profiler.analysis.overlap import prepare
from profiler.io.column_file import ColumnFile
from profiler.io.registry import read_trace
from profiler.io.shared_arrow import open_shared, write_shared
from profiler.io.watch import Watch
from profiler.timeline.model import Timeline
from profiler.timeline.stored import open_timeline, save_pieces, save_timeline
from profiler.trace.mapped import save
from profiler.trace.tables import Trace


def open_file(job: Open, context: Context) -> Pictured:
    """The file's picture, and then its figures.

    Raises
    ------
    UsageError, TraceReadError
        As `profiler.io.registry.read_trace`.
    """
    files = Files(context.folder)
    columns = ColumnFile(files.columns)
    _draw(_read(job, files, columns, context), files, columns, context)
    picture = Pictured(trace=str(files.trace), timeline=str(files.timeline))
    context.partial(picture)
    context.progress(None, "measuring")
    return _measured(job, files, picture)


def _read(job: Open, files: Files, columns: ColumnFile, context: Context) -> Trace:
    context.progress(None, "reading")
    watch = Watch(
        on_progress=lambda done, total: context.progress(done / total if total else None, "reading"),
        on_rows=Arriving(files, context.partial).take,
        columns=columns.empty,
    )
    return read_trace(job.path, partial=job.cut_off, watch=watch)


def _draw(trace: Trace, files: Files, columns: ColumnFile, context: Context) -> None:
    """Hand the columns over and build the picture, both at once."""
    context.progress(None, "drawing")
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write_shared, trace, files.trace, columns=columns)
        save_timeline(Timeline(trace), files.timeline)
        written.result()


def _measured(job: Open, files: Files, picture: Pictured) -> Pictured:
    # From here on this process looks at the mapped file: what was read has been given back.
    trace = open_shared(files.trace)
    prepared = prepare(trace)
    analysis = replace(analyze(trace, prepared=prepared), file=job.path)
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
