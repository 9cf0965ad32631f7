"""Plans written step by step, without a strategy; they need not prove themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from profiler.plan.model import (
    Buffer,
    CopyKind,
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    Step,
    StreamConfig,
    StreamSpec,
    StreamWait,
)
from profiler.workload.model import KernelCall, Workload

#: Numbers of the buffers of every plan made here.
PINNED, DEVICE, OTHER_DEVICE, PAGEABLE, MAPPED = range(5)
BUFFERS = (
    Buffer("pinned", Memory.PINNED, 1 << 40),
    Buffer("device", Memory.DEVICE, 1 << 40),
    Buffer("other device", Memory.DEVICE, 1 << 40),
    Buffer("pageable", Memory.PAGEABLE, 1 << 40),
    Buffer("mapped", Memory.MAPPED, 1 << 40),
)


def timed(ns: int) -> KernelCall:
    """A kernel that holds the whole GPU for so long."""
    return KernelCall(f"timed {ns}", (1, 1, 1), (32, 1, 1), duration_ns=ns)


def toy_workload() -> Workload:
    """A workload for plans whose steps say all there is to say."""
    return Workload("toy", "fp32", 1, 1, lambda samples: (timed(samples),))


@dataclass
class Steps:
    """Writes steps one by one; every method gives back the number of its step."""

    steps: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def htod(self, stream: int, size: int, pageable: bool = False, **more: Any) -> int:
        source = PAGEABLE if pageable else PINNED
        return self.add(Memcpy(kind=CopyKind.HTOD, src=source, dst=DEVICE, size_bytes=size, stream=stream, **more))

    def dtoh(self, stream: int, size: int, pageable: bool = False, **more: Any) -> int:
        target = PAGEABLE if pageable else PINNED
        return self.add(Memcpy(kind=CopyKind.DTOH, src=DEVICE, dst=target, size_bytes=size, stream=stream, **more))

    def dtod(self, stream: int, size: int, **more: Any) -> int:
        return self.add(
            Memcpy(kind=CopyKind.DTOD, src=DEVICE, dst=OTHER_DEVICE, size_bytes=size, stream=stream, **more)
        )

    def kernel(self, stream: int, ns: int, **more: Any) -> int:
        return self.add(Launch(kernel=timed(ns), stream=stream, **more))

    def launch(self, stream: int, kernel: KernelCall, **more: Any) -> int:
        return self.add(Launch(kernel=kernel, stream=stream, **more))

    def record(self, stream: int, event: int, **more: Any) -> int:
        return self.add(RecordEvent(stream=stream, event=event, **more))

    def wait(self, stream: int, event: int, **more: Any) -> int:
        return self.add(StreamWait(stream=stream, event=event, **more))

    def sync(self, stream: int | None = None, event: int | None = None, **more: Any) -> int:
        return self.add(HostSync(stream=stream, event=event, **more))

    def graph(self, stream: int, **more: Any) -> int:
        return self.add(GraphLaunch(stream=stream, **more))

    def plan(self, streams: int | Sequence[StreamSpec] = 1) -> Plan:
        specs = tuple(StreamSpec(f"s{n}") for n in range(streams)) if isinstance(streams, int) else tuple(streams)
        return Plan("by hand", StreamConfig(requests=1), toy_workload(), 1, tuple(self.steps), specs, BUFFERS)


@dataclass
class Wishes:
    """What a random plan may hold."""

    size: int = 25
    streams: int = 4
    threads: int = 1
    whole_gpu_kernels: bool = False
    syncs: bool = False
    graphs: bool = False
    pageable: bool = False
    mapped: bool = False
    priorities: bool = False
    default_stream: bool = False


def random_plan(random: Random, wishes: Wishes) -> Plan:
    """Steps at random; waits only for events recorded before, so that there is always an order in which to run."""
    return _RandomPlan(random, wishes).make()


class _RandomPlan:
    def __init__(self, random: Random, wishes: Wishes) -> None:
        self.random = random
        self.wishes = wishes
        self.steps = Steps()
        self.thread = [random.randrange(wishes.threads) for _ in range(wishes.streams)]
        self.events = 0
        self.recorded: list[int] = []

    def make(self) -> Plan:
        wishes, random = self.wishes, self.random
        while len(self.steps.steps) < wishes.size:
            stream = random.randrange(wishes.streams)
            if wishes.graphs and random.random() < 0.1:
                self.add_graph(stream)
            elif wishes.syncs and random.random() < 0.12:
                self.add_sync(stream)
            elif random.random() < 0.05:
                self.steps.add(RangePush(name="range", thread=self.thread[stream]))
                self.steps.add(RangePop(thread=self.thread[stream]))
            else:
                self.add_work(stream, self.recorded, thread=self.thread[stream])
        for thread in sorted(set(self.thread)):
            self.steps.sync(thread=thread)
        return self.steps.plan([self.spec(number) for number in range(wishes.streams)])

    def spec(self, number: int) -> StreamSpec:
        priority = self.random.choice((0, 0, -1)) if self.wishes.priorities else 0
        kind = self.random.choice(("free", "blocking", "blocking")) if self.wishes.default_stream else "free"
        legacy = self.wishes.default_stream and number == 0
        return StreamSpec(
            f"s{number}", non_blocking=kind == "free" and not legacy, legacy_default=legacy, priority=priority
        )

    def add_work(self, stream: int, recorded: list[int], **more: int) -> None:
        random, steps, in_graph = self.random, self.steps, "graph" in more
        match random.choice("hhkkkddmrww"):
            case "h":
                steps.htod(stream, random.choice((1, 2, 3, 5, 8)), not in_graph and self.pageable(), **more)
            case "d":
                steps.dtoh(stream, random.choice((1, 2, 3, 5, 8)), not in_graph and self.pageable(), **more)
            case "m":
                steps.dtod(stream, random.choice((50, 100, 300)), **more)
            case "k":
                read, written = (random.choice((0, 0, 0, 2)) if self.wishes.mapped else 0 for _ in range(2))
                steps.launch(stream, self.kernel(), mapped_read_bytes=read, mapped_write_bytes=written, **more)
            case "r":
                recorded.append(self.events)
                steps.record(stream, self.events, **more)
                self.events += 1
            case "w" if recorded:
                steps.wait(stream, random.choice(recorded[-4:]), **more)

    def pageable(self) -> bool:
        return self.wishes.pageable and self.random.random() < 0.3

    def kernel(self) -> KernelCall:
        random = self.random
        if self.wishes.whole_gpu_kernels or random.random() < 0.3:
            return timed(random.choice((0, 1, 2, 4)))
        blocks, threads = random.choice((1, 3, 5, 10, 14, 25, 60)), random.choice((32, 256, 512, 1024))
        return KernelCall("k", (blocks, 1, 1), (threads, 1, 1), flops=random.choice((0, 100, 500, 2000, 8000)))

    def add_sync(self, stream: int) -> None:
        thread = self.thread[stream]
        mine = [
            step.event
            for step in self.steps.steps
            if isinstance(step, RecordEvent) and step.graph < 0 and step.thread == thread
        ]
        match self.random.choice(("device", "stream", "event")):
            case "device":
                self.steps.sync(thread=thread)
            case "stream":
                self.steps.sync(stream=stream, thread=thread)
            case "event" if mine:
                self.steps.sync(event=self.random.choice(mine), thread=thread)

    def add_graph(self, stream: int) -> None:
        launch = self.steps.graph(stream, thread=self.thread[stream])
        inside: list[int] = []
        for _ in range(self.random.randrange(7)):
            self.add_work(self.random.randrange(self.wishes.streams), inside, graph=launch, thread=self.thread[stream])
