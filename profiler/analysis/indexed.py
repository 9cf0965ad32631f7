"""Figures of any window of a long trace in a moment: everything is cumulated once, a window is a few look-ups.

`DeviceTimeline.figures` clips every slice to the window, which takes as long as the trace is. Here each figure is a
difference of two cumulated values, one at either end of the window, found by binary search: ten million slices are
answered like a thousand. The figures are the same to the nanosecond. All of it is flat arrays, which can be stored
with `profiler.trace.mapped`, so that whoever asks maps them and touches a few pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from profiler.analysis.cumulated import Cumulated, Streamed
from profiler.analysis.exposure import Cause, Exposure
from profiler.analysis.figures import DeviceOverlap, Hiding, Migrations
from profiler.analysis.intervals import Intervals, pieces_inside, union
from profiler.analysis.overlap import DeviceTimeline, Window, device_name
from profiler.analysis.rows import ends
from profiler.trace.tables import Trace

#: Slices that are counted apart; each is in one class.
_CLASSES = (
    "kernels",
    "stages",
    "htod",
    "dtoh",
    "dtod",
    "other_copies",
    "memsets",
    "graphs",
    "migrations_htod",
    "migrations_dtoh",
)

#: Times in which something ran, as sets.
_SETS = ("copies", "htod", "dtoh", "busy")


@dataclass(frozen=True, eq=False)
class _Covering:
    """What depends on which kernels count as compute.

    Attributes
    ----------
    compute : Intervals
    hidden : Intervals
        Copies under compute.
    parts : Cumulated
        The part of each copy under compute; of copies that overlap each has its own.
    causes : mapping of str to Intervals
        Exposed time by cause, in the order of the causes.
    """

    compute: Intervals
    hidden: Intervals
    parts: Cumulated
    causes: Mapping[str, Intervals]

    def hiding(self, kernels: int | None, copy_ns: int, window: Window) -> Hiding:
        """The figures in a window that holds ``copy_ns`` of copies."""
        hidden = self.hidden.inside_ns(*window)
        causes = {name: ns for name, times in self.causes.items() if (ns := times.inside_ns(*window))}
        return Hiding(
            kernels=kernels,
            compute_ns=self.compute.inside_ns(*window),
            hidden_ns=hidden,
            hidden_sum_ns=self.parts.sum_ns(*window),
            hidden_fraction=hidden / copy_ns if copy_ns else None,
            exposed_ns=copy_ns - hidden,
            causes=causes,
        )


@dataclass(frozen=True, eq=False)
class DeviceIndex:
    """One device, ready for any window. Made by `index_of`."""

    device: int
    name: str
    spans_only: bool
    classes: Mapping[str, Cumulated]
    talking: Cumulated
    streamed: Streamed
    sets: Mapping[str, Intervals]
    graphs: Intervals
    duplex: Intervals
    covered: Intervals
    hiding: _Covering
    hiding_alone: _Covering

    def figures(self, window: Window) -> DeviceOverlap:
        """What `DeviceTimeline.figures` says of the window, without groups and without the exposed pieces."""
        count = {name: slices.count(*window) for name, slices in self.classes.items()}
        sums = {name: slices.sum_ns(*window) for name, slices in self.classes.items()}
        inside = {name: times.inside_ns(*window) for name, times in self.sets.items()}
        talking = self.talking.count(*window)
        kernels = count["kernels"]
        return DeviceOverlap(
            device=self.device,
            name=self.name,
            communication_kernels=talking,
            htod=count["htod"],
            dtoh=count["dtoh"],
            dtod=count["dtod"],
            other_copies=count["other_copies"],
            memsets=count["memsets"],
            graphs=count["graphs"],
            graph_ns=self.graphs.inside_ns(*window),
            migrations=Migrations(
                count["migrations_htod"],
                count["migrations_dtoh"],
                sums["migrations_htod"] + sums["migrations_dtoh"],
            ),
            streams=self.streamed.count(*window),
            span_ns=window[1] - window[0],
            kernel_sum_ns=sums["kernels"] + sums["stages"],
            copy_sum_ns=sums["htod"] + sums["dtoh"],
            copy_ns=inside["copies"],
            htod_ns=inside["htod"],
            dtoh_ns=inside["dtoh"],
            duplex_ns=self.duplex.inside_ns(*window),
            busy_ns=inside["busy"],
            covered_ns=self.covered.inside_ns(*window),
            hiding=self.hiding.hiding(None if self.spans_only else kernels, inside["copies"], window),
            without_communication=self.hiding_alone.hiding(
                None if self.spans_only else kernels - talking, inside["copies"], window
            ),
            groups=(),
            exposure=Exposure.empty(),
        )


def index_of(trace: Trace, prepared: Sequence[DeviceTimeline]) -> tuple[DeviceIndex, ...]:
    """Every device of a trace that `profiler.analysis.overlap.prepare` has prepared, ready for any window."""
    return tuple(_device_index(trace, device) for device in prepared)


def _device_index(trace: Trace, device: DeviceTimeline) -> DeviceIndex:
    rows = device.rows
    talking = rows.kernels[device.talks]
    hiding = _covering(trace, device, device.compute, device.exposure)
    alone = hiding
    if len(talking):
        alone = _covering(trace, device, device.compute_alone, device.exposure_alone)
    graphs = rows.graphs
    return DeviceIndex(
        device=rows.device,
        name=device_name(trace, rows.device),
        spans_only=bool(len(rows.stages)) and not len(rows.kernels),
        classes={name: Cumulated.of_rows(trace, getattr(rows, name)) for name in _CLASSES},
        talking=Cumulated.of_rows(trace, talking),
        streamed=Streamed.of_rows(trace, rows.streamed),
        sets={name: getattr(device, name).indexed() for name in _SETS},
        graphs=union(trace.ts[graphs], ends(trace, graphs)).indexed(),
        duplex=device.htod.intersect(device.dtoh).indexed(),
        covered=device.copies.intersect(device.covering).indexed(),
        hiding=hiding,
        hiding_alone=alone,
    )


def _covering(trace: Trace, device: DeviceTimeline, compute: Intervals, exposure: Exposure) -> _Covering:
    copies = device.rows.copies
    _, start, end = pieces_inside(trace.ts[copies], ends(trace, copies), compute)
    causes = {}
    for cause in Cause:
        mine = np.flatnonzero(exposure.cause == cause)
        if len(mine):
            causes[cause.label] = union(exposure.start[mine], exposure.end[mine]).indexed()
    return _Covering(compute.indexed(), device.copies.intersect(compute).indexed(), Cumulated.of(start, end), causes)
