"""What a user may choose about a real device."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import UsageError, suggestion

DETAILS = ("op", "phase", "none")
TIMINGS = ("events", "gputimer", "cupti")


@dataclass(frozen=True, slots=True)
class CudaOptions:
    """Knobs of a real device. All but the seed only change how a plan is measured, never what it does.

    Attributes
    ----------
    detail : str
        ``op``: a stamp behind every copy and kernel. ``phase``: behind every copy and every run of kernels of one
        chunk, which is then one interval; fewer stamps, less disturbance. ``none``: the host's clock only, to see what
        stamps cost.
    timing : str
        ``events``; ``gputimer``: kernels between two reads of ``%globaltimer``; ``cupti``: copies and kernels as CUPTI
        records them.
    isolate : bool
        Whether a worker process speaks to the driver, so that a lost context or a hang does not end the program.
    time_limit_s : float
        Longest silence of the worker before it is taken to hang.
    gate : bool
        Whether all streams wait until everything is enqueued, which takes the host's pace out of the picture.
    gate_limit_s : float
        Longest time the gate stays shut.
    alone : bool
        Whether each different copy and kernel is also timed by itself, which bounds need.
    factor_runs : int
        Runs with stamps and as many without, in turn, after the timed ones, which tell how much stamps stretch a run;
        0 for none.
    seed : int
        Of the weights of networks, which are random.
    """

    detail: str = "op"
    timing: str = "events"
    isolate: bool = True
    time_limit_s: float = 60.0
    gate: bool = False
    gate_limit_s: float = 5.0
    alone: bool = True
    factor_runs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for option, value, known in (("--detail", self.detail, DETAILS), ("--timing", self.timing, TIMINGS)):
            if value not in known:
                raise UsageError(f"{value!r} is unknown", where=option, remedy=suggestion(value, known))
        if self.timing != "events" and self.detail != "op":
            raise UsageError(
                f"{self.timing} times every kernel, which phases are meant to save",
                where="--timing",
                remedy="Give --detail op, or --timing events.",
            )
