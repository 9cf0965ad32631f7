"""What kinds of workers there are, and how each is treated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """Workers of one purpose.

    Attributes
    ----------
    warming : str
        What they do before their first job, so that it does not wait: a function of `gui.workers.tasks.warming`.
    limit : int
        As many at once.
    grace_s : float
        Seconds that a worker gets to leave a job that is wanted no more, before it is killed and replaced.
    once : bool
        A worker ends after a job of this role, and all memory with it; a fresh one is started for the next.
    fresh_after_stop : bool
        A worker that was stopped in the middle of a job is not used again: it was interrupted at any of its steps, and
        what it drove, a GPU say, may be left at any of its own.
    nice : int or None
        How far they give way to the window's thread: on a machine with few cores it must get one the moment it has
        something to do. None: not at all, because what they measure is time.
    """

    warming: str
    limit: int = 1
    grace_s: float = 0.06
    once: bool = False
    fresh_after_stop: bool = False
    nice: int | None = 2


#: Seconds that a job gets that writes to a place of the user's: killed, it would leave a part of a file behind.
WRITER_GRACE_S = 10.0

ROLES = {
    "simulate": Role("simulate"),  # the scenario's panel: must answer at once
    "open": Role("read", limit=2, once=True, nice=5),  # reads files: takes memory that must be given back
    "figures": Role("look_up"),  # the visible range: must answer at once
    "side": Role("tabulate", limit=2, nice=5),  # searches, tables, queries, exports
    # Runs on a real GPU: a repeat that is under way cannot be stopped, and should leave the device in order.
    "device": Role("run", grace_s=3.0, fresh_after_stop=True, nice=None),
}
