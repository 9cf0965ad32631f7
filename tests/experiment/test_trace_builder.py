"""A run's trace says what the timings say: rows, causes before effects, edges, requests, repeats."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.experiment.scenario import Outcome, Scenario, run_scenario
from profiler.experiment.spec import Bench, ScenarioSpec
from profiler.experiment.trace_builder import build_all_repeats
from profiler.plan.model import HostSync, Launch, Memcpy, RangePush, StreamConfig
from profiler.plan.registry import STRATEGIES
from profiler.trace.schema import NO_TIME, Category, EdgeKind, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Trace


def outcome_of(strategy: str, **knobs: object) -> Outcome:
    with Bench() as bench:
        spec = ScenarioSpec("googlenet", 8, strategy, device="sim:t4", config=StreamConfig(**knobs), repeats=2)
        return run_scenario(*bench.scenario(spec))


@pytest.fixture(params=STRATEGIES)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    requests = 4 if request.param == "in-flight" else 2
    return outcome_of(request.param, requests=requests)


def rows(trace: Trace, category: Category) -> np.ndarray:
    return np.flatnonzero(trace.category == category)


def test_every_copy_kernel_call_and_wait_is_a_row(outcome: Outcome) -> None:
    steps = outcome.plan.steps
    trace = outcome.trace
    assert len(rows(trace, Category.KERNEL)) == sum(isinstance(s, Launch) for s in steps)
    assert len(rows(trace, Category.MEMCPY)) == sum(isinstance(s, Memcpy) for s in steps)
    assert len(rows(trace, Category.SYNC)) == sum(isinstance(s, HostSync) for s in steps)
    assert len(rows(trace, Category.MARKER)) == sum(isinstance(s, RangePush) for s in steps)


def test_times_are_those_of_the_timings_from_the_first_host_action(outcome: Outcome) -> None:
    trace, timings = outcome.trace, outcome.timings
    device = np.array([i for i, s in enumerate(outcome.plan.steps) if isinstance(s, Memcpy | Launch)])
    found = np.flatnonzero(np.isin(trace.category, (Category.KERNEL, Category.MEMCPY)))
    called = timings.host_start[outcome.repeat]
    first = called[called >= 0].min()
    assert sorted(trace.ts[found]) == sorted(timings.start[outcome.repeat][device] - first)
    assert sorted(trace.dur[found]) == sorted((timings.end - timings.start)[outcome.repeat][device])
    assert trace.ts[trace.category == Category.DRIVER].min() == 0


def test_causes_come_before_effects_along_every_edge(outcome: Outcome) -> None:
    trace, edges = outcome.trace, outcome.trace.edges
    launch = edges.kind == EdgeKind.LAUNCH
    end = trace.ts + trace.dur
    assert (trace.ts[edges.target[~launch]] >= end[edges.source[~launch]]).all()
    assert (trace.ts[edges.target[launch]] >= trace.ts[edges.source[launch]]).all()
    device = np.isin(trace.category, (Category.KERNEL, Category.MEMCPY))
    assert set(edges.target[launch]) == set(np.flatnonzero(device))


def test_each_device_row_carries_its_calls_correlation(outcome: Outcome) -> None:
    trace, edges = outcome.trace, outcome.trace.edges
    launch = edges.kind == EdgeKind.LAUNCH
    source, target = edges.source[launch], edges.target[launch]
    assert (trace["correlation_id"][source] == trace["correlation_id"][target]).all()
    assert (trace["pid"] == trace["pid"][0]).all()


def test_waiting_and_executing_are_apart(outcome: Outcome) -> None:
    trace = outcome.trace
    device = np.isin(trace.category, (Category.KERNEL, Category.MEMCPY))
    queued = trace["queued_ns"][device]
    assert (queued != NO_TIME).all()
    assert (queued <= trace.ts[device]).all()


def test_copies_carry_direction_size_and_memory() -> None:
    trace = outcome_of("serial", memory="pageable").trace
    copies = rows(trace, Category.MEMCPY)
    kinds = trace["memcpy_kind"][copies].tolist()
    assert kinds == [MemcpyKind.HTOD, MemcpyKind.DTOH]
    assert trace["size_bytes"][copies].tolist() == [8 * 602_112, 8 * 4000]
    assert trace["src_kind"][copies].tolist() == [MemoryKind.PAGEABLE, MemoryKind.DEVICE]
    assert trace["dst_kind"][copies].tolist() == [MemoryKind.DEVICE, MemoryKind.PAGEABLE]


def test_zero_copy_says_what_crossed_the_link() -> None:
    outcome = outcome_of("zero-copy")
    kernels = rows(outcome.trace, Category.KERNEL)
    crossed = outcome.trace["size_bytes"][kernels]
    assert crossed[crossed > 0].sum() == outcome.mapped_bytes == 8 * (602_112 + 4000)
    figures = outcome.to_json()["overlap"]
    assert figures["copy_ns"] == 0
    assert figures["hidden_fraction"] is None
    assert figures["mapped_ns"] > 0


def test_buffer_waits_are_told_from_data_waits() -> None:
    edges = outcome_of("three-stream", buffers=1, chunks=4).trace.edges
    assert (edges.kind == EdgeKind.BUFFER).any()
    assert (edges.kind == EdgeKind.EVENT).any()
    assert not (outcome_of("serial").trace.edges.kind == EdgeKind.BUFFER).any()


def test_ranges_enclose_the_calls_of_their_request() -> None:
    trace = outcome_of("serial", requests=2).trace
    markers = rows(trace, Category.MARKER)
    for row in markers:
        request = trace["request"][row]
        calls = np.flatnonzero((trace.category == Category.DRIVER) & (trace["request"] == request))
        assert trace.ts[row] <= trace.ts[calls].min()
        assert trace.ts[row] + trace.dur[row] >= (trace.ts + trace.dur)[calls].max()


def test_tracks_are_the_streams_and_threads() -> None:
    trace = outcome_of("depth-first", streams=2, issue_threads=2).trace
    kinds = [track.kind for track in trace.tracks]
    assert kinds.count(TrackKind.STREAM) == 2
    assert kinds.count(TrackKind.THREAD) == 2
    kernels = rows(trace, Category.KERNEL)
    assert [trace.tracks[t].stream for t in trace["track"][kernels]] == trace["stream"][kernels].tolist()


def test_all_repeats_follow_each_other_and_number_their_requests_on() -> None:
    outcome = outcome_of("serial", requests=2)
    trace = build_all_repeats(outcome.plan, outcome.timings, outcome.device.info)
    assert len(trace) == 2 * len(outcome.trace)
    kernels = rows(trace, Category.KERNEL)
    assert sorted(set(trace["request"][kernels].tolist())) == [0, 1, 2, 3]
    half = len(trace) // 2
    assert trace.ts[half:].min() >= (trace.ts + trace.dur)[:half].max()
    assert trace.edges.target.max() >= half
    assert trace.meta["requests"] == 4


def test_a_scenario_is_measured_at_the_repeat_nearest_the_median() -> None:
    with Bench() as bench:
        spec = ScenarioSpec("triad", 4, "depth-first", device="sim:t4", repeats=9, seed=3, jitter_percent=20)
        scenario, device = bench.scenario(spec)
        assert isinstance(scenario, Scenario)
        outcome = run_scenario(scenario, device)
    makespans = sorted(outcome.makespans_ns.tolist())
    assert makespans[0] < makespans[-1]
    assert outcome.makespan_ns == makespans[4]
    assert outcome.makespans_ns[outcome.repeat] == makespans[4]
    assert outcome.noise_ns > 0
