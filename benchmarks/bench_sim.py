"""Time of scheduling long plans on a simulated GPU, and of the same resource model written with simpy.

usage: python benchmarks/bench_sim.py [--ops 1000000] [--peer-ops 50000] [--no-peer]

An operation is a copy or a kernel; records and waits come on top. Both sides answer for the same plan: sixteen streams
in turn, each a copy in, a kernel, a copy out, a wait for another stream at every sixteenth operation, and a host that
calls an operation every 2.5 µs. They must agree on the makespan. All of it runs in one thread, so processor time is
given: other work on the machine is not in it. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from profiler.devices.base import Engine
from profiler.devices.registry import open_device
from profiler.devices.sim.columns import COPY, KERNEL, NONE, RECORD, WAIT, Columns
from profiler.devices.sim.cosim import cosimulate
from profiler.devices.sim.fold import fold
from profiler.devices.sim.heads import run_heads
from profiler.devices.sim.times import Times
from profiler.plan.registry import make_plan
from profiler.workload.registry import open_workload

STREAMS = 16
CALL_NS = 2_500
#: Block slots of the GPU, 132 SMs with 16 each; where each kernel holds them all they are one.
CAPACITY = 132 * 16
ROUNDS = (int(Engine.HTOD), int(Engine.COMPUTE), int(Engine.DTOH))

#: Seconds for a million operations, and how many times faster than simpy, that are aimed at.
GOALS = {"one kernel at a time": (1.2, 12.0), "kernels share the SMs": (2.5, 6.0)}


def long_plan(operations: int, *, shared_sms: bool) -> Columns:
    """Columns of the plan; without shared SMs each kernel holds the whole GPU."""
    random = Random(1)
    columns = Columns(streams=STREAMS, queue=list(range(STREAMS)), priority=[0] * STREAMS, blocking=[0] * STREAMS)
    columns.rules = replace(columns.rules, pending_ops=operations)
    columns.capacity = CAPACITY if shared_sms else 1
    records: list[int] = []
    for number in range(operations):
        stream, engine = number // 3 % STREAMS, ROUNDS[number % 3]
        if records and number % 16 == 0:
            _add(columns, WAIT, stream, target=random.choice(records[-3:]))
        if engine != Engine.COMPUTE:
            _add(columns, COPY, stream, engine=engine, call_ns=CALL_NS, transfer_ns=random.randrange(1_000, 20_000))
        elif shared_sms:
            blocks, unit = random.choice((1, 8, 66, 132, 264, 1000, 2112)), random.choice((1, 2, 4, 8))
            ns = random.randrange(1_000, 5_000)
            _add(columns, KERNEL, stream, engine=engine, call_ns=CALL_NS, blocks=blocks, unit=unit, block_ns=ns)
        else:
            ns = random.randrange(1_000, 20_000)
            _add(columns, KERNEL, stream, engine=engine, call_ns=CALL_NS, blocks=1, unit=1, block_ns=ns)
        if number % 16 == 8:
            records.append(len(columns))
            _add(columns, RECORD, stream)
    size = len(columns)
    zeros = ("latency_ns", "gap_ns", "fixed_ns", "tail_ns", "links", "returns", "alone_ns", "work_ns", "thread")
    for name in zeros:
        setattr(columns, name, [0] * size)
    return columns


def _add(
    columns: Columns,
    op: int,
    stream: int,
    *,
    engine: int = int(Engine.NONE),
    call_ns: int = 0,
    transfer_ns: int = 0,
    blocks: int = 0,
    unit: int = 0,
    block_ns: int = 0,
    target: int = NONE,
) -> None:
    columns.op.append(op)
    columns.chain.append(stream)
    columns.engine.append(engine)
    columns.call_ns.append(call_ns)
    columns.transfer_ns.append(transfer_ns)
    columns.blocks.append(blocks)
    columns.unit.append(unit)
    columns.block_ns.append(block_ns)
    columns.target.append(target)


class Peer:
    """The same resource model as simpy processes: a host, one process a stream, engines, and a block distributor."""

    def __init__(self, columns: Columns) -> None:
        import simpy

        self.columns = columns
        self.env = simpy.Environment()
        self.copies = {engine: simpy.Resource(self.env, 1) for engine in (Engine.HTOD, Engine.DTOH)}
        self.arrivals = simpy.Store(self.env)
        self.issued = [self.env.event() for _ in columns.op]
        self.recorded = {step: self.env.event() for step, op in enumerate(columns.op) if op == RECORD}
        self.free = columns.capacity
        self.freed = self.env.event()
        self.resident: dict[int, int] = {}

    def run(self) -> int:
        """The makespan of the device."""
        steps: list[list[int]] = [[] for _ in range(STREAMS)]
        for step, stream in enumerate(self.columns.chain):
            steps[stream].append(step)
        self.env.process(self.host())
        self.env.process(self.distributor())
        streams = [self.env.process(self.stream(mine)) for mine in steps]
        self.env.run(self.env.all_of(streams))
        return int(self.env.now)

    def host(self) -> Iterator[Any]:
        for step, call_ns in enumerate(self.columns.call_ns):
            if call_ns:
                yield self.env.timeout(call_ns)
            self.issued[step].succeed()

    def stream(self, steps: list[int]) -> Iterator[Any]:
        columns = self.columns
        for step in steps:
            yield self.issued[step]
            op = columns.op[step]
            if op == COPY:
                with self.copies[Engine(columns.engine[step])].request() as engine:
                    yield engine
                    yield self.env.timeout(columns.transfer_ns[step])
            elif op == KERNEL:
                done = self.env.event()
                yield self.arrivals.put((step, done))
                yield done
            elif op == WAIT:
                yield self.recorded[columns.target[step]]
            else:
                self.recorded[step].succeed()

    def distributor(self) -> Iterator[Any]:
        columns = self.columns
        while True:
            step, done = yield self.arrivals.get()
            left, unit = columns.blocks[step], columns.unit[step]
            self.resident[step] = 1
            while left:
                count = min(self.free // unit, left)
                if not count:
                    self.freed = self.env.event()
                    yield self.freed
                    continue
                waves = max(1, (left - 1) // count) if self.free == columns.capacity else 1
                self.free -= count * unit
                left -= min(left, count * waves)
                self.resident[step] += 1
                self.env.process(self.blocks(step, count, waves, done))
            self.leave(step, done)

    def blocks(self, step: int, count: int, waves: int, done: Any) -> Iterator[Any]:
        yield self.env.timeout(waves * self.columns.block_ns[step])
        self.free += count * self.columns.unit[step]
        if not self.freed.triggered:
            self.freed.succeed()
        self.leave(step, done)

    def leave(self, step: int, done: Any) -> None:
        self.resident[step] -= 1
        if not self.resident[step]:
            done.succeed()


def least(question: Callable[[], Any], runs: int = 3) -> tuple[float, Any]:
    """Seconds of processor time of the quickest run, and its answer."""
    best, answer = float("inf"), None
    for _ in range(runs):
        gc.collect()
        start = time.process_time()
        answer = question()
        best = min(best, time.process_time() - start)
    return best, answer


def measure(operations: int, *, shared_sms: bool) -> list[dict[str, Any]]:
    """Rows about one long plan, without the peer."""
    kind = list(GOALS)[shared_sms]
    columns = long_plan(operations, shared_sms=shared_sms)
    goal = GOALS[kind][0] * operations / 1_000_000
    seconds, _ = least(lambda: run_heads(columns, fold(columns)))
    rows = [row(f"{operations:,} operations, {kind}", seconds, goal=goal)]
    seconds, folded = least(lambda: fold(columns))
    rows.append(row(f"{operations:,} operations, {kind}: of that, the order, once a plan", seconds))
    slowed = replace(columns, rules=replace(columns.rules, duplex=(93, 100)))
    seconds, _ = least(lambda: run_heads(slowed, folded))
    rows.append(row(f"{operations:,} operations, {kind}, directions slow each other down", seconds))
    return rows


def compare_with_peer(operations: int, *, shared_sms: bool) -> list[dict[str, Any]]:
    """Rows about a shorter plan, which the peer is asked about too."""
    kind = list(GOALS)[shared_sms]
    columns = long_plan(operations, shared_sms=shared_sms)
    ours, times = least(lambda: run_heads(columns, fold(columns)), 5)
    slow, same = least(lambda: cosimulate(columns), 2)
    theirs, makespan = least(lambda: Peer(columns).run(), 2)
    check(times, same, makespan)
    asked = f"{operations:,} operations, {kind}"
    return [
        row(asked, ours, peer="simpy", peer_value=theirs),
        row(f"{asked}: times faster", theirs / ours, "x", goal=GOALS[kind][1], peer="simpy", peer_value=1.0),
        row(f"{asked}: co-simulation, which knows every rule", slow, peer="simpy", peer_value=theirs),
    ]


def check(times: Times | None, same: Times, makespan: int) -> None:
    """Stop unless all three gave the same run."""
    if times is None or (times.end != same.end).any():
        raise SystemExit("the fast scheduler and the co-simulation differ")
    # Requests of one instant are served in another order there.
    if abs(int(times.end.max()) - makespan) > makespan / 1000:
        raise SystemExit(f"the makespans differ: {int(times.end.max())} here, {makespan} there")


def whole_runs() -> list[dict[str, Any]]:
    """Rows about plans as they are in use: proof, pricing and schedule of one run."""
    device, workload = open_device("sim:h100-sxm"), open_workload("resnet50")
    rows = []
    for strategy in ("depth-first", "graph"):
        plan = make_plan(strategy, workload, 128)
        seconds, _ = least(lambda plan=plan: device.execute(plan), 5)
        rows.append(row(f"resnet50, batch 128, {strategy}, {len(plan.steps)} steps: execute", 1000 * seconds, "ms"))
    return rows


def row(what: str, value: float, unit: str = "s", **more: Any) -> dict[str, Any]:
    """A row, which is printed at once."""
    found = {"what": what, "value": value, "unit": unit, "goal": None, "peer": None, "peer_value": None, **more}
    beside = f"  ({found['peer']}: {found['peer_value']:.3f} {unit})" if found["peer"] else ""
    goal = f"  goal {found['goal']:g}" if found["goal"] else ""
    print(f"{what:88s} {value:9.3f} {unit}{goal}{beside}", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ops", type=int, default=1_000_000, help="operations of the long plans")
    parser.add_argument("--peer-ops", type=int, default=50_000, help="operations of the plans the peer is asked about")
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    options = parser.parse_args()
    rows = [found for shared in (False, True) for found in measure(options.ops, shared_sms=shared)]
    versions: dict[str, str] = {}
    if not options.no_peer:
        versions["simpy"] = version("simpy")
        for shared in (False, True):
            rows += compare_with_peer(options.peer_ops, shared_sms=shared)
    rows += whole_runs()
    about = (
        "Processor time of one thread, least of three to five runs, of two for simpy and the co-simulation, on priced "
        "plans in memory. Makespans are compared first."
    )
    print(json.dumps({"name": "sim", "about": about, "versions": versions, "rows": rows}))


if __name__ == "__main__":
    main()
