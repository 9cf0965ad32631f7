"""From a plan and a GPU to columns: every step priced once, every name turned into a number."""

from __future__ import annotations

from math import lcm

from profiler.devices.base import Engine
from profiler.devices.sim.columns import (
    ARRIVED,
    BLOCKING,
    COPY,
    FREE,
    GRAPH,
    KERNEL,
    LEGACY,
    LINK_IN,
    LINK_OUT,
    NONE,
    RANGE,
    RECORD,
    STAGED,
    SYNC,
    WAIT,
    Columns,
    Rules,
)
from profiler.devices.sim.cost import KernelCost, price
from profiler.devices.sim.gpu import GpuModel, ns_of_us, transfer_ns
from profiler.plan.model import (
    CopyKind,
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RecordEvent,
    Step,
    StreamSpec,
    StreamStep,
    StreamWait,
)

#: The value of a column in a row where it has no meaning.
_EMPTY = {
    "op": RANGE, "thread": NONE, "engine": int(Engine.NONE), "chain": NONE, "call_ns": 0, "latency_ns": 0,
    "gap_ns": 0, "fixed_ns": 0, "transfer_ns": 0, "tail_ns": 0, "blocks": 0, "unit": 0, "block_ns": 0, "links": 0,
    "target": NONE, "returns": 0, "alone_ns": 0, "work_ns": 0,
}  # fmt: skip


def compile_plan(plan: Plan, gpu: GpuModel) -> Columns:
    """The columns of a plan that has been proved (`profiler.plan.proof.prove`), on a GPU."""
    return _Compiler(plan, gpu).run()


def _blocking(stream: StreamSpec) -> int:
    if stream.legacy_default:
        return LEGACY
    return FREE if stream.non_blocking else BLOCKING


def _rules(gpu: GpuModel) -> Rules:
    return Rules(
        copy_engines=gpu.copy_engines,
        hardware_queues=gpu.hardware_queues,
        pending_ops=gpu.pending_ops,
        issue_order=gpu.engine_queue == "issue",
        late_signal=gpu.late_kernel_signal,
        duplex=gpu.duplex_factor.as_integer_ratio(),
        sync_return_ns=ns_of_us(gpu.sync_return_us),
    )


class _Compiler:
    def __init__(self, plan: Plan, gpu: GpuModel) -> None:
        self._plan = plan
        self._gpu = gpu
        self._columns = Columns(
            streams=len(plan.streams),
            queue=[number % gpu.hardware_queues for number in range(len(plan.streams))],
            priority=[stream.priority for stream in plan.streams],
            blocking=[_blocking(stream) for stream in plan.streams],
            rules=_rules(gpu),
        )
        for name, value in _EMPTY.items():
            setattr(self._columns, name, [value] * len(plan.steps))
        self._slots = [0] * len(plan.steps)
        self._records = {step.event: index for index, step in enumerate(plan.steps) if isinstance(step, RecordEvent)}
        self._node_chain: dict[tuple[int, int], int] = {}
        #: Chain to whether its last step that takes time is a kernel.
        self._after_kernel: dict[int, bool] = {}
        self._kernels: dict[tuple[int, int, int], KernelCost] = {}
        self._copies: dict[tuple[CopyKind, bool, int], tuple[int, int]] = {}
        calls = gpu.call_us
        self._call_ns = {
            KERNEL: ns_of_us(calls.launch),
            COPY: ns_of_us(calls.memcpy),
            RECORD: ns_of_us(calls.record),
            WAIT: ns_of_us(calls.wait),
            SYNC: ns_of_us(calls.sync),
            GRAPH: ns_of_us(calls.graph_launch),
        }
        self._launch_latency = ns_of_us(gpu.launch_latency_us)
        self._graph_latency = ns_of_us(gpu.graph_launch_us) or self._launch_latency
        self._copy_latency = ns_of_us(gpu.copy_latency_us)
        self._gap = (ns_of_us(gpu.kernel_gap_us), ns_of_us(gpu.graph_node_gap_us))

    def run(self) -> Columns:
        """The columns with all rows filled in."""
        columns = self._columns
        for index, step in enumerate(self._plan.steps):
            if step.graph < 0:
                columns.thread[index] = step.thread
            if isinstance(step, StreamStep):
                columns.chain[index] = self._chain(index, step)
            self._fill(index, step)
        columns.capacity = lcm(*{slots for slots in self._slots if slots})
        columns.unit = [columns.capacity // slots if slots else 0 for slots in self._slots]
        return columns

    def _fill(self, index: int, step: Step) -> None:
        match step:
            case Launch():
                self._kernel(index, step)
            case Memcpy():
                self._copy(index, step)
            case RecordEvent():
                self._called(index, RECORD, step)
            case StreamWait():
                self._called(index, WAIT, step)
                self._columns.target[index] = self._records[step.event]
            case GraphLaunch():
                self._called(index, GRAPH, step)
                self._columns.latency_ns[index] = self._graph_latency
                self._after_kernel[step.stream] = False
            case HostSync():
                self._called(index, SYNC, step)
                if step.event is not None:
                    self._columns.target[index] = self._records[step.event]
                elif step.stream is not None:
                    self._columns.chain[index] = step.stream

    def _called(self, index: int, op: int, step: Step) -> None:
        self._columns.op[index] = op
        if step.graph < 0:
            self._columns.call_ns[index] = self._call_ns[op]

    def _chain(self, index: int, step: StreamStep) -> int:
        if step.graph < 0:
            return step.stream
        columns = self._columns
        key = (step.graph, step.stream)
        if key not in self._node_chain:
            self._node_chain[key] = chain = columns.streams + len(self._node_chain)
            columns.nodes.setdefault(step.graph, []).append(chain)
            columns.node_steps[chain] = []
        columns.node_steps[self._node_chain[key]].append(index)
        return self._node_chain[key]

    def _kernel(self, index: int, step: Launch) -> None:
        columns = self._columns
        self._called(index, KERNEL, step)
        columns.engine[index] = int(Engine.COMPUTE)
        if step.graph < 0:
            columns.latency_ns[index] = self._launch_latency
        chain = columns.chain[index]
        if self._after_kernel.get(chain, False):
            columns.gap_ns[index] = self._gap[step.graph >= 0]
        self._after_kernel[chain] = True
        key = (id(step.kernel), step.mapped_read_bytes, step.mapped_write_bytes)
        cost = self._kernels.get(key)
        if cost is None:
            cost = price(
                step.kernel,
                self._gpu,
                mapped_read_bytes=step.mapped_read_bytes,
                mapped_write_bytes=step.mapped_write_bytes,
            )
            self._kernels[key] = cost
        columns.links[index] = LINK_IN * (step.mapped_read_bytes > 0) + LINK_OUT * (step.mapped_write_bytes > 0)
        self._compute(index, cost.blocks, cost.slots, cost.block_ns)

    def _compute(self, index: int, blocks: int, slots: int, block_ns: int) -> None:
        columns = self._columns
        columns.blocks[index] = blocks
        columns.block_ns[index] = block_ns
        columns.alone_ns[index] = -(-blocks // slots) * block_ns
        columns.work_ns[index] = blocks * block_ns // slots
        self._slots[index] = slots

    def _copy(self, index: int, step: Memcpy) -> None:
        columns = self._columns
        self._called(index, COPY, step)
        if step.graph < 0:
            columns.latency_ns[index] = self._copy_latency
        self._after_kernel[columns.chain[index]] = False
        host = step.src if step.kind is CopyKind.HTOD else step.dst
        pageable = self._plan.buffers[host].memory is Memory.PAGEABLE
        fixed, transfer = self._copy_cost(step.kind, pageable, step.size_bytes)
        if step.kind is CopyKind.DTOD:
            columns.engine[index] = int(Engine.COMPUTE)
            self._compute(index, 1, 1, fixed + transfer)
            return
        to_device = step.kind is CopyKind.HTOD
        columns.engine[index] = int(self._copy_engine(to_device))
        columns.fixed_ns[index], columns.transfer_ns[index] = fixed, transfer
        columns.alone_ns[index] = columns.work_ns[index] = fixed + transfer
        if pageable and not to_device:
            columns.returns[index] = ARRIVED
        elif pageable and step.size_bytes > self._gpu.pageable_async_max_bytes:
            columns.returns[index] = STAGED
            tail = transfer_ns(min(self._gpu.staging_bytes, step.size_bytes), self._gpu.htod_gb_per_s)
            columns.tail_ns[index] = min(tail, transfer)

    def _copy_engine(self, to_device: bool) -> Engine:
        if self._gpu.copy_engines == 1:
            return Engine.COPY
        return Engine.HTOD if to_device else Engine.DTOH

    def _copy_cost(self, kind: CopyKind, pageable: bool, size_bytes: int) -> tuple[int, int]:
        """Fixed and transfer time; a copy inside the device reads and writes its memory, hence half the rate."""
        key = (kind, pageable, size_bytes)
        if key not in self._copies:
            gpu = self._gpu
            rate = {
                (CopyKind.HTOD, False): gpu.htod_gb_per_s,
                (CopyKind.HTOD, True): gpu.pageable_htod_gb_per_s,
                (CopyKind.DTOH, False): gpu.dtoh_gb_per_s,
                (CopyKind.DTOH, True): gpu.pageable_dtoh_gb_per_s,
                (CopyKind.DTOD, False): gpu.memory_gb_per_s / 2,
            }[kind, pageable]
            self._copies[key] = ns_of_us(gpu.copy_overhead_us), transfer_ns(size_bytes, rate)
        return self._copies[key]
