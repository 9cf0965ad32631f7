"""Everything about one slice."""

from __future__ import annotations

from typing import Any

import msgspec

from gui.workers.jobs.job import Job


class Details(Job, frozen=True):
    """Everything about one slice."""

    role = "figures"
    task = "details:details"
    quick = True

    trace: str
    timeline: str
    exposures: str
    row: int


class Partner(msgspec.Struct, frozen=True):
    """Another slice an arrow joins it with; ``kind`` as in `EdgeKind`, ``into``: it points to the slice asked for."""

    row: int
    kind: str
    into: bool


class About(msgspec.Struct, frozen=True):
    """A slice.

    Attributes
    ----------
    columns : list of (str, str)
        All that is known of it, in words.
    arguments : dict or str
        What its source says besides: JSON if it is such.
    launch : int or None
        Row of the host call that started it.
    launched : list of int
        Rows of what it started, if it is a host call; at most some.
    partners : list of Partner
        What it waited for, what waited for it; at most some.
    partners_left_out : int
    before, after : dict of str to int
        Neighbours on its lanes: ``engine``, ``stream`` or ``host`` to a row.
    parents, children : list of int
        Slices it is nested in, outermost first, and those directly in it (at most some), on a host lane.
    hidden_ns, exposed_ns : int or None
        Of a copy between host and device.
    causes : dict of str to int
        Of its exposed time.
    """

    row: int
    columns: list[tuple[str, str]]
    arguments: Any
    launch: int | None
    launched: list[int]
    partners: list[Partner]
    partners_left_out: int
    before: dict[str, int]
    after: dict[str, int]
    parents: list[int]
    children: list[int]
    hidden_ns: int | None
    exposed_ns: int | None
    causes: dict[str, int]


Details.result = About
