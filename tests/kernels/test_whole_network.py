"""A whole network through all its kernels, with the tensors where the program puts them, against numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from profiler.devices.cuda.binding import NetworkBinder
from profiler.devices.cuda.kernel_args import function
from profiler.workload.networks.layers import CONCAT, IMAGE, LRN, Shape
from profiler.workload.networks.lowering import float_results, lower
from profiler.workload.networks.packing import pack_fp32, pack_int8
from profiler.workload.networks.parameters import prepared, random_parameters, sample_images
from profiler.workload.networks.program import AFTER, members, program
from profiler.workload.networks.quantization import quantization, run_int8
from profiler.workload.networks.reference import run_fp32
from profiler.workload.networks.tensors import View
from tests.helpers import references
from tests.helpers.cushim.loader import CpuKernels
from tests.helpers.error_bounds import bounded_layer
from tests.helpers.launching import run_chunk
from tests.helpers.toy_network import TOY_IMAGE, toy_nodes

Array = npt.NDArray[Any]

NODES = toy_nodes()
SHAPES = {IMAGE: TOY_IMAGE} | {node.name: node.result for node in NODES}


def _observed(cpu: CpuKernels, binder: NetworkBinder, images: Array, input_format: str) -> dict[str, Array]:
    """What every launch left behind by the name of its layer, read from where the program says that it lies."""
    samples = len(images)
    found: dict[str, Array] = {}

    def watch(name: str, regions: Mapping[str, Array]) -> None:
        operation = binder.program.operations[name]
        names = members(operation.node) if operation.node else (IMAGE,)
        converted = binder.program.precision == "int8" and operation.node and operation.node.layer.op == LRN
        if converted and not name.endswith(AFTER):
            return  # floats on the way
        for member, target in zip(names, operation.targets, strict=True):
            floats = binder.program.precision == "fp32" or operation.float_result or member == NODES[-1].name
            found[member] = _tensor(regions, target.view, SHAPES[member], samples, floats=floats)

    calls = lower(NODES, TOY_IMAGE, samples, binder.program.precision, input_format)
    assert [call.name for call in calls] == list(binder.program.operations)
    out = np.full((samples, NODES[-1].result.channels), np.nan, np.float32)
    run_chunk(cpu, calls, binder, images, out, samples, watch)
    return found


def _tensor(regions: Mapping[str, Array], view: View, shape: Shape, samples: int, *, floats: bool) -> Array:
    start = view.address(dict.fromkeys(regions, 0), samples)
    groups = shape.channels if floats else -(-shape.channels // 4)
    words = groups * shape.pixels
    rows = [regions[view.region][start + 4 * view.pitch_words * i :][: 4 * words] for i in range(samples)]
    if floats:
        return np.concatenate(rows).view(np.float32).reshape(samples, shape.channels, shape.height, shape.width)
    stored = np.concatenate(rows).view(np.int8).reshape(samples, groups, shape.height, shape.width, 4)
    return references.ungrouped(stored, shape.channels)


@pytest.mark.parametrize("input_format", ["fp32", "uint8"])
@pytest.mark.parametrize("samples", [1, 9])
def test_fp32(cpu: CpuKernels, samples: int, input_format: str) -> None:
    """Each layer's result follows from what the layers before it left, within the error of its own arithmetic."""
    parameters = random_parameters(NODES, seed=1)
    images = sample_images(samples, TOY_IMAGE, input_format, seed=2)
    binder = NetworkBinder(program(NODES, TOY_IMAGE, "fp32"), pack_fp32(NODES, parameters, input_format))
    found = _observed(cpu, binder, images, input_format)
    assert (found[IMAGE] == prepared(images, input_format)).all()
    for node in NODES:
        if node.layer.op == CONCAT:
            found[node.name] = np.concatenate([found[name] for name in node.layer.inputs], axis=1)
            continue
        source, residual = found[node.layer.inputs[0]], found.get(node.layer.add)
        exact, error = bounded_layer(node, source, parameters.get(node.name), residual)
        assert (np.abs(found[node.name] - exact) <= error).all(), node.name
        assert error.max() < 1e-3 * np.abs(exact).max(), "a bound this wide says nothing"


@pytest.mark.parametrize("input_format", ["fp32", "uint8"])
@pytest.mark.parametrize("samples", [1, 9])
def test_int8_is_exact(cpu_int8: CpuKernels, samples: int, input_format: str) -> None:
    parameters = random_parameters(NODES, seed=1)
    images = sample_images(samples, TOY_IMAGE, input_format, seed=2)
    calibration = run_fp32(NODES, parameters, prepared(images, input_format))
    quantized = quantization(NODES, parameters, calibration, float_results(NODES))
    binder = NetworkBinder(program(NODES, TOY_IMAGE, "int8"), pack_int8(NODES, quantized, input_format))
    found = _observed(cpu_int8, binder, images, input_format)
    expected = run_int8(NODES, quantized, prepared(images, input_format))
    for name, tensor in found.items():
        if name != NODES[-1].name:
            assert (tensor == expected[name]).all(), name
    np.testing.assert_allclose(found["prob"], expected["prob"], rtol=1e-5)
    assert set(found) == set(expected) - {"a/output"}


def test_the_toy_has_every_kernel_of_the_networks() -> None:
    """What the toy's results vouch for."""
    entries = {
        call.entry
        for precision in ("fp32", "int8")
        for samples in (1, 9)
        for input_format in ("fp32", "uint8")
        for call in lower(NODES, TOY_IMAGE, samples, precision, input_format)
    }
    assert {
        "conv_implicit_gemm_fp32", "conv_implicit_gemm_int8", "conv_winograd_2x2_3x3_fp32",
        "fc_gemv_fp32", "fc_gemv_int8", "fc_gemm_fp32", "fc_gemm_int8",
        "max_pool_fp32", "max_pool_int8", "avg_pool_fp32", "avg_pool_int8",
        "ingest_fp32_to_fp32", "ingest_uint8_to_fp32", "ingest_fp32_to_int8", "ingest_uint8_to_int8",
        "quantize", "dequantize", "lrn_fp32", "softmax_fp32",
    } == entries  # fmt: skip


def test_three_siblings_are_one_launch() -> None:
    calls = lower(NODES, TOY_IMAGE, 1, "fp32", "fp32")
    joined = [call for call in calls if "||" in call.name]
    assert [call.name for call in joined] == ["a/1x1 || a/3x3_reduce || a/5x5_reduce"]
    assert function(joined[0]).startswith("conv_implicit_gemm_fp32_")
