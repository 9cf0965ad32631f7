"""Fully connected layers, one warp an output and in tiles, against sums written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from profiler.devices.cuda.kernel_args import Binding, function
from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import FC, IMAGE, Layer, Node, Shape, infer
from profiler.workload.networks.products import LARGEST_GEMV_BATCH, fully_connected
from profiler.workload.networks.tiles import TILES
from tests.helpers import references
from tests.helpers.cushim.loader import CpuKernels, Guarded
from tests.helpers.launching import launch

Array = npt.NDArray[Any]

#: Samples, channels and side of the input, outputs.
SMALL = [(1, 1, 1, 1), (3, 5, 2, 9), (LARGEST_GEMV_BATCH, 37, 1, 30), (9, 7, 3, 10), (40, 130, 1, 50)]

#: Each makes another tile of `TILES` the chosen one.
TILED = [(9, 3, 1, 32 * 128), (9, 3, 1, 32 * 64), (9, 3, 1, 1000), (100, 3, 1, 970), (100, 3, 1, 500)]


def _node(channels: int, side: int, outputs: int, *, relu: bool) -> Node:
    return infer([Layer("own", FC, (IMAGE,), filters=outputs, relu=relu)], Shape(channels, side, side))[0]


def _run(
    cpu: CpuKernels, call: KernelCall, given: Array, weights: Array, scale: Array, bias: Array, out: Array, *,
    float_result: bool = False,
) -> Array:  # fmt: skip
    pieces = [Guarded(np.ascontiguousarray(one)) for one in (given, weights, scale, bias, out)]
    source, packed, scales, biases, made = pieces
    words = given[0].nbytes // 4
    binding = Binding(
        source=(source.address, words),
        targets=[(made.address, out[0].nbytes // 4, out.shape[1])],
        weights=packed.address,
        scale=scales.address,
        bias=biases.address,
        words=words,
        float_result=float_result,
    )
    launch(cpu, call, binding)
    for guarded in pieces:
        guarded.check()
    return made.array


@pytest.mark.parametrize(("samples", "channels", "side", "outputs"), [*SMALL, *TILED])
def test_fp32(cpu: CpuKernels, samples: int, channels: int, side: int, outputs: int) -> None:
    node = _node(channels, side, outputs, relu=samples % 2 == 0)
    random = np.random.default_rng(3)
    given = random.standard_normal((samples, channels, side, side), np.float32)
    weights = random.standard_normal((outputs, channels, side, side), np.float32)
    bias = random.standard_normal(outputs, np.float32)
    call = fully_connected(node, samples, "fp32", float_result=True)
    actual = _run(cpu, call, given, weights, bias, bias, np.full((samples, outputs), np.nan, np.float32))
    sums = np.tensordot(given.astype(np.float64), weights.astype(np.float64), ((1, 2, 3), (1, 2, 3)))
    error = np.tensordot(np.abs(given), np.abs(weights), ((1, 2, 3), (1, 2, 3))) * weights[0].size * 1.01
    expected = sums + bias
    if node.layer.relu:
        expected = np.maximum(expected, 0)
    bound = references.UNIT * (error + 2 * (np.abs(expected) + np.abs(bias) + references.UNIT * error))
    assert (np.abs(actual - expected) <= bound).all()


@pytest.mark.parametrize("float_result", [False, True])
@pytest.mark.parametrize(("samples", "channels", "side", "outputs"), [*SMALL, TILED[0], (150, 9, 1, 70)])
def test_int8_is_exact(
    cpu_int8: CpuKernels, samples: int, channels: int, side: int, outputs: int, float_result: bool
) -> None:
    node = _node(channels, side, outputs, relu=samples % 2 == 1)
    random = np.random.default_rng(4)
    given = random.integers(-128, 128, (samples, channels, side, side), dtype=np.int8)
    weights = random.integers(-128, 128, (outputs, channels, side, side), dtype=np.int8)
    scale = np.full(outputs, 0.01, np.float32)
    bias = random.standard_normal(outputs, np.float32)
    sums = np.tensordot(given.astype(np.int64), weights.astype(np.int64), ((1, 2, 3), (1, 2, 3)))
    call = fully_connected(node, samples, "int8", float_result=float_result)
    if float_result:
        out = np.full((samples, outputs), np.nan, np.float32)
        expected = sums.astype(np.float32) * scale + bias
        expected = np.maximum(expected, np.float32(0)) if node.layer.relu else expected
    else:
        out = np.full((samples, -(-outputs // 4), 1, 1, 4), 99, np.int8)
        expected = references.requantized(sums, scale, bias, None, 0.0, node.layer.relu)
    stored = references.grouped(given)
    actual = _run(cpu_int8, call, stored, references.grouped(weights), scale, bias, out, float_result=float_result)
    if not float_result:
        actual = references.ungrouped(actual, outputs)[:, :, 0, 0]
    assert (actual == expected).all()


def test_the_cases_reach_every_tile() -> None:
    for precision, tiles in TILES.items():
        chosen = {
            function(fully_connected(_node(channels, side, outputs, relu=False), samples, precision, float_result=True))
            for samples, channels, side, outputs in (*SMALL, *TILED)
            if samples > LARGEST_GEMV_BATCH
        }
        assert chosen == {f"fc_gemm_{precision}_{tile.rows}x{tile.columns}" for tile in tiles}
