"""What all strategies are made of: buffers in slots, a batch in chunks, and the calls that carry one chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from profiler.plan.model import Buffer, CopyKind, HostSync, Launch, Memcpy, Memory, StreamSpec, StreamStep
from profiler.workload.model import Workload

#: A buffer that a workload does not need: it copies nothing that way, or has a single kernel.
ABSENT = -1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a request.

    Attributes
    ----------
    request, index : int
        The request, and the part's place in it.
    samples : int
    number : int
        Its place among the chunks that share the ring.
    slot, host : int
        Device buffers and host buffers it uses.
    """

    request: int
    index: int
    samples: int
    number: int
    slot: int
    host: int


@dataclass(frozen=True, slots=True)
class Slots:
    """Numbers of the buffers in each slot, `ABSENT` where the workload needs none."""

    inputs: tuple[int, ...]
    works: tuple[int, ...]
    outputs: tuple[int, ...]
    host_inputs: tuple[int, ...]
    host_outputs: tuple[int, ...]


@dataclass
class Builder:
    """Collects the calls of a run, without events: these follow from the buffers (see `profiler.plan.weave`).

    Parameters
    ----------
    workload : Workload
    sizes : tuple of int
        Samples of each chunk of a request.
    memory : Memory
        Of the host buffers. With `Memory.MAPPED` there are no copies: kernels use the host buffers in place.
    streams : sequence of str
        Names of the streams.
    requests : int
    slots : int
        Sets of device buffers.
    threads : sequence of int
        Issue thread of each stream.
    restart : bool
        Whether each request begins at slot 0 again, instead of going on where the one before it ended.

    Notes
    -----
    Slots are used in turn. Host buffers are used in turn too and hold one request, rounded up to whole turns of the
    slots: a host buffer then always goes with the same slot, so a result is overwritten by a later request in an
    order that the reuse of the slot gives already.
    """

    workload: Workload
    sizes: tuple[int, ...]
    memory: Memory
    streams: Sequence[str]
    requests: int = 1
    slots: int = 1
    threads: Sequence[int] = ()
    restart: bool = False
    buffers: list[Buffer] = field(default_factory=list)
    calls: list[StreamStep | HostSync] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.threads = tuple(self.threads) or (0,) * len(self.streams)
        of_request = len(self.sizes)
        self._numbers = of_request * (1 if self.restart else self.requests)
        self._hosts = min(-(-of_request // self.slots) * self.slots, self._numbers)
        self._slots = self._allocate()

    @property
    def stream_specs(self) -> tuple[StreamSpec, ...]:
        """The streams of the plan."""
        return tuple(StreamSpec(name) for name in self.streams)

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of the whole run in order."""
        for request in range(self.requests):
            yield from self.request(request)

    def request(self, request: int) -> Iterator[Chunk]:
        """Chunks of one request in order."""
        for index, samples in enumerate(self.sizes):
            number = (request * len(self.sizes) + index) % self._numbers
            yield Chunk(request, index, samples, number, number % self.slots, number % self._hosts)

    def copy_in(self, chunk: Chunk, stream: int) -> None:
        """Host input to the slot's input."""
        target = self._slots.inputs[chunk.slot]
        if target != ABSENT:
            source = self._slots.host_inputs[chunk.host]
            self._copy(chunk, stream, CopyKind.HTOD, source, target, chunk.samples * self.workload.input_bytes)

    def copy_out(self, chunk: Chunk, stream: int) -> None:
        """The slot's output to the host output."""
        source = self._slots.outputs[chunk.slot]
        if source != ABSENT:
            target = self._slots.host_outputs[chunk.host]
            self._copy(chunk, stream, CopyKind.DTOH, source, target, chunk.samples * self.workload.output_bytes)

    def compute(self, chunk: Chunk, stream: int) -> None:
        """Kernels of a chunk: the first reads the input, the last writes the output, between them the workspace.

        A later kernel that says so reads the input again, over the link once more where it is mapped.
        """
        kernels = self.workload.kernels(chunk.samples)
        last = len(kernels) - 1
        mapped = self.memory is Memory.MAPPED
        work = self._slots.works[chunk.slot]
        source = self._slots.host_inputs[chunk.host] if mapped else self._slots.inputs[chunk.slot]
        target = self._slots.host_outputs[chunk.host] if mapped else self._slots.outputs[chunk.slot]
        for place, kernel in enumerate(kernels):
            takes = not place or kernel.reads_input
            read = [buffer for buffer, used in ((work, place), (source, takes)) if used and buffer != ABSENT]
            written = target if place == last else work
            self.calls.append(
                Launch(
                    kernel=kernel,
                    reads=tuple(read),
                    writes=() if written == ABSENT else (written,),
                    mapped_read_bytes=chunk.samples * self.workload.input_bytes if mapped and takes else 0,
                    mapped_write_bytes=chunk.samples * self.workload.output_bytes if mapped and place == last else 0,
                    stream=stream,
                    request=chunk.request,
                    chunk=chunk.index,
                    thread=self.threads[stream],
                )
            )

    def wait_for(self, request: int, stream: int) -> None:
        """The host waits for one request, the last one in ``stream``."""
        self.calls.append(HostSync(stream=stream, request=request, thread=self.threads[stream]))

    def wait_for_all(self) -> None:
        """The host waits for the end of the run: each issue thread for what it has issued."""
        request = 0 if self.requests == 1 else -1
        stream = 0 if len(self.streams) == 1 else None
        for thread in sorted(set(self.threads)):
            self.calls.append(HostSync(stream=stream, request=request, thread=thread))

    def _copy(self, chunk: Chunk, stream: int, kind: CopyKind, source: int, target: int, size: int) -> None:
        self.calls.append(
            Memcpy(
                kind=kind,
                src=source,
                dst=target,
                size_bytes=size,
                stream=stream,
                request=chunk.request,
                chunk=chunk.index,
                thread=self.threads[stream],
            )
        )

    def _allocate(self) -> Slots:
        most = self.sizes[0]
        into, out = most * self.workload.input_bytes, most * self.workload.output_bytes
        device = 0 if self.memory is Memory.MAPPED else 1
        # A stage hands something to the next even where the workload does not say how much.
        several = any(len(self.workload.kernels(samples)) > 1 for samples in set(self.sizes))
        work = max(1, most * self.workload.workspace_bytes) if several else 0
        return Slots(
            inputs=self._buffers("in", Memory.DEVICE, into * device, self.slots),
            works=self._buffers("work", Memory.DEVICE, work, self.slots),
            outputs=self._buffers("out", Memory.DEVICE, out * device, self.slots),
            host_inputs=self._buffers("host in", self.memory, into, self._hosts),
            host_outputs=self._buffers("host out", self.memory, out, self._hosts),
        )

    def _buffers(self, name: str, memory: Memory, size: int, count: int) -> tuple[int, ...]:
        if not size:
            return (ABSENT,) * count
        first = len(self.buffers)
        self.buffers += [Buffer(f"{name} {number}", memory, size) for number in range(count)]
        return tuple(range(first, first + count))
