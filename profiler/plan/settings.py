"""The numbers a strategy starts from: what is allowed, what a knob is when it was not given, how a batch is cut."""

from __future__ import annotations

from profiler.errors import UsageError
from profiler.plan.model import Memory, StreamConfig
from profiler.workload.model import Workload

MAX_BATCH = 1_000_000
#: Steps are objects on the host; a plan longer than this needs gigabytes before anything has run.
MAX_STEPS = 100_000

DEFAULT_STREAMS = 8
DEFAULT_CHUNKS = 8
#: A slot being filled, one being computed on, one being emptied.
DEFAULT_RING = 3
DEFAULT_IN_FLIGHT = 8

_MEMORY = {"pinned": Memory.PINNED, "pageable": Memory.PAGEABLE}

#: Kinds of host memory to copy from and to.
MEMORIES = tuple(_MEMORY)
#: Knobs of which more than this is a mistake: no GPU has so many queues, no host so many cores.
MAX_STREAMS = 1_024
MAX_THREADS = 64

_COUNTS = ("streams", "chunks", "buffers", "requests", "issue_threads")


def check_numbers(batch: int, config: StreamConfig) -> None:
    """Refuse numbers that no strategy could use.

    Raises
    ------
    UsageError
        A batch outside 1 to `MAX_BATCH`, a knob below 1, or an unknown kind of memory.
    """
    if not 1 <= batch <= MAX_BATCH:
        raise UsageError(
            f"a batch of {batch} samples cannot be run",
            where="--batch",
            remedy=f"Give a number from 1 to {MAX_BATCH}.",
        )
    for knob in _COUNTS:
        value = getattr(config, knob)
        if value is not None and value < 1:
            option = "--" + knob.replace("_", "-")
            raise UsageError(f"{value} is too few", where=option, remedy="Give 1 or more.")
    for option, value, most in (
        ("--streams", config.streams, MAX_STREAMS),
        ("--issue-threads", config.issue_threads, MAX_THREADS),
    ):
        if value is not None and value > most:
            raise UsageError(f"{value} is too many", where=option, remedy=f"Give at most {most:,}.")
    if config.memory not in _MEMORY:
        raise UsageError(
            f"{config.memory!r} is not a kind of host memory",
            where="--memory",
            remedy=f"Give {' or '.join(_MEMORY)}.",
        )


def check_size(workload: Workload, sizes: tuple[int, ...], requests: int) -> None:
    """Refuse a run that would have more than `MAX_STEPS` device operations, or none.

    Raises
    ------
    UsageError
        The workload has no kernel, or the run is too long.
    """
    kernels = {samples: len(workload.kernels(samples)) for samples in set(sizes)}
    if not all(kernels.values()):
        raise UsageError(
            "the workload launches no kernel, so nothing makes its output from its input",
            where=f"workload {workload.name}",
            remedy="Give it at least one kernel.",
        )
    steps = requests * sum(kernels[samples] + 2 for samples in sizes)
    if steps > MAX_STEPS:
        raise UsageError(
            f"{requests} requests of {len(sizes)} chunks make {steps} device operations, more than {MAX_STEPS}",
            where=f"workload {workload.name}",
            remedy="Lower --requests or --chunks.",
        )


def host_memory(config: StreamConfig) -> Memory:
    """The kind of memory that ``config.memory`` names."""
    return _MEMORY[config.memory]


def chunk_sizes(batch: int, chunks: int | None) -> tuple[int, ...]:
    """Samples of each chunk: equal parts rounded up, the last one smaller where the batch does not divide.

    Rounding up may leave fewer chunks than asked for (10 samples in 8 parts are 5 chunks of 2), never an empty one.
    ``chunks`` defaults to `DEFAULT_CHUNKS` and is at most ``batch``.
    """
    wanted = min(chunks or DEFAULT_CHUNKS, batch)
    size = -(-batch // wanted)
    whole, rest = divmod(batch, size)
    return (size,) * whole + ((rest,) if rest else ())


def at_most(given: int | None, default: int, limit: int) -> int:
    """The knob as given, else its default, and in either case no more than can be used."""
    return min(default if given is None else given, limit)
