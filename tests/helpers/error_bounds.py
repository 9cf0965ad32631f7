"""A layer in double precision, together with how far a float32 computation of it can be off."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.workload.networks.layers import CONV, FC, LRN, MAX_POOL, SOFTMAX, Node
from profiler.workload.networks.parameters import Parameters
from profiler.workload.networks.products import uses_winograd
from tests.helpers import references
from tests.helpers.references import UNIT

Array = npt.NDArray[Any]

#: A value, and the largest difference to it.
Bounded = tuple[Array, Array]


def bounded_layer(node: Node, source: Array, parameters: Parameters | None, residual: Array | None) -> Bounded:
    """The exact result of one layer of float32 operands, and the error bound of a float32 computation."""
    operation, value = node.layer.op, source.astype(np.float64)
    if parameters is not None and operation in (CONV, FC):
        return _product(node, value, parameters, residual)
    if operation == LRN:  # a dozen roundings; the exponential multiplies the logarithm's error by less than two
        exact = references.normalisation(value, node.layer.window)
        return exact, 32 * UNIT * np.abs(exact)
    if operation == SOFTMAX:  # the exponent is rounded once; then come a sum over the block and a quotient
        powers = np.exp(value - value.max(axis=(1, 2, 3), keepdims=True))
        exact = powers / powers.sum(axis=(1, 2, 3), keepdims=True)
        return exact, exact * (value.max() - value.min() + exact[0].size / 8 + 16) * UNIT
    layer, size = node.layer, (node.result.height, node.result.width)
    side = layer.window or max(node.source.height, node.source.width)
    exact = references.pooling(value, side, layer.stride, layer.pad, *size, largest=operation == MAX_POOL)
    if operation == MAX_POOL:
        return exact, np.zeros_like(exact)
    terms = references.pooling(np.abs(value), side, layer.stride, layer.pad, *size, largest=False)
    return exact, (side**2 + 1) * UNIT * 1.01 * terms


def _product(node: Node, value: Array, parameters: Parameters, residual: Array | None) -> Bounded:
    weights, stride, pad = parameters.weights, node.layer.stride, node.layer.pad
    sums = references.convolution(value, weights, stride, pad)
    if uses_winograd(node, "fp32"):
        error = references.winograd_error(value, weights, pad)
    else:
        error = references.convolution_error(value, weights, stride, pad)
    exact = sums + parameters.bias.astype(np.float64)[:, None, None]
    error = error + 2 * UNIT * (np.abs(exact) + error)
    if residual is not None:
        exact = exact + residual
        error = error + 2 * UNIT * (np.abs(exact) + error)
    return (np.maximum(exact, 0), error) if node.layer.relu else (exact, error)
