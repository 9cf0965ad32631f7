"""The phenomenon itself: copies hide at batch 128 and cannot at batch 1, on every network."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from fractions import Fraction

import pytest

from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.gpu import CallCosts, ns_of_us
from profiler.devices.sim.model import load_gpu
from profiler.experiment.compare import Comparison, run_all
from profiler.experiment.scenario import Outcome, run_scenario
from profiler.experiment.spec import Bench, Product, ScenarioSpec
from profiler.plan.model import Launch, Memcpy, StreamStep

NETWORKS = ("resnet50", "vgg19", "googlenet")


@pytest.fixture(scope="module", params=NETWORKS)
def comparison(request: pytest.FixtureRequest) -> Comparison:
    product = Product((request.param,), ("fp32", "int8"), (1, 128), ("all",), ("pinned",), ("sim:h100-sxm",))
    with Bench() as bench:
        return run_all([bench.scenario(spec) for spec in product.specs(ScenarioSpec(request.param, 1))])


def cells(comparison: Comparison, precision: str, batch: int) -> list[Outcome]:
    found = [
        outcome
        for outcome in comparison.outcomes
        if outcome.plan.workload.precision == precision and outcome.plan.batch == batch
    ]
    assert len(found) == 7
    return found


def serial_of(outcomes: list[Outcome]) -> Outcome:
    return next(outcome for outcome in outcomes if outcome.plan.strategy == "serial")


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_at_batch_128_some_strategy_hides_most_copies_and_is_no_slower_than_serial(
    comparison: Comparison, precision: str
) -> None:
    outcomes = cells(comparison, precision, 128)
    serial = serial_of(outcomes)
    good = [
        outcome.plan.strategy
        for outcome in outcomes
        if outcome.overlap is not None
        and (outcome.overlap.hidden_fraction or 0) >= 0.8
        and outcome.throughput_per_s >= serial.throughput_per_s
    ]
    assert good


def test_with_int8_at_batch_128_some_strategy_of_one_request_beats_serial(comparison: Comparison) -> None:
    outcomes = cells(comparison, "int8", 128)
    serial = serial_of(outcomes)
    others = [o for o in outcomes if o.plan.requests == 1 and o.plan.strategy not in ("serial", "graph", "zero-copy")]
    assert max(o.throughput_per_s for o in others) > serial.throughput_per_s


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_at_batch_1_a_single_request_hides_exactly_nothing(comparison: Comparison, precision: str) -> None:
    single = [o for o in cells(comparison, precision, 1) if o.plan.requests == 1]
    assert len(single) == 6
    for outcome in single:
        assert outcome.overlap is not None
        assert outcome.overlap.hidden_ns == 0, outcome.plan.strategy


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_at_batch_1_several_requests_hide_copies_and_cost_latency(comparison: Comparison, precision: str) -> None:
    outcomes = cells(comparison, precision, 1)
    flight = next(o for o in outcomes if o.plan.strategy == "in-flight").to_json()
    serial = serial_of(outcomes).to_json()
    assert flight["overlap"]["hidden_ns"] > 0
    assert flight["throughput_per_s"] > serial["throughput_per_s"]
    assert flight["network_latency_ns"]["median"] > serial["network_latency_ns"]["median"]


def test_causes_sum_to_the_exposed_time_everywhere(comparison: Comparison) -> None:
    for outcome in comparison.outcomes:
        row = outcome.to_json()
        assert sum(row["causes"].values()) == row["overlap"]["exposed_ns"]
        assert "unknown" not in {name for name, ns in row["causes"].items() if ns}


def test_achieved_overlap_is_never_above_one(comparison: Comparison) -> None:
    for outcome in comparison.outcomes:
        achieved = outcome.to_json()["bounds"]["achieved"]
        assert achieved is None or achieved <= 1


def test_the_lost_int8_gain_splits_exactly(comparison: Comparison) -> None:
    (row,) = comparison.lost
    assert (row.batch, row.reference_batch) == (1, 128)
    assert row.loss.compute_ns + row.loss.transfer_ns + row.loss.launch_ns == row.loss.lost_ns
    assert row.loss.gain < row.loss.reference_gain


@pytest.fixture(scope="module")
def free_host() -> SimDevice:
    """An H100 whose host calls cost nothing; everything else as shipped."""
    gpu = load_gpu("h100-sxm")
    calls = CallCosts(**dict.fromkeys((cost.name for cost in fields(CallCosts)), Fraction(0)))
    return SimDevice(replace(gpu, call_us=calls))


@pytest.mark.parametrize(("network", "precision"), list(itertools.product(NETWORKS, ("fp32", "int8"))))
def test_one_request_at_batch_1_cannot_beat_serial_but_by_what_a_graph_or_zero_copy_removes(
    free_host: SimDevice, network: str, precision: str
) -> None:
    gpu = free_host.gpu
    with Bench() as bench:
        spec = ScenarioSpec(network, 1, precision=precision, device="sim:h100-sxm")

        def outcome(strategy: str) -> Outcome:
            scenario, _ = bench.scenario(replace(spec, strategy=strategy))
            return run_scenario(scenario, free_host)

        def latency(strategy: str) -> int:
            return int(outcome(strategy).requests.network_ns[0])

        serial = outcome("serial")
        base = int(serial.requests.network_ns[0])
        for strategy in ("depth-first", "breadth-first", "three-stream"):
            assert latency(strategy) >= base - 1, strategy

        kernels = sum(isinstance(step, Launch) for step in serial.plan.steps)
        copies = [index for index, step in enumerate(serial.plan.steps) if isinstance(step, Memcpy)]
        calls = serial.timings.host_end[0] - serial.timings.host_start[0]
        removed = {
            "host calls": int(sum(calls[i] for i, s in enumerate(serial.plan.steps) if isinstance(s, StreamStep))),
            "launch latency": ns_of_us(gpu.launch_latency_us) + ns_of_us(gpu.copy_latency_us),
            "gaps": (kernels - 1) * max(0, ns_of_us(gpu.kernel_gap_us) - ns_of_us(gpu.graph_node_gap_us)),
        }
        assert removed["host calls"] == 0
        assert base - latency("graph") <= sum(removed.values()), removed

        own = sum(int(serial.timings.end[0][i] - serial.timings.start[0][i]) for i in copies)
        assert base - latency("zero-copy") <= own + ns_of_us(gpu.copy_latency_us) * len(copies)
