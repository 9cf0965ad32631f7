"""INT8: steps of activations and weights, and what a network computes with them, bit for bit as the kernels do.

A real value is its stored byte times a step. Steps are symmetric (zero is 0), one for each tensor of activations and
one for each filter's weights; sums are 32-bit integers. A result becomes a byte by the nearest integer, halves to even,
saturated to -128..127. Steps of activations are those of the largest value seen in FP32 (NVIDIA, "8-bit Inference with
TensorRT", 2017, starts from the same and then looks for a smaller range).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.workload.networks.layers import AVG_POOL, CONCAT, CONV, FC, IMAGE, LRN, MAX_POOL, SOFTMAX, Node
from profiler.workload.networks.parameters import Float32, Parameters
from profiler.workload.networks.reference import layer_fp32
from profiler.workload.networks.windows import patches, pooled

Int8 = npt.NDArray[np.int8]

LEVELS = 127

#: So many products of two bytes add up to less than 2^24, below which a 32-bit float holds every integer.
TERMS = 1000

#: Weights turned into bytes at a time.
BLOCK = 1 << 18


@dataclass(frozen=True)
class QuantizedLayer:
    """A convolution or fully connected layer in INT8.

    The result is ``sum * scale + bias``, in steps of the stored bytes (or in real values, where it stays floats), and
    with a residual ``+ residual_byte * residual_scale``.

    Attributes
    ----------
    weights : int8, shape (filters, channels, rows, columns)
    scale, bias : float32, shape (filters,)
    residual_scale : float
    """

    weights: Int8
    scale: Float32
    bias: Float32
    residual_scale: float = 0.0


@dataclass(frozen=True)
class Quantization:
    """Everything that INT8 adds to a network: a step for each activation, and its layers."""

    steps: Mapping[str, float]
    layers: Mapping[str, QuantizedLayer]


def quantization(
    nodes: Sequence[Node],
    parameters: Mapping[str, Parameters],
    activations: Mapping[str, Float32],
    float_results: frozenset[str],
) -> Quantization:
    """Steps and layers calibrated by FP32 ``activations`` (see `run_fp32`); ``float_results`` stay floats."""
    steps = activation_steps(nodes, activations)
    layers = {
        node.name: quantized_layer(node, parameters[node.name], steps, float_result=node.name in float_results)
        for node in nodes
        if node.layer.op in (CONV, FC)
    }
    return Quantization(steps, layers)


def activation_steps(nodes: Sequence[Node], activations: Mapping[str, Float32]) -> dict[str, float]:
    """A step for each activation. The parts of a join share one, and so do a pooling layer's two sides."""
    leader: dict[str, str] = {name: name for name in (IMAGE, *(node.name for node in nodes))}

    def found(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for node in nodes:
        if node.layer.op in (CONCAT, MAX_POOL, AVG_POOL):
            for name in node.layer.inputs:
                leader[found(name)] = found(node.name)
    largest: dict[str, float] = {}
    for name in leader:
        group = found(name)
        largest[group] = max(largest.get(group, 0.0), float(np.abs(activations[name]).max()))
    return {name: float(np.float32((largest[found(name)] or 1.0) / LEVELS)) for name in leader}


def quantized_layer(
    node: Node, parameters: Parameters, steps: Mapping[str, float], *, float_result: bool
) -> QuantizedLayer:
    """A layer's weights as bytes, and what turns its sums into bytes of its result."""
    flat = parameters.weights.reshape(len(parameters.weights), -1)
    step = np.maximum(flat.max(axis=1), -flat.min(axis=1)).astype(np.float64) / LEVELS
    step[step == 0] = 1.0
    weights = nearest_steps(flat, step).reshape(parameters.weights.shape)
    made = 1.0 if float_result else steps[node.name]
    return QuantizedLayer(
        weights=weights,
        scale=(steps[node.layer.inputs[0]] * step / made).astype(np.float32),
        bias=(parameters.bias / made).astype(np.float32),
        residual_scale=float(np.float32(steps[node.layer.add] / made)) if node.layer.add else 0.0,
    )


def nearest_steps(rows: Float32, step: npt.NDArray[np.float64]) -> Int8:
    """Each row in units of its step, to the nearest integer; a block of rows at a time, which stays in the cache."""
    made = np.empty(rows.shape, np.int8)
    count = max(1, BLOCK // rows.shape[1])
    for first in range(0, len(rows), count):
        block = slice(first, first + count)
        np.rint(rows[block] / step[block, None].astype(np.float32), out=made[block], casting="unsafe")
    return made


def run_int8(nodes: Sequence[Node], quantized: Quantization, images: Float32) -> dict[str, npt.NDArray[np.generic]]:
    """The result of every layer by name: bytes, or floats for what softmax reads and makes.

    Parameters
    ----------
    images : float32
        Prepared; see `profiler.workload.networks.parameters.prepared`.
    """
    results: dict[str, npt.NDArray[np.generic]] = {IMAGE: to_bytes(images, quantized.steps[IMAGE])}
    wide = {node.layer.inputs[0] for node in nodes if node.layer.op == SOFTMAX}
    for node in nodes:
        sources = [results[name] for name in node.layer.inputs]
        source = np.concatenate(sources, axis=1) if node.layer.op == CONCAT else sources[0]
        residual = results[node.layer.add] if node.layer.add else None
        results[node.name] = _layer(node, source, quantized, residual, float_result=node.name in wide)
    return results


def _layer(
    node: Node,
    source: npt.NDArray[np.generic],
    quantized: Quantization,
    residual: npt.NDArray[np.generic] | None,
    *,
    float_result: bool,
) -> npt.NDArray[np.generic]:
    operation = node.layer.op
    if operation in (CONV, FC):
        return product_int8(node, source, quantized.layers[node.name], residual, float_result=float_result)
    if operation == LRN:
        floats = source.astype(np.float32) * np.float32(quantized.steps[node.layer.inputs[0]])
        return to_bytes(layer_fp32(node, floats), quantized.steps[node.name])
    if operation == MAX_POOL:
        return np.ascontiguousarray(pooled(node, source, -128)[0].max(axis=(4, 5)))
    if operation == AVG_POOL:
        windows, areas = pooled(node, source, 0)
        return saturated(windows.sum(axis=(4, 5), dtype=np.int32).astype(np.float32) / areas)
    if operation == SOFTMAX:
        return layer_fp32(node, source.astype(np.float32))
    return source


def product_int8(
    node: Node,
    source: npt.NDArray[np.generic],
    layer: QuantizedLayer,
    residual: npt.NDArray[np.generic] | None = None,
    *,
    float_result: bool = False,
) -> npt.NDArray[np.generic]:
    """The result of a convolution or fully connected layer of bytes."""
    samples, filters = len(source), node.layer.filters
    weights = layer.weights.reshape(filters, -1)
    if node.layer.op == FC:
        sums = exact_product(weights, source.reshape(samples, -1).T).T
    else:
        sums = np.stack([exact_product(weights, one) for one in patches(node, source)])
    values = sums.reshape(samples, filters, -1).astype(np.float32) * layer.scale[:, None] + layer.bias[:, None]
    result = values.reshape(samples, filters, node.result.height, node.result.width)
    if residual is not None:
        result = result + residual.astype(np.float32) * np.float32(layer.residual_scale)
    if node.layer.relu:
        result = np.maximum(result, np.float32(0))
    return np.ascontiguousarray(result) if float_result else saturated(result)


def exact_product(weights: npt.NDArray[np.generic], columns: npt.NDArray[np.generic]) -> npt.NDArray[np.int32]:
    """The matrix product of bytes in 32-bit integers, by BLAS: floats hold a sum of `TERMS` products exactly."""
    sums = np.zeros((len(weights), columns.shape[1]), np.int32)
    for first in range(0, weights.shape[1], TERMS):
        inner = slice(first, first + TERMS)
        sums += (weights[:, inner].astype(np.float32) @ columns[inner].astype(np.float32)).astype(np.int32)
    return sums


def to_bytes(values: Float32, step: float) -> Int8:
    """Values in steps, as bytes; by the reciprocal, which is what the kernels multiply with."""
    return saturated(values * inverse(step))


def inverse(step: float) -> np.float32:
    """The reciprocal of a step, rounded to a float."""
    return np.float32(1.0 / step)


def saturated(values: Float32) -> Int8:
    """The nearest byte, halves to even."""
    return np.rint(np.clip(values, np.float32(-128), np.float32(127))).astype(np.int8)
