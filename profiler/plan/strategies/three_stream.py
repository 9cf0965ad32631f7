"""Three streams: copies in, kernels and copies out, joined by events over a ring of buffers."""

from __future__ import annotations

from profiler.plan.builder import Builder
from profiler.plan.model import StreamConfig
from profiler.plan.settings import DEFAULT_RING, at_most, chunk_sizes, host_memory
from profiler.plan.strategy import Parts, Question, Strategy, assemble
from profiler.workload.model import Workload

STREAMS = ("copy-in", "compute", "copy-out")
COPY_IN, COMPUTE, COPY_OUT = range(3)

#: Issue thread of each stream, by the number of threads: copies in are the first to get a thread of their own.
_THREADS = {1: (0, 0, 0), 2: (0, 1, 1), 3: (0, 1, 2)}


def resolve(question: Question) -> StreamConfig:
    """A ring of three slots unless given, no more than the chunks of the run; three issue threads at most."""
    given = question.config
    chunks = len(chunk_sizes(question.batch, given.chunks))
    requests = given.requests or 1
    return StreamConfig(
        chunks=chunks,
        buffers=at_most(given.buffers, DEFAULT_RING, chunks * requests),
        memory=given.memory,
        requests=requests,
        issue_threads=min(given.issue_threads, len(STREAMS)),
    )


def draft(workload: Workload, batch: int, config: StreamConfig) -> Builder:
    """Chunk by chunk: its copy in, its kernels, its copy out, each to the stream of its kind."""
    builder = Builder(
        workload,
        chunk_sizes(batch, config.chunks),
        host_memory(config),
        STREAMS,
        requests=config.requests or 1,
        slots=config.buffers or DEFAULT_RING,
        threads=_THREADS[config.issue_threads],
    )
    for chunk in builder.chunks():
        builder.copy_in(chunk, COPY_IN)
        builder.compute(chunk, COMPUTE)
        builder.copy_out(chunk, COPY_OUT)
    builder.wait_for_all()
    return builder


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    return assemble(draft(workload, batch, config))


STRATEGY = Strategy(
    "three-stream", frozenset({"chunks", "buffers", "memory", "requests", "issue_threads"}), resolve, _build
)
