"""A plan priced for a GPU, as lists of whole numbers: one entry a step, in plan order. What the schedulers read."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What a step is to the schedulers. Plain numbers: they are compared a few times a step.
RANGE, SYNC, RECORD, WAIT, GRAPH, COPY, KERNEL = range(7)

#: When the host call of a copy returns: at once; when all but the last staging piece has left (pageable to the device);
#: when all has come and the host knows (pageable to the host).
AT_ONCE, STAGED, ARRIVED = range(3)

#: How a stream stands to the legacy default stream: free of it, ordered with it, or that stream itself.
FREE, BLOCKING, LEGACY = range(3)

#: No such step, stream or thread.
NONE = -1

#: Bits of ``Columns.links``: the directions of the link that a kernel holds while it runs.
LINK_IN, LINK_OUT = 1, 2


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same for every step of a plan on one GPU.

    Attributes
    ----------
    copy_engines : int
        1: one engine serves both directions.
    hardware_queues, pending_ops : int
    issue_order : bool
        Engines serve in the order of calls instead of requests.
    late_signal : bool
        Kernels issued back to back signal completion together.
    duplex : (int, int)
        Numerator and denominator of the share of its rate that each direction keeps while both transfer.
    sync_return_ns : int
    """

    copy_engines: int = 2
    hardware_queues: int = 32
    pending_ops: int = 1024
    issue_order: bool = False
    late_signal: bool = False
    duplex: tuple[int, int] = (1, 1)
    sync_return_ns: int = 0


@dataclass(slots=True)
class Columns:
    """What every step costs and where it runs. Times are nanoseconds; `NONE` where a column has no meaning.

    Attributes
    ----------
    op, thread, engine : list of int
        What it is (`COPY`, ...), issue thread (`NONE` for graph nodes), `Engine`.
    chain : list of int
        The in-order sequence the step belongs to: its stream or, for a graph node, a number from ``streams`` on. For
        a `HostSync`, the stream it waits for.
    call_ns : list of int
        Host time of the call.
    latency_ns : list of int
        From the start of the call to the earliest start on the device.
    gap_ns : list of int
        From the end of the step before in the chain; more than 0 only between two kernels.
    fixed_ns, transfer_ns, tail_ns : list of int
        Of a copy: before the first byte; all bytes at full rate; the part of it that may travel after the host call
        has returned (with `STAGED`).
    blocks, unit, block_ns : list of int
        Of a kernel: blocks, share of ``capacity`` one resident block takes, its duration.
    links : list of int
        Of a kernel: directions of the link it holds, `LINK_IN` and `LINK_OUT`.
    target : list of int
        Of a wait, or a synchronization with an event: the step that records it. Of a graph node: its launch.
    returns : list of int
        Of a copy: `AT_ONCE`, `STAGED` or `ARRIVED`.
    alone_ns, work_ns : list of int
        As in `profiler.devices.base.StepTimings`.
    rules : Rules
    streams : int
        Chains below this number are streams.
    queue, priority, blocking : list of int
        By stream: hardware queue, priority (lower goes first), `FREE`, `BLOCKING` or `LEGACY`.
    nodes : dict
        Graph launch to the chains of its nodes; ``node_steps`` has the steps of each, by chain number.
    capacity : int
        Units of the SMs' block slots; a kernel that may have s resident blocks takes capacity / s for each.
    """

    op: list[int] = field(default_factory=list)
    thread: list[int] = field(default_factory=list)
    engine: list[int] = field(default_factory=list)
    chain: list[int] = field(default_factory=list)
    call_ns: list[int] = field(default_factory=list)
    latency_ns: list[int] = field(default_factory=list)
    gap_ns: list[int] = field(default_factory=list)
    fixed_ns: list[int] = field(default_factory=list)
    transfer_ns: list[int] = field(default_factory=list)
    tail_ns: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    unit: list[int] = field(default_factory=list)
    block_ns: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    alone_ns: list[int] = field(default_factory=list)
    work_ns: list[int] = field(default_factory=list)
    rules: Rules = Rules()
    streams: int = 0
    queue: list[int] = field(default_factory=list)
    priority: list[int] = field(default_factory=list)
    blocking: list[int] = field(default_factory=list)
    nodes: dict[int, list[int]] = field(default_factory=dict)
    node_steps: dict[int, list[int]] = field(default_factory=dict)
    capacity: int = 1

    @property
    def launch_of(self) -> dict[int, int]:
        """Chain of nodes to the graph launch that releases it."""
        return {chain: launch for launch, chains in self.nodes.items() for chain in chains}

    def __len__(self) -> int:
        return len(self.op)
