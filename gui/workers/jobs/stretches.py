"""What a stretch of time holds, and what a text says of one."""

from __future__ import annotations

from typing import Any

import msgspec

from gui.workers.jobs.job import Job


class Figures(Job, frozen=True):
    """Figures and causes of a stretch ``[start_ns, end_ns)`` in the trace's own clock.

    ``comes``: an index is on its way, so that none need be made for this question alone.
    """

    role = "figures"
    task = "ranges:figures"
    quick = True

    trace: str
    start_ns: int
    end_ns: int
    index: str = ""
    comes: bool = False


class RangeFigures(msgspec.Struct, frozen=True):
    """Of each device the keys of ``analyze --json``, as for ``--window``, without groups.

    ``known`` is false, and ``devices`` is empty, while a file has been drawn and not yet measured: ask again once the
    document has figures.
    """

    start_ns: int
    end_ns: int
    devices: list[dict[str, Any]]
    known: bool = True


Figures.result = RangeFigures


class Stretch(Job, frozen=True):
    """The stretch that a text means, as ``--window`` takes it: two times, or ``nvtx:NAME``."""

    role = "figures"
    task = "ranges:stretch"

    trace: str
    text: str


class Bounds(msgspec.Struct, frozen=True):
    """Start and end in the trace's own clock."""

    start_ns: int
    end_ns: int


Stretch.result = Bounds
