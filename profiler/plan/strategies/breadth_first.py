"""Breadth-first: all copies in, then all kernels, then all copies out, over the streams."""

from __future__ import annotations

from profiler.plan.builder import Builder
from profiler.plan.model import StreamConfig
from profiler.plan.settings import DEFAULT_STREAMS, at_most, chunk_sizes, host_memory
from profiler.plan.strategy import Parts, Question, Strategy, assemble
from profiler.workload.model import Workload


def resolve(question: Question) -> StreamConfig:
    """Streams: 8, the hardware queues at most; a slot a chunk. Neither exceeds the chunks of a request."""
    given = question.config
    chunks = len(chunk_sizes(question.batch, given.chunks))
    streams = at_most(given.streams, min(DEFAULT_STREAMS, question.hardware_queues), chunks)
    return StreamConfig(
        streams=streams,
        chunks=chunks,
        buffers=at_most(given.buffers, chunks, chunks),
        memory=given.memory,
        requests=given.requests or 1,
        issue_threads=min(given.issue_threads, streams),
    )


def draft(workload: Workload, batch: int, config: StreamConfig) -> Builder:
    """Chunk c of each request goes to stream c modulo streams, in waves of as many chunks as there are slots."""
    streams, slots = config.streams or 1, config.buffers or 1
    builder = Builder(
        workload,
        chunk_sizes(batch, config.chunks),
        host_memory(config),
        [f"stream {number}" for number in range(streams)],
        requests=config.requests or 1,
        slots=slots,
        threads=[stream % config.issue_threads for stream in range(streams)],
        restart=True,
    )
    for request in range(builder.requests):
        chunks = list(builder.request(request))
        for first in range(0, len(chunks), slots):
            for stage in (builder.copy_in, builder.compute, builder.copy_out):
                for chunk in chunks[first : first + slots]:
                    stage(chunk, chunk.index % streams)
    builder.wait_for_all()
    return builder


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    return assemble(draft(workload, batch, config))


STRATEGY = Strategy(
    "breadth-first",
    frozenset({"streams", "chunks", "buffers", "memory", "requests", "issue_threads"}),
    resolve,
    _build,
)
