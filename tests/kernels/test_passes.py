"""Pooling, normalisation, conversions and softmax against results written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from profiler.devices.cuda.kernel_args import Binding
from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import AVG_POOL, IMAGE, LRN, MAX_POOL, SOFTMAX, Layer, Node, Shape, infer, pool
from profiler.workload.networks.passes import ingest, normalisation, pooling, softmax
from tests.helpers import references
from tests.helpers.cushim.loader import CpuKernels, Guarded
from tests.helpers.launching import launch

Array = npt.NDArray[Any]

#: Samples, channels, height, width, window, stride, pad. A window of 0 covers the whole image.
POOLS = [
    (1, 1, 1, 1, 1, 1, 0),
    (2, 3, 7, 6, 3, 2, 0),  # rounded up: the last window reaches over the image
    (1, 6, 5, 5, 3, 1, 1),
    (2, 5, 6, 9, 2, 2, 1),
    (3, 2, 4, 4, 3, 3, 2),
    (2, 7, 5, 5, 0, 1, 0),
    (1, 4, 3, 5, 0, 1, 0),
]


def _run(cpu: CpuKernels, call: KernelCall, given: Array, out: Array, **scalars: float) -> Array:
    source, made = Guarded(given), Guarded(out)
    pitch_in, pitch_out = given[0].nbytes // 4, out[0].nbytes // 4
    binding = Binding((source.address, pitch_in), [(made.address, pitch_out, 0)], scalars=scalars)
    launch(cpu, call, binding)
    source.check()
    made.check()
    return made.array


def _pool_node(op: str, channels: int, height: int, width: int, window: int, stride: int, pad: int) -> Node:
    return infer([pool("own", IMAGE, op, window, stride=stride, pad=pad)], Shape(channels, height, width))[0]


@pytest.mark.parametrize("op", [MAX_POOL, AVG_POOL])
@pytest.mark.parametrize(("n", "c", "h", "w", "window", "stride", "pad"), POOLS)
def test_pooling_fp32(
    cpu: CpuKernels, op: str, n: int, c: int, h: int, w: int, window: int, stride: int, pad: int
) -> None:
    node = _pool_node(op, c, h, w, window, stride, pad)
    given = np.random.default_rng(5).standard_normal((n, c, h, w), np.float32) - 3
    out = np.full((n, c, node.result.height, node.result.width), np.nan, np.float32)
    actual = _run(cpu, pooling(node, n, "fp32"), given, out)
    side = window or max(h, w)
    size = (node.result.height, node.result.width)
    expected = references.pooling(given, side, stride, pad, *size, largest=op == MAX_POOL)
    if op == MAX_POOL:
        assert (actual == expected).all()
    else:
        error = references.pooling(np.abs(given), side, stride, pad, *size, largest=False) * (side**2 + 1)
        assert (np.abs(actual - expected) <= references.UNIT * 1.01 * error).all()


@pytest.mark.parametrize("op", [MAX_POOL, AVG_POOL])
@pytest.mark.parametrize(("n", "c", "h", "w", "window", "stride", "pad"), POOLS)
def test_pooling_int8_is_exact(
    cpu: CpuKernels, op: str, n: int, c: int, h: int, w: int, window: int, stride: int, pad: int
) -> None:
    node = _pool_node(op, c, h, w, window, stride, pad)
    given = np.random.default_rng(6).integers(-128, 128, (n, c, h, w), dtype=np.int8)
    out = np.full((n, -(-c // 4), node.result.height, node.result.width, 4), 99, np.int8)
    actual = references.ungrouped(_run(cpu, pooling(node, n, "int8"), references.grouped(given), out), c)
    size = (node.result.height, node.result.width)
    expected = references.pooling(given, window or max(h, w), stride, pad, *size, largest=op == MAX_POOL)
    assert (actual == references.as_bytes(expected.astype(np.float32))).all()


@pytest.mark.parametrize(("channels", "window"), [(1, 5), (7, 5), (12, 3), (6, 4), (3, 1)])
def test_normalisation(cpu: CpuKernels, channels: int, window: int) -> None:
    node = infer([Layer("own", LRN, (IMAGE,), window=window)], Shape(channels, 3, 4))[0]
    (call,) = normalisation(node, 2, "fp32")
    given = 100 * np.random.default_rng(7).standard_normal((2, channels, 3, 4), np.float32)
    actual = _run(cpu, call, given, np.full_like(given, np.nan))
    # A dozen roundings, and the exponential multiplies the logarithm's error by the exponent, which is below 2.
    np.testing.assert_allclose(actual, references.normalisation(given, window), rtol=32 * references.UNIT)


@pytest.mark.parametrize("values", [1, 10, 256, 1000])
def test_softmax(cpu: CpuKernels, values: int) -> None:
    node = infer([Layer("own", SOFTMAX, (IMAGE,))], Shape(values, 1, 1))[0]
    given = 50 * np.random.default_rng(8).standard_normal((3, values), np.float32)
    actual = _run(cpu, softmax(node, 3), given, np.full_like(given, np.nan))
    powers = np.exp(given.astype(np.float64) - given.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    # The exponent, up to some hundreds, is rounded once; then a sum over the block and a quotient.
    error = (np.abs(given - given.max(axis=1, keepdims=True)).max() + values / 8 + 16) * references.UNIT
    np.testing.assert_allclose(actual, expected, rtol=error, atol=1e-37)
    np.testing.assert_allclose(actual.sum(axis=1), 1.0, rtol=values * references.UNIT)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("images", ["fp32", "uint8"])
@pytest.mark.parametrize("shape", [Shape(3, 5, 7), Shape(1, 1, 1), Shape(6, 2, 3)])
def test_ingest(cpu: CpuKernels, images: str, precision: str, shape: Shape) -> None:
    random, samples = np.random.default_rng(9), 3
    decoded = random.integers(0, 256, (samples, shape.height, shape.width, shape.channels), dtype=np.uint8)
    planes = decoded.transpose(0, 3, 1, 2).astype(np.float32)
    given = decoded if images == "uint8" else planes
    offset, scale, inverse_step = np.float32(127.5), np.float32(1 / 64), np.float32(70.1)
    value = (planes - offset) * scale
    call = ingest(shape, samples, precision, images)
    scalars = {"offset": float(offset), "scale": float(scale), "inverse_step": float(inverse_step)}
    if precision == "fp32":
        actual = _run(cpu, call, given, np.full_like(planes, np.nan), **scalars)
        assert (actual == value).all()
        return
    out = np.full((samples, -(-shape.channels // 4), shape.height, shape.width, 4), 99, np.int8)
    actual = references.ungrouped(_run(cpu, call, given, out, **scalars), shape.channels)
    assert (actual == references.as_bytes(value * inverse_step)).all()


@pytest.mark.parametrize("channels", [1, 4, 10])
def test_floats_to_bytes_and_back(cpu: CpuKernels, channels: int) -> None:
    node = infer([Layer("own", LRN, (IMAGE,), window=5)], Shape(channels, 3, 5))[0]
    before, _, after = normalisation(node, 2, "int8")
    given = 200 * np.random.default_rng(10).standard_normal((2, channels, 3, 5), np.float32)
    stored = np.full((2, -(-channels // 4), 3, 5, 4), 99, np.int8)
    quantized = _run(cpu, after, given, stored, inverse_step=0.5)
    expected = references.as_bytes(given * np.float32(0.5))
    assert set(np.unique(expected)) >= {-128, 127}
    assert (references.ungrouped(quantized, channels) == expected).all()
    restored = _run(cpu, before, quantized, np.full_like(given, np.nan), step=2.0)
    assert (restored == expected.astype(np.float32) * 2).all()
