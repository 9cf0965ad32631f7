"""What this machine has."""

from __future__ import annotations

import msgspec

from gui.workers.jobs.job import Job


class Find(Job, frozen=True):
    """The GPUs of this machine; a driver may take seconds to answer."""

    role = "device"
    task = "finding:find"


class Gpu(msgspec.Struct, frozen=True):
    """A GPU by what opens it, and in words."""

    spec: str
    title: str


class Gpus(msgspec.Struct, frozen=True):
    """All that the driver shows; none where there is no driver."""

    found: list[Gpu]


Find.result = Gpus
