"""Depth-first: chunk by chunk, streams in turn."""

from __future__ import annotations

from profiler.plan.builder import Builder
from profiler.plan.model import StreamConfig
from profiler.plan.settings import DEFAULT_STREAMS, at_most, chunk_sizes, host_memory
from profiler.plan.strategy import Parts, Question, Strategy, assemble
from profiler.workload.model import Workload


def resolve(question: Question) -> StreamConfig:
    """Streams: 8, the hardware queues at most; a slot a stream. Neither exceeds the chunks of the run."""
    given = question.config
    chunks = len(chunk_sizes(question.batch, given.chunks))
    requests = given.requests or 1
    streams = at_most(given.streams, min(DEFAULT_STREAMS, question.hardware_queues), chunks * requests)
    return StreamConfig(
        streams=streams,
        chunks=chunks,
        buffers=at_most(given.buffers, streams, chunks * requests),
        memory=given.memory,
        requests=requests,
        issue_threads=min(given.issue_threads, streams),
    )


def draft(workload: Workload, batch: int, config: StreamConfig) -> Builder:
    """Chunk c, numbered through all requests, goes to stream c modulo streams and to slot c modulo buffers."""
    streams = config.streams or 1
    builder = Builder(
        workload,
        chunk_sizes(batch, config.chunks),
        host_memory(config),
        [f"stream {number}" for number in range(streams)],
        requests=config.requests or 1,
        slots=config.buffers or streams,
        threads=[stream % config.issue_threads for stream in range(streams)],
    )
    for chunk in builder.chunks():
        stream = chunk.number % streams
        builder.copy_in(chunk, stream)
        builder.compute(chunk, stream)
        builder.copy_out(chunk, stream)
    builder.wait_for_all()
    return builder


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    return assemble(draft(workload, batch, config))


STRATEGY = Strategy(
    "depth-first",
    frozenset({"streams", "chunks", "buffers", "memory", "requests", "issue_threads"}),
    resolve,
    _build,
)
