"""A trace made ready to be drawn and handed over: files that the window maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gui.workers.jobs import Pictured
from profiler.analysis.exposure import Exposure
from profiler.analysis.figures import DeviceOverlap
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
    figures: dict[str, Any],
    notes: Sequence[str] = (),
    number: int = 0,
    whole: bool = True,
) -> Pictured:
    """Everything about a small trace at once; ``number`` tells the pictures of one job apart."""
    exposures = {device.device: device.exposure for device in devices}
    names = ("trace", "timeline", "pieces", "exposures")
    trace_file, timeline_file, pieces_file, exposures_file = (folder / f"{name}-{number}" for name in names)
    write_shared(trace, trace_file)
    timeline = Timeline(trace, exposed_spans(exposures))
    save_timeline(timeline, timeline_file)
    save_pieces(timeline, pieces_file)
    save(exposures_file, exposures)
    return Pictured(
        trace=str(trace_file),
        timeline=str(timeline_file),
        pieces=str(pieces_file),
        exposures=str(exposures_file),
        figures=figures,
        devices=[device.to_json() for device in devices],
        notes=list(notes),
        whole=whole,
    )
