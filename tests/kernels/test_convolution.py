"""Convolutions of every tile and number format, over shapes that fit no tile, against sums written out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from profiler.devices.cuda.kernel_args import Binding
from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import IMAGE, Node, Shape, conv, infer
from profiler.workload.networks.products import convolution, uses_winograd
from profiler.workload.networks.tiles import TILES, Tile
from tests.helpers import references
from tests.helpers.cushim.loader import CpuKernels, Guarded
from tests.helpers.launching import launch, with_tile

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Case:
    """Samples, channels, height, width, filters, window, stride, pad; clamp and residual."""

    n: int
    c: int
    h: int
    w: int
    k: int
    window: int
    stride: int = 1
    pad: int = 0
    relu: bool = True
    add: bool = False

    def node(self) -> Node:
        """The case as a layer; its residual, where it has one, is a layer of the same shape."""
        own = {"stride": self.stride, "pad": self.pad, "relu": self.relu}
        table = [
            conv("other", IMAGE, self.k, self.window, **own),
            conv("own", IMAGE, self.k, self.window, **own, add="other" if self.add else ""),
        ]
        return infer(table, Shape(self.c, self.h, self.w))[1]


CASES = [
    Case(1, 1, 1, 1, 1, 1),  # one of everything
    Case(1, 3, 13, 11, 5, 7, stride=2, pad=3),  # the first layer of a network, small
    Case(2, 10, 6, 7, 33, 1, relu=False),
    Case(3, 5, 8, 5, 70, 1, stride=2, add=True),
    Case(2, 6, 9, 7, 12, 5, pad=2, add=True, relu=False),
    Case(1, 37, 4, 4, 130, 3, stride=2, pad=1),  # more filters than the widest tile
    Case(5, 4, 6, 6, 4, 2, stride=3),
]

WINOGRAD_CASES = [
    Case(1, 8, 1, 1, 1, 3, pad=1),
    Case(2, 8, 7, 5, 33, 3, pad=1, add=True),  # the last pieces reach over the image
    Case(3, 24, 6, 8, 40, 3, pad=1, relu=False),
    Case(1, 16, 5, 6, 20, 3),  # no padding
]


@dataclass(frozen=True)
class Data:
    """Random operands of a case."""

    image: Array
    weights: Array
    bias: Array
    residual: Array | None


def _floats(case: Case, node: Node) -> Data:
    random = np.random.default_rng(7)

    def draw(*shape: int) -> Array:
        return random.standard_normal(shape, np.float32)

    result = (case.n, case.k, node.result.height, node.result.width)
    return Data(
        draw(case.n, case.c, case.h, case.w),
        draw(case.k, case.c, case.window, case.window),
        draw(case.k),
        draw(*result) if case.add else None,
    )


def _run_fp32(
    cpu: CpuKernels, call: KernelCall, data: Data, weights: Array, made: tuple[int, ...], *, reverse: bool = False
) -> Array:
    image, bias, out = Guarded(data.image), Guarded(data.bias), Guarded(np.full(made, np.nan, np.float32))
    packed = Guarded(weights)
    residual = Guarded(data.residual) if data.residual is not None else None
    binding = Binding(
        source=(image.address, data.image[0].size),
        targets=[(out.address, int(np.prod(made[1:])), made[1])],
        residual=(residual.address, int(np.prod(made[1:]))) if residual else None,
        weights=packed.address,
        bias=bias.address,
    )
    launch(cpu, call, binding, reverse=reverse)
    for guarded in (image, bias, out, packed):
        guarded.check()
    return out.array


def _expected_fp32(case: Case, data: Data) -> Array:
    result = references.convolution(data.image, data.weights, case.stride, case.pad)
    result = result + data.bias.astype(np.float64)[:, None, None]
    if data.residual is not None:
        result = result + data.residual
    return np.maximum(result, 0) if case.relu else result


def _assert_close(actual: Array, expected: Array, error: Array, data: Data) -> None:
    """The sum's own error, and one rounding for each of the additions after it."""
    after = 3 * references.UNIT * (np.abs(expected) + np.abs(data.bias)[:, None, None] + error)
    if data.residual is not None:
        after = after + 3 * references.UNIT * np.abs(data.residual)
    assert (np.abs(actual - expected) <= error + after).all()


@pytest.mark.parametrize("tile", TILES["fp32"], ids=lambda tile: f"{tile.rows}x{tile.columns}")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_implicit_gemm_fp32(cpu: CpuKernels, case: Case, tile: Tile) -> None:
    node, data = case.node(), _floats(case, case.node())
    call = with_tile(convolution(node, case.n, "fp32"), node, case.n, tile)
    made = (case.n, case.k, node.result.height, node.result.width)
    weights = np.ascontiguousarray(data.weights.transpose(0, 2, 3, 1))
    actual = _run_fp32(cpu, call, data, weights, made)
    error = references.convolution_error(data.image, data.weights, case.stride, case.pad)
    _assert_close(actual, _expected_fp32(case, data), error, data)
    assert (_run_fp32(cpu, call, data, weights, made, reverse=True) == actual).all(), "the threads' order matters"


@pytest.mark.parametrize("case", WINOGRAD_CASES, ids=str)
def test_winograd(cpu: CpuKernels, case: Case) -> None:
    node, data = case.node(), _floats(case, case.node())
    assert uses_winograd(node, "fp32")
    call = convolution(node, case.n, "fp32")
    made = (case.n, case.k, node.result.height, node.result.width)
    exact = np.einsum("ij,fcjk,lk->cilf", references.WINOGRAD_G, data.weights.astype(np.float64), references.WINOGRAD_G)
    weights = exact.reshape(case.c, 16, case.k).astype(np.float32)
    actual = _run_fp32(cpu, call, data, weights, made)
    error = references.winograd_error(data.image, data.weights, case.pad)
    _assert_close(actual, _expected_fp32(case, data), error, data)
    assert (_run_fp32(cpu, call, data, weights, made, reverse=True) == actual).all(), "the threads' order matters"


def _run_int8(
    cpu: CpuKernels, call: KernelCall, data: Data, scale: Array, factor: float, made: tuple[int, ...]
) -> Array:
    samples, filters, height, width = made
    stored = np.full((samples, -(-filters // 4), height, width, 4), 99, np.int8)
    weights = references.grouped(data.weights).transpose(0, 2, 3, 1, 4)
    pieces = [Guarded(one) for one in (references.grouped(data.image), np.ascontiguousarray(weights), scale, data.bias)]
    image, packed, scales, bias = pieces
    out = Guarded(stored)
    residual = Guarded(references.grouped(data.residual)) if data.residual is not None else None
    binding = Binding(
        source=(image.address, image.array[0].size // 4),
        targets=[(out.address, stored[0].size // 4, filters)],
        residual=(residual.address, stored[0].size // 4) if residual else None,
        weights=packed.address,
        scale=scales.address,
        bias=bias.address,
        scalars={"residual_scale": factor},
    )
    launch(cpu, call, binding)
    for guarded in (*pieces, out):
        guarded.check()
    return references.ungrouped(out.array, filters)


def _bytes(case: Case, node: Node) -> Data:
    random = np.random.default_rng(8)

    def draw(*shape: int) -> Array:
        return random.integers(-128, 128, shape, dtype=np.int8)

    result = (case.n, case.k, node.result.height, node.result.width)
    return Data(
        draw(case.n, case.c, case.h, case.w),
        draw(case.k, case.c, case.window, case.window),
        random.standard_normal(case.k, np.float32),
        draw(*result) if case.add else None,
    )


@pytest.mark.parametrize("tile", TILES["int8"], ids=lambda tile: f"{tile.rows}x{tile.columns}")
@pytest.mark.parametrize("case", [*CASES, *WINOGRAD_CASES], ids=str)
def test_implicit_gemm_int8_is_exact(cpu_int8: CpuKernels, case: Case, tile: Tile) -> None:
    node, data = case.node(), _bytes(case, case.node())
    call = with_tile(convolution(node, case.n, "int8"), node, case.n, tile)
    made = (case.n, case.k, node.result.height, node.result.width)
    sums = references.convolution(data.image, data.weights, case.stride, case.pad)
    # About a fifth of the results saturate.
    scale = np.full(case.k, 100.0 / max(1.0, sums.std()), np.float32)
    expected = references.requantized(sums, scale, data.bias, data.residual, 0.375, case.relu)
    actual = _run_int8(cpu_int8, call, data, scale, 0.375, made)
    assert (actual == expected).all()


def test_halves_go_to_the_even_neighbour_and_the_ends_hold(cpu_int8: CpuKernels) -> None:
    """Sums of a 1x1 convolution by ones are the image itself; half of it has every fraction that can tie."""
    image = np.arange(-128, 128, dtype=np.int8).reshape(1, 1, 16, 16)
    case = Case(1, 1, 16, 16, 8, 1, relu=False)
    node = case.node()
    scale = np.array([0.5, -0.5, 1.0, -1.0, 1.5, 0.25, 2.0, 1e9], np.float32)
    data = Data(image, np.ones((8, 1, 1, 1), np.int8), np.zeros(8, np.float32), None)
    actual = _run_int8(cpu_int8, convolution(node, 1, "int8"), data, scale, 0.0, (1, 8, 16, 16))
    assert (actual[0, 0] == np.rint(np.arange(-128, 128) / 2).reshape(16, 16)).all()
    assert actual[0, 3].max() == 127
    assert actual[0, 3].min() == -127
    assert actual[0, 6].min() == -128
    assert set(np.unique(actual[0, 7])) == {-128, 0, 127}
    expected = references.requantized(image.astype(np.int64).repeat(8, 1), scale, data.bias, None, 0.0, relu=False)
    assert (actual == expected).all()


def test_largest_sums_do_not_overflow(cpu_int8: CpuKernels) -> None:
    """-128 x -128 over the deepest layer of a network; the float of such a sum is rounded, the sum itself is not."""
    case = Case(1, 512, 3, 3, 4, 3, relu=False)
    shape = (1, 512, 3, 3)
    data = Data(np.full(shape, -128, np.int8), np.full((4, 512, 3, 3), -128, np.int8), np.zeros(4, np.float32), None)
    total = 512 * 9 * 128 * 128
    scale = np.full(4, 100.0 / total, np.float32)
    actual = _run_int8(cpu_int8, convolution(case.node(), 1, "int8"), data, scale, 0.0, (1, 4, 1, 1))
    assert (actual == 100).all()


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_joined_siblings_write_to_their_own_tensors(cpu: CpuKernels, precision: str) -> None:
    """Three targets of different pitch, the second inside a wider tensor."""
    columns, pixels, samples = (8, 4, 20), 6, 2
    case = Case(samples, 4, 2, 3, sum(columns), 1, relu=False)
    node = case.node()
    data = _floats(case, node) if precision == "fp32" else _bytes(case, node)
    call = convolution(node, samples, precision)
    if precision == "fp32":
        made = (samples, case.k, 2, 3)
        whole = _run_fp32(cpu, call, data, data.weights.reshape(case.k, 4), made).view(np.int32)
        whole = whole.reshape(samples, case.k * pixels)
    else:
        scale = np.full(case.k, 0.01, np.float32)
        whole = references.grouped(_run_int8(cpu, call, data, scale, 0.0, (samples, case.k, 2, 3)))
        whole = whole.view(np.int32).reshape(samples, case.k // 4 * pixels)
    per_column = whole.shape[1] // case.k if precision == "fp32" else 0
    words = [count * per_column if per_column else count // 4 * pixels for count in columns]
    pitches, starts = [words[0], words[1] + 10, words[2] + 3], [0, 5, 0]
    outs = [Guarded(np.full((samples, pitch), 77, np.int32)) for pitch in pitches]
    binding = _binding_of(data, precision, case)
    targets = [
        (out.address + 4 * start, pitch, count)
        for out, start, pitch, count in zip(outs, starts, pitches, columns, strict=True)
    ]
    launch(cpu, call, replace(binding.binding, targets=targets))
    first = 0
    for out, start, count in zip(outs, starts, words, strict=True):
        out.check()
        assert (out.array[:, start : start + count] == whole[:, first : first + count]).all()
        assert (np.delete(out.array, np.s_[start : start + count], axis=1) == 77).all(), "written beside the target"
        first += count


@dataclass(frozen=True)
class _Bound:
    """A binding and the memory it points to."""

    binding: Binding
    memory: tuple[Guarded, ...]


def _binding_of(data: Data, precision: str, case: Case) -> _Bound:
    if precision == "fp32":
        memory = tuple(Guarded(one) for one in (data.image, data.weights.reshape(case.k, -1), data.bias, data.bias))
        scalars = {}
    else:
        weights = references.grouped(data.weights).transpose(0, 2, 3, 1, 4)
        scale = np.full(case.k, 0.01, np.float32)
        pieces = (references.grouped(data.image), np.ascontiguousarray(weights), scale, data.bias)
        memory, scalars = tuple(Guarded(one) for one in pieces), {"residual_scale": 0.0}
    image, packed, scales, bias = memory
    pitch = image.array[0].nbytes // 4
    binding = Binding((image.address, pitch), (), None, packed.address, scales.address, bias.address, scalars=scalars)
    return _Bound(binding, memory)
