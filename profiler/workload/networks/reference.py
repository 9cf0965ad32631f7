"""What a network computes in FP32, in numpy: to calibrate INT8 by, and to check a device by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from profiler.workload.networks.layers import CONCAT, CONV, FC, IMAGE, LRN, MAX_POOL, SOFTMAX, Node
from profiler.workload.networks.parameters import Float32, Parameters
from profiler.workload.networks.windows import patches, pooled

#: Caffe's defaults, with which the networks that have this layer were published.
LRN_OFFSET, LRN_ALPHA, LRN_BETA = 1.0, 1e-4, 0.75


def run_fp32(nodes: Sequence[Node], parameters: Mapping[str, Parameters], images: Float32) -> dict[str, Float32]:
    """The result of every layer by name, and the images under `IMAGE`; each (samples, channels, height, width)."""
    results: dict[str, Float32] = {IMAGE: images}
    for node in nodes:
        sources = [results[name] for name in node.layer.inputs]
        source = np.concatenate(sources, axis=1) if node.layer.op == CONCAT else sources[0]
        residual = results[node.layer.add] if node.layer.add else None
        results[node.name] = layer_fp32(node, source, parameters.get(node.name), residual)
    return results


def layer_fp32(
    node: Node, source: Float32, parameters: Parameters | None = None, residual: Float32 | None = None
) -> Float32:
    """The result of one layer."""
    operation = node.layer.op
    if operation == CONCAT:
        return source
    if operation == LRN:
        return normalised(source, node.layer.window)
    if operation == SOFTMAX:
        return softmax(source)
    if parameters is not None and operation in (CONV, FC):
        return _product(node, source, parameters, residual)
    windows, areas = pooled(node, source, -np.inf if operation == MAX_POOL else 0.0)
    if operation == MAX_POOL:
        return np.ascontiguousarray(windows.max(axis=(4, 5)))
    averages: Float32 = (windows.sum(axis=(4, 5), dtype=np.float32) / areas).astype(np.float32)
    return averages


def _product(node: Node, source: Float32, parameters: Parameters, residual: Float32 | None) -> Float32:
    samples, filters = len(source), node.layer.filters
    weights = parameters.weights.reshape(filters, -1)
    if node.layer.op == FC:
        sums = source.reshape(samples, -1) @ weights.T
    else:
        sums = (weights @ patches(node, source)).reshape(samples, filters, -1)
    result = sums.reshape(samples, filters, node.result.height, node.result.width)
    result += parameters.bias[:, None, None]
    if residual is not None:
        result += residual
    return np.maximum(result, np.float32(0), out=result) if node.layer.relu else result


def normalised(source: Float32, window: int) -> Float32:
    """Local response normalisation across ``window`` channels."""
    channels = source.shape[1]
    squares = np.pad(source.astype(np.float64) ** 2, ((0, 0), ((window - 1) // 2, window // 2), (0, 0), (0, 0)))
    sums = np.sum([squares[:, i : i + channels] for i in range(window)], axis=0)
    result: Float32 = (source * (LRN_OFFSET + LRN_ALPHA / window * sums) ** -LRN_BETA).astype(np.float32)
    return result


def softmax(source: Float32) -> Float32:
    """Exponentials that add up to 1 for each sample."""
    powers = np.exp(source.astype(np.float64) - source.max(axis=(1, 2, 3), keepdims=True))
    result: Float32 = (powers / powers.sum(axis=(1, 2, 3), keepdims=True)).astype(np.float32)
    return result
