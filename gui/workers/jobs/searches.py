"""Slices by name: all of them, and one after the other."""

from __future__ import annotations

import msgspec

from gui.workers.jobs.job import Job


class Search(Job, frozen=True):
    """Slices by a piece of their name in any case, or by a regular expression; starts count from ``origin_ns``."""

    task = "searching:search"
    files = True

    trace: str
    text: str
    regex: bool = False
    origin_ns: int = 0


class Found(msgspec.Struct, frozen=True):
    """Rows in order of time, in a file to map: a dict of ``rows`` and ``starts_ns``."""

    file: str
    count: int
    names: int


Search.result = Found


class Instance(Job, frozen=True):
    """The next slice of the same name and category in time, or the one before."""

    task = "tables:instance"
    role = "figures"

    trace: str
    row: int
    forward: bool = True


class Neighbour(msgspec.Struct, frozen=True):
    """A row, or None at the end; its place among all of the name, counted from 0, and how many there are."""

    row: int | None
    place: int
    count: int


Instance.result = Neighbour
