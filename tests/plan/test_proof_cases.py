"""What the proof refuses, by hand-made plans, and the words in which it says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from profiler.errors import PlanError
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
from profiler.plan.proof import prove
from profiler.plan.registry import make_plan
from tests.plan.toys import BUFFERS, KERNEL, SYNC, dtoh, htod, indices, kernel, plan_of, record, toy, wait, without


def refusal(plan: Plan) -> str:
    with pytest.raises(PlanError) as caught:
        prove(plan)
    assert caught.value.remedy
    assert caught.value.where == f"plan {plan.strategy}"
    return caught.value.what


def test_a_safe_plan_passes() -> None:
    prove(plan_of(htod(0, 0), record(0, 0), wait(1, 0), kernel(1, [0], [1]), dtoh(1, 1), SYNC))


def test_an_empty_plan_passes() -> None:
    prove(plan_of())


def test_a_race_names_both_steps_and_the_buffer() -> None:
    assert refusal(plan_of(htod(0, 0, chunk=2), kernel(1, [0], chunk=3), SYNC)) == (
        "step 1 (kernel k, stream 1, chunk 3) reads 'd0', "
        "step 0 (HtoD copy of 8 B from 'h0' to 'd0', stream 0, chunk 2) writes it, and nothing orders the two"
    )


RACES = {
    "write after read": ([htod(0, 0), record(0, 0), wait(1, 0), kernel(1, [0]), htod(0, 0)], "reads it"),
    "write after write": ([htod(0, 0), htod(1, 0)], "writes it"),
    "two results into one host buffer": (
        [kernel(0, (), [0]), kernel(1, (), [1]), dtoh(0, 0), dtoh(1, 1)],
        "writes 'h1'",
    ),
    "the record comes before the write": ([record(0, 0), htod(0, 0), wait(1, 0), kernel(1, [0])], "writes it"),
    "the wait comes after the read": ([htod(0, 0), record(0, 0), kernel(1, [0]), wait(1, 0)], "writes it"),
    "a wait passes on only what its stream had waited for": (
        [htod(0, 0), record(0, 0), record(1, 1), wait(1, 0), wait(2, 1), kernel(2, [0])],
        "writes it",
    ),
    "the host waits for another stream": (
        [htod(0, 0), htod(1, 1), HostSync(stream=1), kernel(2, [1]), kernel(2, [0])],
        "writes it",
    ),
    "a graph does not wait for another stream": (
        [htod(1, 0), GraphLaunch(stream=0), kernel(0, [0], graph=1)],
        "writes it",
    ),
    "streams that do not block are not ordered by the default stream": (
        [htod(0, 0), kernel(2, (), [1]), kernel(1, [0])],
        "writes it",
    ),
}


@pytest.mark.parametrize("name", RACES)
def test_a_race_is_refused(name: str) -> None:
    steps, words = RACES[name]
    streams = [StreamSpec("a"), StreamSpec("b"), StreamSpec("default", non_blocking=False, legacy_default=True)]
    message = refusal(plan_of(*steps, SYNC, streams=streams))
    assert "nothing orders the two" in message
    assert words in message


def _default_stream(*, others_block: bool) -> list[StreamSpec]:
    others = [StreamSpec(name, non_blocking=not others_block) for name in "ab"]
    return [*others, StreamSpec("default", non_blocking=False, legacy_default=True)]


SAFE = {
    "events hand on what came before them": [
        htod(0, 0),
        record(0, 0),
        wait(1, 0),
        record(1, 1),
        wait(2, 1),
        kernel(2, [0]),
    ],
    "two readers at once": [htod(0, 0), record(0, 0), wait(1, 0), kernel(0, [0]), kernel(1, [0])],
    "the host waits for a stream, then calls": [htod(0, 0), HostSync(stream=0), kernel(1, [0])],
    "the host waits for an event, then calls": [htod(0, 0), record(0, 7), HostSync(event=7), kernel(1, [0])],
    "the host waits for the device, then calls": [htod(0, 0), HostSync(), kernel(1, [0])],
    "what follows a launch follows its nodes": [GraphLaunch(stream=0), htod(0, 0, graph=0), kernel(0, [0])],
    "two launches in one stream follow each other": [
        GraphLaunch(stream=0),
        htod(0, 0, graph=0),
        GraphLaunch(stream=0),
        kernel(0, [0], graph=2),
    ],
    "nodes follow what their launch follows": [
        htod(1, 0),
        record(1, 0),
        wait(0, 0),
        GraphLaunch(stream=0),
        kernel(0, [0], graph=3),
    ],
}


@pytest.mark.parametrize("name", SAFE)
def test_what_is_ordered_passes(name: str) -> None:
    prove(plan_of(*SAFE[name], SYNC))


def test_the_default_stream_orders_blocking_streams_around_it() -> None:
    steps = (htod(0, 0), kernel(2, [0], [1]), kernel(1, [1]), SYNC)
    prove(plan_of(*steps, streams=_default_stream(others_block=True)))
    assert "nothing orders" in refusal(plan_of(*steps, streams=_default_stream(others_block=False)))


def test_blocking_streams_are_not_ordered_by_themselves() -> None:
    assert "nothing orders" in refusal(
        plan_of(htod(0, 0), kernel(1, [0]), SYNC, streams=_default_stream(others_block=True))
    )


def test_reading_what_nothing_wrote_is_refused() -> None:
    assert "step 0 (kernel k, stream 0) reads 'd1', which nothing has written" in refusal(
        plan_of(kernel(0, [1], [0]), SYNC)
    )


def test_a_wait_before_its_record_is_refused() -> None:
    message = refusal(plan_of(wait(1, 0), htod(0, 0), record(0, 0), SYNC))
    assert message.startswith("step 0 (wait for event 0, stream 1) comes before its record, step 2")


def test_a_wait_before_the_record_of_another_thread_is_only_late() -> None:
    later = [record(0, 0, thread=1), HostSync(thread=1)]
    prove(plan_of(wait(1, 0), kernel(1, [0]), SYNC, htod(0, 0, thread=1), *later))


def test_threads_that_wait_for_each_other_are_refused_with_both_waits() -> None:
    steps = (wait(0, 1), record(0, 0), wait(1, 0, thread=1), record(1, 1, thread=1))
    assert refusal(plan_of(*steps)) == (
        "host threads wait for each other and never go on: "
        "step 0 (wait for event 1, stream 0) for step 3 (record of event 1, stream 1, thread 1), and "
        "step 2 (wait for event 0, stream 1, thread 1) for step 1 (record of event 0, stream 0)"
    )


def test_a_thread_learns_nothing_from_the_synchronization_of_another() -> None:
    assert "nothing orders" in refusal(
        plan_of(htod(0, 0), HostSync(stream=0), kernel(1, [0], thread=1), SYNC, HostSync(thread=1))
    )


def test_a_wait_for_the_record_of_another_thread_tells_what_that_thread_knew() -> None:
    # Stream 3 waits for no event, but its thread waited for a record made after the copy was known to be over.
    known = (htod(0, 0), HostSync(stream=0), record(1, 0), wait(2, 0, thread=1), kernel(3, [0], thread=1))
    prove(plan_of(*known, SYNC, HostSync(thread=1), streams=4))
    unknown = (htod(0, 0), record(1, 0), HostSync(stream=0), wait(2, 0, thread=1), kernel(3, [0], thread=1))
    assert "nothing orders" in refusal(plan_of(*unknown, SYNC, HostSync(thread=1), streams=4))


def test_work_that_outlives_the_run_is_refused() -> None:
    assert refusal(plan_of(htod(0, 0), HostSync(stream=0), htod(1, 1))) == (
        "step 2 (HtoD copy of 8 B from 'h0' to 'd1', stream 1) may still run when the host has made its last call"
    )
    assert "last call" in refusal(plan_of(htod(0, 0), htod(1, 1, thread=1), HostSync(thread=0)))


def test_a_host_that_waits_for_one_request_must_wait_for_all() -> None:
    for output_bytes, words in (
        (0, "the host never waits for request 0, though it waits for request 1"),
        (10, "overwrites"),
    ):
        workload = toy(1, output_bytes=output_bytes)
        plan = make_plan("in-flight", workload, 1, StreamConfig(streams=2, requests=4))
        assert words in refusal(without(plan, indices(plan, HostSync)[0]))


def test_a_host_that_waits_too_early_for_a_request_is_refused() -> None:
    plan = plan_of(htod(0, 0, request=0), HostSync(request=0), kernel(0, [0], request=0), HostSync())
    assert "may still run when the host has waited for request 0" in refusal(plan)


def test_a_result_is_not_overwritten_before_the_host_has_waited_for_it() -> None:
    first = [kernel(0, (), [0], request=0), dtoh(0, 0, request=0)]
    second = [kernel(0, (), [0], request=1), dtoh(0, 0, request=1)]
    one, two = HostSync(stream=0, request=0), HostSync(stream=0, request=1)
    prove(plan_of(*first, one, *second, two, requests=2))
    message = refusal(plan_of(*first, *second, one, two, requests=2))
    assert message.startswith("step 3 (DtoH copy of 8 B from 'd0' to 'h1', stream 0, request 1) overwrites 'h1'")
    third = [kernel(0, (), [0], request=2), dtoh(0, 0, request=2), HostSync(request=2)]
    assert "request 2) overwrites 'h1'" in refusal(plan_of(*first, one, *second, *third, two, requests=3))
    again = [dtoh(0, 0, request=0), *first, one]  # within a request the last write is the result
    prove(plan_of(htod(0, 0, request=0), *again, *second, two, requests=2))
    prove(plan_of(*first, *second, HostSync(), requests=2))  # a host that waits for the run only wants the last one


PINNED, PAGEABLE, MAPPED = (Buffer(m.name, m, 8) for m in (Memory.PINNED, Memory.PAGEABLE, Memory.MAPPED))
NODE = GraphLaunch(stream=0)

MALFORMED: dict[str, tuple[list[Step], str]] = {
    "stream": ([kernel(3)], "step 0 (kernel k, stream 3) names a stream"),
    "negative stream": ([record(-1, 0)], "names a stream"),
    "synchronized stream": ([HostSync(stream=9)], "names a stream"),
    "request": ([kernel(0, request=1)], "works for request 1"),
    "chunk": ([kernel(0, chunk=-2)], "chunk -2"),
    "thread": ([kernel(0, thread=-1)], "thread -1"),
    "event recorded twice": ([record(0, 0), record(1, 0)], "step 0 (record of event 0, stream 0) records too"),
    "negative event": ([record(0, -1)], "negative"),
    "event never recorded": ([wait(0, 5)], "never recorded"),
    "two threads on a stream": ([kernel(0), kernel(0, thread=1)], "thread 0 issues its stream"),
    "event of another thread": ([record(0, 0), HostSync(event=0, thread=1)], "thread 1 does not record"),
    "no such event": ([HostSync(event=0)], "thread 0 does not record"),
    "host waits before the record": ([HostSync(event=0), record(0, 0)], "comes before its record"),
    "stream of another thread": ([kernel(0), HostSync(stream=0, thread=1)], "which thread 0 issues"),
    "buffer": ([kernel(0, (), [6])], "uses buffer 6"),
    "negative buffer": ([kernel(0, (), [-1])], "uses buffer -1"),
    "copy buffer": ([dtoh(0, 7)], "from buffer 7"),
    "kernel in pinned memory": ([kernel(0, [3])], "uses 'h0', which is pinned memory"),
    "copy in from the device": ([htod(0, 0, source=1)], "uses 'd1', which is device memory"),
    "copy out to the device": ([dtoh(0, 0, to=1)], "uses 'd1', which is device memory"),
    "copy in to the host": ([htod(0, 4)], "uses 'h1', which is pinned memory"),
    "device copy to the host": (
        [Memcpy(kind=CopyKind.DTOD, src=0, dst=3, size_bytes=8, stream=0)],
        "uses 'h0'",
    ),
    "copy onto itself": ([Memcpy(kind=CopyKind.DTOD, src=0, dst=0, size_bytes=8, stream=0)], "onto itself"),
    "copy too large": ([replace(htod(0, 0), size_bytes=9)], "moves 9 bytes, and 'h0' has 8"),
    "copy of nothing": ([replace(htod(0, 0), size_bytes=0)], "moves 0 bytes"),
    "mapped bytes without a mapped buffer": (
        [Launch(kernel=KERNEL, stream=0, writes=(0,), mapped_read_bytes=8)],
        "reads 8 bytes over the link",
    ),
    "negative mapped bytes": (
        [Launch(kernel=KERNEL, stream=0, writes=(0,), mapped_write_bytes=-1)],
        "writes -1 bytes over the link",
    ),
    "range never closed": ([RangePush(name="r")], "step 0 (start of range 'r') is never closed"),
    "range never opened": ([RangePush(name="r"), RangePop(thread=1), RangePop()], "no range to end on thread 1"),
    "node of no launch": ([kernel(0), kernel(0, graph=0)], "node of no earlier graph launch"),
    "node before its launch": ([kernel(0, graph=1), NODE], "node of no earlier graph launch"),
    "node apart from its launch": ([NODE, kernel(0), kernel(0, graph=0)], "apart from its graph launch"),
    "node of an older launch": ([NODE, NODE, kernel(0, graph=0)], "apart from its graph launch"),
    "host wait in a graph": ([NODE, HostSync(graph=0)], "cannot be captured"),
    "range in a graph": ([NODE, RangePush(name="r", graph=0)], "cannot be captured"),
    "launch in a graph": ([NODE, GraphLaunch(stream=0, graph=0)], "cannot be captured"),
    "chain without a fork": ([NODE, kernel(1, graph=0)], "nothing ties to the launching stream"),
    "wait into a graph from before it": (
        [record(0, 0), NODE, wait(0, 0, graph=1)],
        "are not both in one graph",
    ),
    "wait for an event in a graph": ([NODE, record(0, 0, graph=0), wait(0, 0)], "are not both in one graph"),
    "wait for another graph": (
        [NODE, record(0, 0, graph=0), NODE, wait(0, 0, graph=2)],
        "are not both in one graph",
    ),
    "chain without a join": (
        [NODE, record(0, 0, graph=0), wait(1, 0, graph=0), kernel(1, graph=0)],
        "the chain of stream 1 in graph 'graph', launched in stream 0, is not joined",
    ),
    "pageable memory in a graph": ([NODE, htod(0, 0, source=6, graph=0)], "uses pageable 'PAGEABLE' in a graph"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_plan_is_refused(name: str) -> None:
    steps, words = MALFORMED[name]
    buffers = (*BUFFERS, PAGEABLE) if "pageable" in name else BUFFERS
    plan = plan_of(*steps, buffers=buffers)
    assert words in refusal(plan)


def test_two_default_streams_are_refused() -> None:
    assert "more than one" in refusal(plan_of(streams=[StreamSpec("a", legacy_default=True)] * 2))


def test_an_empty_buffer_is_refused() -> None:
    assert "buffer 'x' has 0 bytes" in refusal(plan_of(buffers=[Buffer("x", Memory.DEVICE, 0)]))


def test_pageable_copies_and_mapped_kernels_pass() -> None:
    plan = plan_of(
        Memcpy(kind=CopyKind.HTOD, src=1, dst=0, size_bytes=8, stream=0),
        Launch(kernel=KERNEL, stream=0, reads=(0, 2), writes=(2,), mapped_read_bytes=8, mapped_write_bytes=8),
        SYNC,
        buffers=[BUFFERS[0], PAGEABLE, MAPPED],
    )
    prove(plan)


def test_a_chain_may_be_joined_by_way_of_another() -> None:
    def node(step: Step) -> Step:
        return replace(step, graph=0)

    nodes = [record(0, 0), wait(1, 0), htod(1, 0), record(1, 1), wait(2, 1), kernel(2, [0]), record(2, 2), wait(0, 2)]
    prove(plan_of(NODE, *map(node, nodes), SYNC))


@pytest.mark.parametrize("strategy", ["depth-first", "breadth-first", "three-stream"])
def test_a_ring_with_a_slot_too_few_is_refused(strategy: str) -> None:
    """Chunks that use a slot still in use: what the buffer waits of a plan are there to prevent."""
    plan = make_plan(strategy, toy(2), 4, StreamConfig(chunks=4, streams=4, buffers=2))
    waits = [i for i in indices(plan, StreamWait) if getattr(plan.steps[i], "reason", "") == "buffer"]
    assert waits
    for index in reversed(waits):
        plan = without(plan, index)
    assert "nothing orders the two" in refusal(plan)


def test_moving_a_record_before_its_work_is_refused() -> None:
    plan = make_plan("three-stream", toy(2), 3, StreamConfig(chunks=3, buffers=2))
    for place in indices(plan, RecordEvent):
        steps = list(plan.steps)
        steps[place - 1], steps[place] = steps[place], steps[place - 1]
        refusal(replace(plan, steps=tuple(steps)))
