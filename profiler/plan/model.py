"""A plan: the ordered host calls of a run, each on a stream, with the buffers it touches.

The same plan runs unchanged on a simulated and on a real device. Steps stand in host issue order; steps of one
issue thread are called in that order. What the steps mean is what the CUDA driver calls of the same name mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from profiler.workload.model import KernelCall, Workload


class CopyKind(IntEnum):
    """Direction of a copy, with CUPTI's numbers."""

    HTOD = 1
    DTOH = 2
    DTOD = 8


class Memory(IntEnum):
    """Where a buffer lives."""

    DEVICE = 0
    PINNED = 1
    PAGEABLE = 2
    MAPPED = 3  #: pinned host memory that kernels read and write in place


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """Every knob of a strategy. ``None`` means the strategy's own default, which the resolved plan carries.

    Attributes
    ----------
    streams : int or None
        Streams that carry chunks; for ``in-flight`` the requests that may overlap.
    chunks : int or None
        Parts a batch is cut into; at most the batch. A remainder makes the last chunk smaller.
    buffers : int or None
        Slots of the buffer ring (each an input, a workspace and an output on the device).
    memory : str
        ``pinned`` or ``pageable`` host memory.
    requests : int or None
        Batches the run executes.
    issue_threads : int
        Host threads that issue calls.
    base : str or None
        The strategy a ``graph`` captures.
    """

    streams: int | None = None
    chunks: int | None = None
    buffers: int | None = None
    memory: str = "pinned"
    requests: int | None = None
    issue_threads: int = 1
    base: str | None = None


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream of the plan. Plans made here use non-blocking streams; ``legacy_default`` is stream 0."""

    name: str
    non_blocking: bool = True
    legacy_default: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Buffer:
    """A piece of memory that steps read and write as a whole. Its number is its place in ``Plan.buffers``."""

    name: str
    memory: Memory
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every step has.

    Attributes
    ----------
    request, chunk : int
        The batch and the part of it the step works for; -1 when it works for the whole run (or request).
    thread : int
        The host issue thread that makes the call.
    graph : int
        Index of the `GraphLaunch` step that releases this step as a graph node; -1 for an ordinary call. A node
        is never called by the host: it becomes ready when the launch does, its ``stream`` then only says which
        chain of the captured graph it belongs to.
    """

    request: int = -1
    chunk: int = -1
    thread: int = 0
    graph: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStep(Step):
    """A step enqueued on a stream."""

    stream: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memcpy(StreamStep):
    """``cuMemcpyHtoDAsync`` / ``cuMemcpyDtoHAsync`` / ``cuMemcpyDtoDAsync`` of a whole buffer."""

    kind: CopyKind
    src: int
    dst: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch(StreamStep):
    """``cuLaunchKernel``. ``mapped_*_bytes`` cross the link while it runs (zero-copy)."""

    kernel: KernelCall
    reads: tuple[int, ...] = ()
    writes: tuple[int, ...] = ()
    mapped_read_bytes: int = 0
    mapped_write_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent(StreamStep):
    """``cuEventRecord`` of an ordering event; each event number is recorded once in a plan."""

    event: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWait(StreamStep):
    """``cuStreamWaitEvent``. Where the record belongs to another issue thread, the wait is called after it.

    ``reason`` is ``data`` (it needs the result), ``buffer`` (it waits for a ring slot to be freed) or ``order``
    (fork, join and other ordering).
    """

    event: int
    reason: str = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSync(Step):
    """The calling thread waits: for an event, else for a stream, else (both ``None``) for the whole device.

    ``request`` names the request whose result the host waits for; -1 when it waits for the run.
    """

    stream: int | None = None
    event: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLaunch(StreamStep):
    """``cuGraphLaunch``: the following steps whose ``graph`` is this step's index start when the stream reaches it.

    It ends, and lets its stream go on, when all its nodes have ended.
    """

    name: str = "graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class RangePush(Step):
    """``nvtxRangePush`` on the issuing thread."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RangePop(Step):
    """``nvtxRangePop`` on the issuing thread."""


@dataclass(frozen=True)
class Plan:
    """A whole run.

    Attributes
    ----------
    strategy : str
    config : StreamConfig
        Fully resolved: nothing in it is ``None`` except knobs the strategy does not have.
    workload : Workload
    batch : int
        Samples of a request.
    steps : tuple of Step
        In host issue order.
    streams : tuple of StreamSpec
        Created in this order; their numbers are used by the steps.
    buffers : tuple of Buffer
    """

    strategy: str
    config: StreamConfig
    workload: Workload
    batch: int
    steps: tuple[Step, ...]
    streams: tuple[StreamSpec, ...]
    buffers: tuple[Buffer, ...]

    @property
    def requests(self) -> int:
        """Batches in the run."""
        return self.config.requests or 1

    @property
    def samples(self) -> int:
        """Samples of the whole run."""
        return self.batch * self.requests
