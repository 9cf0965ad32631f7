"""What holds for the plans of all strategies, whatever the knobs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given, settings

from profiler.errors import PlanError
from profiler.plan.model import (
    CopyKind,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    StreamConfig,
    StreamStep,
    StreamWait,
)
from profiler.plan.proof import prove
from profiler.plan.registry import STRATEGIES, knobs, make_plan
from profiler.workload.micro import array_sum
from tests.plan.configurations import plans
from tests.plan.toys import TOY, indices, toy, without


@given(plans())
@settings(max_examples=400)
def test_every_plan_proves_itself(plan: Plan) -> None:
    prove(plan)


@given(plans(most_requests=3))
@settings(max_examples=120)
def test_no_wait_is_needless(plan: Plan) -> None:
    for index in indices(plan, StreamWait):
        with pytest.raises(PlanError):
            prove(without(plan, index))


@given(plans())
@settings(max_examples=150)
def test_no_host_synchronization_is_needless(plan: Plan) -> None:
    # Of several issue threads each waits for its own work, though one may wait for what follows all of it.
    assume(plan.config.issue_threads == 1 or plan.strategy == "in-flight")
    for index in indices(plan, HostSync):
        with pytest.raises(PlanError):
            prove(without(plan, index))


@given(plans())
def test_a_run_the_host_does_not_wait_for_is_refused(plan: Plan) -> None:
    while syncs := indices(plan, HostSync):
        plan = without(plan, syncs[-1])
    with pytest.raises(PlanError, match="may still run when the host has made its last call"):
        prove(plan)


@given(plans())
def test_every_record_is_waited_for(plan: Plan) -> None:
    recorded = [step.event for step in plan.steps if isinstance(step, RecordEvent)]
    assert set(recorded) == {step.event for step in plan.steps if isinstance(step, StreamWait)}
    assert recorded == sorted(recorded) == list(range(len(recorded)))


@given(plans())
def test_every_sample_is_copied_in_computed_and_copied_out_once(plan: Plan) -> None:
    workload, config = plan.workload, plan.config
    base = config.base or plan.strategy
    for kind, size in ((CopyKind.HTOD, workload.input_bytes), (CopyKind.DTOH, workload.output_bytes)):
        moved = sum(step.size_bytes for step in plan.steps if isinstance(step, Memcpy) and step.kind is kind)
        assert moved == (0 if base == "zero-copy" else size * plan.samples)
    computed: Counter[tuple[int, str]] = Counter()
    for step in plan.steps:
        if isinstance(step, Launch):
            computed[(step.request, step.kernel.name)] += step.kernel.blocks
    names = [kernel.name for kernel in workload.kernels(1)]
    assert computed == {(request, name): plan.batch for request in range(plan.requests) for name in names}


@given(plans())
def test_chunks_of_a_request_are_as_configured(plan: Plan) -> None:
    chunks = {(s.request, s.chunk) for s in plan.steps if isinstance(s, Launch)}
    wanted = plan.config.chunks or 1
    assert chunks == {(request, chunk) for request in range(plan.requests) for chunk in range(wanted)}


@given(plans())
def test_the_configuration_is_resolved(plan: Plan) -> None:
    has = knobs(plan.strategy)
    if plan.strategy == "graph":
        assert plan.config.base is not None
        has = (has & knobs(plan.config.base)) | {"base"}
    for knob in ("streams", "chunks", "buffers", "requests", "base"):
        assert (getattr(plan.config, knob) is not None) is (knob in has), knob
    issued = {s.thread for s in plan.steps}
    assert issued == set(range(plan.config.issue_threads))
    if "issue_threads" not in has:
        assert plan.config.issue_threads == 1
    if plan.config.streams:
        assert plan.config.streams == len(plan.streams)
    if plan.config.buffers:
        inputs = [b for b in plan.buffers if b.name.startswith("in ")]
        assert len(inputs) in (0, plan.config.buffers)


@given(plans())
def test_every_buffer_is_used(plan: Plan) -> None:
    used: set[int] = set()
    for step in plan.steps:
        if isinstance(step, Memcpy):
            used |= {step.src, step.dst}
        elif isinstance(step, Launch):
            used |= {*step.reads, *step.writes}
    assert used == set(range(len(plan.buffers)))


@given(plans())
def test_every_stream_is_used_by_one_thread(plan: Plan) -> None:
    threads = {(s.stream, s.thread) for s in plan.steps if isinstance(s, StreamStep)}
    assert len(threads) == len({stream for stream, _ in threads})
    assert all(stream.non_blocking and not stream.legacy_default for stream in plan.streams)


@given(plans())
def test_only_serial_and_in_flight_wait_inside_a_run(plan: Plan) -> None:
    waits_inside = plan.strategy in ("serial", "in-flight") or plan.config.base == "serial"
    syncs = [step for step in plan.steps if isinstance(step, HostSync)]
    if waits_inside:
        assert sorted(step.request for step in syncs) == list(range(plan.requests))
        return
    # After a thread's wait comes nothing but the end of its ranges.
    for thread in range(plan.config.issue_threads):
        own = [step for step in plan.steps if step.thread == thread and step.graph < 0]
        last = max(place for place, step in enumerate(own) if isinstance(step, HostSync))
        assert sum(isinstance(step, HostSync) for step in own) == 1
        assert all(isinstance(step, RangePop) for step in own[last + 1 :])
        assert own[last].request == (0 if plan.requests == 1 else -1)


@given(plans())
def test_ranges_name_their_request(plan: Plan) -> None:
    for step in plan.steps:
        if isinstance(step, RangePush):
            assert step.name == (f"request {step.request}" if step.chunk < 0 else f"chunk {step.chunk}")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_plan_is_a_pure_function_of_its_arguments(strategy: str) -> None:
    config = StreamConfig(requests=2)
    assert make_plan(strategy, TOY, 5, config) == make_plan(strategy, TOY, 5, config)


def test_host_memory_is_of_the_kind_asked_for() -> None:
    for strategy in ("serial", "depth-first", "breadth-first", "three-stream", "in-flight"):
        for memory, kind in (("pinned", Memory.PINNED), ("pageable", Memory.PAGEABLE)):
            plan = make_plan(strategy, TOY, 4, StreamConfig(memory=memory))
            assert {b.memory for b in plan.buffers if b.name.startswith("host")} == {kind}
            assert {b.memory for b in plan.buffers if not b.name.startswith("host")} == {Memory.DEVICE}


def test_zero_copy_moves_its_bytes_in_the_first_and_the_last_kernel() -> None:
    plan = make_plan("zero-copy", toy(3), 4)
    kernels = [step for step in plan.steps if isinstance(step, Launch)]
    assert [(k.mapped_read_bytes, k.mapped_write_bytes) for k in kernels] == [(400, 0), (0, 0), (0, 40)]
    only = [step for step in make_plan("zero-copy", toy(1), 4).steps if isinstance(step, Launch)]
    assert [(k.mapped_read_bytes, k.mapped_write_bytes) for k in only] == [(400, 40)]
    assert {b.name: (b.memory, b.size_bytes) for b in plan.buffers} == {
        "host in 0": (Memory.MAPPED, 400),
        "host out 0": (Memory.MAPPED, 40),
        "work 0": (Memory.DEVICE, 20),
    }


def test_in_flight_keeps_no_more_than_k_requests_between_issue_and_wait() -> None:
    plan = make_plan("in-flight", TOY, 1, StreamConfig(streams=3, requests=10))
    flying: set[int] = set()
    for step in plan.steps:
        if isinstance(step, HostSync):
            flying.remove(step.request)
        elif step.request >= 0 and isinstance(step, StreamStep):
            flying.add(step.request)
        assert len(flying) <= 3
    assert not flying


@pytest.mark.parametrize(("strategy", "streams"), [("depth-first", 3), ("breadth-first", 3), ("in-flight", 3)])
def test_a_thread_issues_every_nth_stream(strategy: str, streams: int) -> None:
    plan = make_plan(strategy, TOY, 6, StreamConfig(streams=streams, chunks=6, requests=4, issue_threads=2))
    assert {(s.stream, s.thread) for s in plan.steps if isinstance(s, StreamStep)} == {(0, 0), (1, 1), (2, 0)}


def test_a_later_kernel_that_reads_the_input_keeps_its_buffer() -> None:
    plan = make_plan("three-stream", array_sum("int32", size=1000), 8, StreamConfig(buffers=1, chunks=4))
    prove(plan)
    late = [step for step in plan.steps if isinstance(step, Launch) and step.kernel.name == "reduce"]
    inputs = {step.dst for step in plan.steps if isinstance(step, Memcpy) and step.kind is CopyKind.HTOD}
    assert len(late) == 4
    assert all(inputs & set(step.reads) for step in late)


def test_a_mapped_input_that_is_read_twice_crosses_the_link_twice() -> None:
    plan = make_plan("zero-copy", array_sum("int32", size=1000), 8)
    crossed = [step.mapped_read_bytes for step in plan.steps if isinstance(step, Launch)]
    assert crossed == [8 * 4000, 8 * 4000]
