"""Figures of other people's traces against the facts two other programs worked out from them, to the nanosecond."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from profiler.analysis.analyze import analyze
from profiler.analysis.overlap import hidden_ns
from profiler.io import read_trace

KINETO = (
    "hta-a100-event_sync_multi_stream.json.gz",
    "hta-a100-trace_diff-control.json.gz",
    "hta-sampled_rank-0.json.gz",
    "kineto-v100-resnet50-w0.pt.trace.json.gz",
    "tracelens-b200-eager_trace.json.gz",
    "tracelens-mi300-resnet_act_checkpoint.json.gz",
)

#: Nsight Systems and nvprof, one of them with two GPUs in two processes.
OTHERS = (
    "cke-gtx950-6streams-nvprof_gputrace.csv",
    "flameox-rtx3060-nsight-2025.5.2.sqlite",
    "mordred-rtx6000-report1-old.sqlite",
    "nsightful-t4-power_iteration.sqlite",
    "nsysai-h100_2gpu_1s.sqlite",
)

#: Our key to the name of the fact.
SAME = {
    "kernels": "kernels",
    "communication_kernels": "nccl_kernels",
    "memsets": "memsets",
    "streams": "gpu_streams",
    "kernel_sum_ns": "kernel_time_sum_ns",
    "compute_ns": "kernel_union_ns",
    "copy_sum_ns": "hd_sum_ns",
    "copy_ns": "hd_union_ns",
    "hidden_ns": "hd_covered_union_ns",
    "hidden_sum_ns": "hd_covered_sum_ns",
    "duplex_ns": "h2d_d2h_concurrent_ns",
    "busy_ns": "busy_union_ns",
}
COPIES = {"htod": "HtoD", "dtoh": "DtoH", "dtod": "DtoD"}

Fetch = Callable[[str], Path]
Facts = dict[str, Any]


def _sums(found: Facts, *keys: str) -> dict[str, int]:
    return {key: sum(device[key] for device in found["devices"]) for key in keys}


@pytest.fixture(scope="module", params=KINETO)
def case(request: pytest.FixtureRequest, third_party_trace: Fetch, facts: Facts) -> tuple[Facts, Facts, dict[int, int]]:
    trace = read_trace(third_party_trace(request.param))
    return analyze(trace).to_json(), facts[request.param]["facts"], hidden_ns(trace)


def test_figures_are_the_facts(case: tuple[Facts, Facts, dict[int, int]]) -> None:
    found, known, hidden = case
    assert _sums(found, *SAME) == {key: known[fact] for key, fact in SAME.items()}
    assert _sums(found, *COPIES) == {key: known["memcpy_kinds"].get(kind, 0) for key, kind in COPIES.items()}
    assert found["span_ns"] == known["gpu_span_ns"]
    assert [str(device["device"]) for device in found["devices"]] == known["devices"]
    assert [device["name"] for device in found["devices"]] == known.get("gpus", [""])
    assert sum(hidden.values()) == known["hd_covered_union_ns"]


@pytest.mark.parametrize("name", OTHERS)
def test_figures_of_other_profilers_are_the_facts(name: str, third_party_trace: Fetch, facts: Facts) -> None:
    trace = read_trace(third_party_trace(name))
    found, known = analyze(trace).to_json(), facts[name]["facts"]
    assert _sums(found, *SAME) == {key: known[fact] for key, fact in SAME.items()}
    assert _sums(found, *COPIES) == {key: known["memcpy_kinds"].get(kind, 0) for key, kind in COPIES.items()}
    assert found["span_ns"] == known["gpu_span_ns"]
    assert sum(hidden_ns(trace).values()) == known["hd_covered_union_ns"]
    for device in found["devices"]:
        assert sum(device["causes"].values()) == device["exposed_ns"]


def test_the_same_run_in_two_formats_agrees(third_party_trace: Fetch) -> None:
    both = [
        _sums(analyze(read_trace(third_party_trace(name))).to_json(), "kernels", "kernel_sum_ns", "compute_ns")
        for name in ("nsightful-t4-power_iteration.sqlite", "nsightful-t4-power_iteration.chrome.json")
    ]
    assert both[0] == both[1]


def test_fractions_with_and_without_communication(case: tuple[Facts, Facts, dict[int, int]]) -> None:
    found, known, _ = case
    (device,) = found["devices"]
    copies = device["copy_sum_ns"]
    shares = [
        round(part["hidden_sum_ns"] / copies, 6) if copies else None
        for part in (device, device["without_communication"])
    ]
    with_all = known.get("overlap_frac_sum")
    assert shares == [with_all, known.get("overlap_frac_sum_excl_nccl", with_all)]


def test_every_exposed_nanosecond_has_a_cause(case: tuple[Facts, Facts, dict[int, int]]) -> None:
    found, _, _ = case
    for device in found["devices"]:
        for part in (device, device["without_communication"]):
            assert sum(part["causes"].values()) == part["exposed_ns"]


@pytest.mark.parametrize(
    ("name", "causes"),
    [
        ("kineto-v100-resnet50-w0.pt.trace.json.gz", {"pageable": 10_403_000}),
        ("tracelens-b200-eager_trace.json.gz", {"pageable": 3_840, "default-stream": 17_504}),
    ],
)
def test_causes_that_the_records_prove(name: str, causes: dict[str, int], third_party_trace: Fetch) -> None:
    (device,) = analyze(read_trace(third_party_trace(name))).devices
    assert device.causes == causes


def test_a_training_run_that_calls_its_kernels_too_late(third_party_trace: Fetch) -> None:
    """The long exposed stretches are pinned copies on a side stream while the next kernel is not called yet."""
    (device,) = analyze(read_trace(third_party_trace("hta-a100-trace_diff-control.json.gz"))).devices
    assert max(device.causes, key=lambda cause: device.causes[cause]) == "late-enqueue"
    assert device.causes["late-enqueue"] > 0.9 * device.exposed_ns


def test_a_trace_of_kernels_alone(third_party_trace: Fetch, facts: Facts) -> None:
    name = "nsightful-t4-power_iteration.chrome.json"
    found = analyze(read_trace(third_party_trace(name))).to_json()
    known = facts[name]["facts"]
    assert _sums(found, "kernels", "kernel_sum_ns", "htod", "dtoh") == {
        "kernels": known["kernels"],
        "kernel_sum_ns": known["kernel_time_sum_ns"],
        "htod": 0,
        "dtoh": 0,
    }


@pytest.mark.parametrize("name", ["trex-a100-resnet18-fp32.timing.json", "trex-a100-resnet18-int8qat.timing.json"])
def test_the_queries_of_a_trtexec_file(third_party_trace: Fetch, facts: Facts, name: str) -> None:
    wanted = facts[name]["facts"]
    result = analyze(read_trace(third_party_trace(name))).to_json()
    assert result["requests"] == {
        "count": wanted["inferences"],
        "compute_sum_ns": wanted["compute_sum_ns"],
        "compute_span_ns": wanted["compute_span_ns"],
        "htod_sum_ns": wanted["h2d_sum_ns"],
        "dtoh_sum_ns": wanted["d2h_sum_ns"],
        "latency_median_ns": round(wanted["median_latency_ms"] * 1_000_000),
    }
