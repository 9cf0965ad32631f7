"""What each piece of device work had to wait for, as far as the trace tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.analysis.intervals import Bool, Int64, expand_ranges
from profiler.analysis.rows import DeviceRows, ends
from profiler.analysis.streams import Streams
from profiler.trace.schema import MISSING, EdgeKind
from profiler.trace.select import are_countable
from profiler.trace.tables import Trace
from profiler.trace.whole import WAITING

#: ``ready`` of work that, as far as the trace tells, waits for nothing.
ALWAYS = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Waits:
    """Dependencies among the work of one device. Work is numbered by its place in ``rows``.

    Attributes
    ----------
    rows : int64 array
        Rows of the trace, rising.
    source, target : int64 arrays
        ``target`` could not start before ``source`` had ended.
    buffer : bool array
        Whether that was for a buffer to be freed.
    ready : int64 array
        When everything the work is known to wait for had ended, ns; `ALWAYS` where there is nothing.
    judged : bool array
        Whether the trace tells at all what the work waited for: in a complete trace always, else where its stream is
        known.
    """

    rows: Int64
    source: Int64
    target: Int64
    buffer: Bool
    ready: Int64
    judged: Bool

    def place(self, rows: Int64) -> Int64:
        """Numbers of the given rows, all of them work of this device."""
        return np.searchsorted(self.rows, rows)

    def blockers(self, ends_in: Int64, starts_as: Int64) -> tuple[Bool, Int64]:
        """Work that a window's next kernels wait for, directly or through other work, and that ends in the window.

        Parameters
        ----------
        ends_in : int64 array
            Window in which each piece of work ends, -1 where none.
        starts_as : int64 array
            Window whose next kernel each piece of work is, -1 where none. Windows do not overlap.

        Returns
        -------
        reached : bool array
            For each piece of work.
        edges : int64 array
            Numbers of the dependencies that were followed.
        """
        window = np.where(starts_as >= 0, starts_as, ends_in)
        same = (ends_in[self.source] >= 0) & (ends_in[self.source] == window[self.target])
        edges = np.flatnonzero(same)
        edges = edges[np.argsort(self.target[edges], kind="stable")]
        target = self.target[edges]
        reached = np.zeros(len(self.rows), np.bool_)
        followed = np.zeros(len(edges), np.bool_)
        front = np.flatnonzero(starts_as >= 0)
        while len(front):
            first, last = np.searchsorted(target, front, "left"), np.searchsorted(target, front, "right")
            _, place = expand_ranges(first, last)
            followed[place] = True
            found = self.source[edges[place]]
            front = np.unique(found[~reached[found]])
            reached[front] = True
        return reached, edges[followed]


def waits_of(trace: Trace, device: DeviceRows, streams: Streams) -> Waits:
    """Dependencies of one device's work: the trace's own edges, and stream order where those are not complete."""
    rows = np.sort(device.work)
    complete = bool(trace.meta.get("complete"))
    before, after, buffer = _recorded(trace)
    if not complete:
        more_before, more_after = _implied(trace, device, streams)
        before, after = np.concatenate((before, more_before)), np.concatenate((after, more_after))
        buffer = np.concatenate((buffer, np.zeros(len(more_before), np.bool_)))
    here = _holds(rows, after)
    before, after, buffer = before[here], after[here], buffer[here]
    target = np.searchsorted(rows, after)
    ready = np.full(len(rows), ALWAYS, np.int64)
    np.maximum.at(ready, target, ends(trace, before))
    judged = np.full(len(rows), complete)
    if not complete:
        judged[np.searchsorted(rows, streams.rows)] = True
        _raise_to_stream(ready, rows, streams)
    local = _holds(rows, before)
    return Waits(rows, np.searchsorted(rows, before[local]), target[local], buffer[local], ready, judged)


def _recorded(trace: Trace) -> tuple[Int64, Int64, Bool]:
    edges = trace.edges
    waiting = np.flatnonzero(np.isin(edges.kind, WAITING))
    waiting = waiting[are_countable(trace, edges.source[waiting])]
    buffer = np.asarray(edges.kind[waiting] == EdgeKind.BUFFER)
    return edges.source[waiting], edges.target[waiting], buffer


def _implied(trace: Trace, device: DeviceRows, streams: Streams) -> tuple[Int64, Int64]:
    """Stream order, and the order copy in, compute, copy out within each query of a trtexec file."""
    follows = streams.follows
    before, after = [streams.rows[:-1][follows]], [streams.rows[1:][follows]]
    for sources, targets in ((device.htod, device.stages), (device.stages, device.dtoh)):
        if len(device.stages):
            one, other = _same_request(trace, sources, targets)
            before.append(one)
            after.append(other)
    return np.concatenate(before), np.concatenate(after)


def _same_request(trace: Trace, sources: Int64, targets: Int64) -> tuple[Int64, Int64]:
    column = trace["request"]
    sources, targets = sources[column[sources] != MISSING], targets[column[targets] != MISSING]
    sources = sources[np.argsort(column[sources], kind="stable")]
    held = column[sources]
    first, last = np.searchsorted(held, column[targets], "left"), np.searchsorted(held, column[targets], "right")
    owner, place = expand_ranges(first, last)
    return sources[place], targets[owner]


def _raise_to_stream(ready: Int64, rows: Int64, streams: Streams) -> None:
    """Work is not ready before everything before it in its stream has ended, even what started long ago."""
    if len(streams.rows) < 2:
        return
    follows = streams.follows
    place = np.searchsorted(rows, streams.rows[1:][follows])
    ready[place] = np.maximum(ready[place], streams.reach[:-1][follows])


def _holds(rows: Int64, wanted: Int64) -> Bool:
    if not len(rows) or not len(wanted):
        return np.zeros(len(wanted), np.bool_)
    place = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    return np.asarray(rows[place] == wanted)
