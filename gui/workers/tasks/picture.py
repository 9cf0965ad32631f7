"""A trace made ready to be drawn and handed over: files that the window maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gui.workers.jobs import Pictured
from gui.workers.tasks.files import INDEXED_FROM, Files
from profiler.analysis.exposure import Exposure
from profiler.analysis.figures import DeviceOverlap
from profiler.analysis.indexed import index_of
from profiler.analysis.overlap import prepare
from profiler.io.shared_arrow import write_shared
from profiler.timeline.model import Timeline
from profiler.timeline.stored import save_pieces, save_timeline
from profiler.trace.mapped import save
from profiler.trace.tables import Trace


def exposed_spans(exposures: dict[int, Exposure]) -> dict[int, tuple[Any, Any]]:
    """Exposed times of each device as a timeline wants them."""
    return {device: (one.start, one.end) for device, one in exposures.items()}


def hand_over(
    folder: Path,
    trace: Trace,
    devices: Sequence[DeviceOverlap],
    *,
    figures: dict[str, Any] | None,
    notes: Sequence[str] = (),
    number: int = 0,
    whole: bool = True,
) -> Pictured:
    """Everything about a trace of this program's own at once; ``number`` tells the pictures of one job apart."""
    exposures = {device.device: device.exposure for device in devices}
    files = Files(folder, number)
    write_shared(trace, files.trace)
    timeline = Timeline(trace, exposed_spans(exposures))
    save_timeline(timeline, files.timeline)
    save_pieces(timeline, files.pieces)
    save(files.exposures, exposures)
    # The figures of stretches of a small trace are found without an index; a picture on the way is soon replaced.
    indexed = whole and len(trace) > INDEXED_FROM
    if indexed:
        save(files.index, index_of(trace, prepare(trace)))
    files.remove_earlier()
    return Pictured(
        trace=str(files.trace),
        timeline=str(files.timeline),
        pieces=str(files.pieces),
        exposures=str(files.exposures),
        index=str(files.index) if indexed else "",
        figures=figures,
        devices=[device.to_json() for device in devices],
        notes=list(notes),
        whole=whole,
    )
