"""GPU files: what they must hold, what they may hold, and what is said of one that is wrong."""

from __future__ import annotations

import pickle
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from profiler.devices.sim.model import (
    REQUIRED,
    CallCosts,
    GpuModel,
    gpu_names,
    load_gpu,
    ns_of_us,
    parse_gpu,
    transfer_ns,
)
from profiler.errors import UsageError
from tests.helpers.gpus import IDEAL, NO_CALL_COST, gpu_text, toy_gpu
from tests.helpers.project import ROOT


def test_the_required_keys_are_the_design_s() -> None:
    assert set(REQUIRED) == set(IDEAL) | {"call_us"}


def test_a_file_of_required_keys_only_is_an_ideal_machine() -> None:
    gpu = toy_gpu()
    added = (gpu.kernel_fixed_us, gpu.graph_launch_us, gpu.graph_node_gap_us, gpu.copy_latency_us, gpu.sync_return_us)
    assert added == (0, 0, 0, 0, 0)
    assert gpu.call_us.graph_launch == 0
    assert (gpu.engine_queue, gpu.late_kernel_signal, gpu.pageable_async_max_bytes) == ("request", False, 65536)
    assert gpu.memory_bytes == gpu.registers_per_sm == gpu.shared_bytes_per_sm == gpu.staging_bytes == 0
    assert gpu.efficiency_of("fp32", "direct") == gpu.efficiency_of("int8", "fc") == 1


def test_keys_that_follow_others() -> None:
    gpu = toy_gpu(kernel_gap_us=1.5, call_us={"launch": 2.5})
    assert (gpu.graph_node_gap_us, gpu.call_us.graph_launch) == (Fraction(3, 2), Fraction(5, 2))
    own = toy_gpu(kernel_gap_us=1.5, graph_node_gap_us=0.25, call_us={"launch": 2.5, "graph_launch": 7})
    assert (own.graph_node_gap_us, own.call_us.graph_launch) == (Fraction(1, 4), 7)


def test_decimals_mean_what_they_say() -> None:
    gpu = toy_gpu(htod_gb_per_s=25.1, memory_gib=0.5)
    assert gpu.htod_gb_per_s == Fraction(251, 10)
    assert gpu.memory_bytes == 1 << 29


@pytest.mark.parametrize(("us", "ns"), [(0, 0), (1, 1000), ("1.3", 1300), ("0.0001", 1), ("2.0005", 2001)])
def test_microseconds_round_up_to_nanoseconds(us: int | str, ns: int) -> None:
    assert ns_of_us(Fraction(us)) == ns


@pytest.mark.parametrize(
    ("size", "rate", "ns"), [(0, 25, 0), (1, 25, 1), (25, 25, 1), (26, 25, 2), (10**15, "55.4", 18050541516246)]
)
def test_transfers_round_up_and_never_pass_through_a_float(size: int, rate: int | str, ns: int) -> None:
    assert transfer_ns(size, Fraction(rate)) == ns


def test_efficiencies_and_sources_by_dotted_key() -> None:
    shares = "[efficiency.fp32]\ndirect = 0.5\n"
    more = shares + "[source]\nname = 'a page'\nefficiency = 'assumed'\n[source.call_us]\nlaunch = 'b'"
    gpu = parse_gpu(gpu_text() + more, "toy.toml")
    assert gpu.efficiency_of("fp32", "direct") == Fraction(1, 2)
    assert gpu.efficiency_of("fp32", "fc") == 1
    assert gpu.source == {"name": "a page", "efficiency": "assumed", "call_us.launch": "b"}


def test_a_gpu_can_be_hashed_and_sent_to_another_process() -> None:
    gpu = toy_gpu()
    assert pickle.loads(pickle.dumps(gpu)) == gpu
    assert hash(gpu) == hash(toy_gpu())


def test_the_specification_names_every_key() -> None:
    page = (ROOT / "docs" / "simulator.md").read_text("utf-8")
    keys = {field.name for field in fields(GpuModel)} | {f"call_us.{field.name}" for field in fields(CallCosts)}
    required = {f"call_us.{key}" for key in NO_CALL_COST}
    assert {key for key in keys - required if f"`{key}`" not in page} <= {"call_us", "efficiency", "source"}
    assert "[call_us]" in page
    assert "[efficiency.fp32]" in page
    assert "[source]" in page


@pytest.mark.parametrize("name", gpu_names())
def test_every_shipped_file_loads(name: str) -> None:
    assert load_gpu(name).name


@pytest.mark.parametrize("key", [*(key for key in IDEAL), *(f"call_us.{key}" for key in NO_CALL_COST)])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(UsageError, match=key.rpartition(".")[2]) as caught:
        parse_gpu(gpu_text(without=(key,)), "mine.toml")
    assert "mine.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"htod_gb_per_s": 0}, "0 would never end"),
        ({"htod_gb_per_s": -25.0}, "negative"),
        ({"htod_gb_per_s": "fast"}, "text"),
        ({"htod_gb_per_s": True}, "must be a number"),
        ({"duplex_factor": 1.01}, "out of range"),
        ({"duplex_factor": 0.0}, "above 0"),
        ({"memory_efficiency": 2}, "out of range"),
        ({"copy_engines": 0}, "copy_engines"),
        ({"copy_engines": 1.5}, "whole"),
        ({"pending_ops": 0}, "pending_ops"),
        ({"launch_latency_us": -1}, "launch_latency_us"),
        ({"launch_latency_us": 10**10}, "out of range"),
        ({"engine_queue": "lifo"}, "request, issue"),
        ({"late_kernel_signal": 1}, "true nor false"),
        ({"compute_capability": "nine"}, '"9.0"'),
        ({"compute_capability": 9.0}, "compute_capability"),
        ({"name": ""}, "empty"),
        ({"name": 7}, "name"),
        ({"htod_gb_per_sec": 3}, "Did you mean htod_gb_per_s?"),
        ({"call_us": {"lanch": 1}}, "Did you mean launch?"),
        ({"call_us": {"sync": -1}}, "sync"),
    ],
)
def test_a_wrong_value_is_refused_with_file_and_key(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        toy_gpu(**changes)
    assert words in str(caught.value)
    assert str(caught.value).startswith("toy.toml: ")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "not TOML"),
        (gpu_text() + "sync = 1\n", "not TOML"),
        (gpu_text().replace("copy_overhead_us = 0.0", "copy_overhead_us = nan"), "nan"),
        (gpu_text().replace("copy_overhead_us = 0.0", "copy_overhead_us = inf"), "inf"),
        ("call_us = 3\n" + gpu_text().partition("[call_us]")[0], "a table"),
        (gpu_text() + "[efficiency.fp16]\nfc = 1", "fp16"),
        (gpu_text() + "[efficiency.fp32]\nfcc = 1", "Did you mean fc?"),
        (gpu_text() + "[efficiency.fp32]\nfc = 1.5", "out of range"),
        (gpu_text() + "[efficiency]\nfp32 = 0.5", "a table"),
        (gpu_text() + "[source]\nhtod_gbps = 'x'", "htod_gbps"),
        (gpu_text() + "[source]\nname = 3", "text"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_wrong_file_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_gpu(text, "toy.toml")
    assert words in str(caught.value)
    assert "toy.toml" in str(caught.value)


def test_a_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(gpu_text(name="mine"), "utf-8")
    assert load_gpu(str(path)).name == "mine"


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"name = '\xff\xfe'")
    for path in (tmp_path / "absent.toml", folder, binary):
        with pytest.raises(UsageError) as caught:
            load_gpu(str(path))
        assert path.name in str(caught.value)


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(UsageError, match=r"Did you mean h100-sxm\?.*a100-sxm"):
        load_gpu("h100-smx")
