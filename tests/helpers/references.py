"""What each kernel has to compute, written the slow and obvious way, in double precision or in integers.

Nothing here is shared with the product's own references, which are checked against these too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Half the distance of 1 to the next float: the relative error of one rounded operation.
UNIT = 2.0**-24


def convolution(image: Array, weights: Array, stride: int, pad: int) -> Array:
    """Sums of a convolution: one window at a time, in float64 or int64."""
    kind = np.int64 if np.issubdtype(image.dtype, np.integer) else np.float64
    padded = np.pad(image.astype(kind), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    filters, _, rows, columns = weights.shape
    height = (padded.shape[2] - rows) // stride + 1
    width = (padded.shape[3] - columns) // stride + 1
    result = np.zeros((len(image), filters, height, width), kind)
    for y in range(height):
        for x in range(width):
            window = padded[:, :, y * stride : y * stride + rows, x * stride : x * stride + columns]
            for index in range(filters):
                result[:, index, y, x] = (window * weights[index].astype(kind)).sum(axis=(1, 2, 3))
    return result


def convolution_error(image: Array, weights: Array, stride: int, pad: int) -> Array:
    """Most that a float32 sum of products can be wrong, whatever its order (Higham, "Accuracy and Stability", 3.1)."""
    terms = weights[0].size
    return terms * UNIT * 1.01 * convolution(np.abs(image), np.abs(weights), stride, pad)


WINOGRAD_BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
WINOGRAD_G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
WINOGRAD_AT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])


def winograd_error(image: Array, weights: Array, pad: int) -> Array:
    """Most that F(2x2, 3x3) in float32 can be wrong: the algorithm on absolute values, times the roundings in a row.

    A filter's transform rounds once, a piece's four times; the sum over the channels once a channel; the result's
    transform twice two additions; 12 covers all but the channels.
    """
    channels, filters = weights.shape[1], weights.shape[0]
    height, width = image.shape[2] + 2 * pad - 2, image.shape[3] + 2 * pad - 2
    padded = np.pad(np.abs(image.astype(np.float64)), ((0, 0), (0, 0), (pad, pad + 2), (pad, pad + 2)))
    bt, g, at = np.abs(WINOGRAD_BT), np.abs(WINOGRAD_G), np.abs(WINOGRAD_AT)
    transformed = np.einsum("ij,fcjk,lk->fcil", g, np.abs(weights.astype(np.float64)), g)
    result = np.zeros((len(image), filters, height + 1, width + 1))
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            pieces = np.einsum("ij,ncjk,lk->ncil", bt, padded[:, :, y : y + 4, x : x + 4], bt)
            products = np.einsum("ncil,fcil->nfil", pieces, transformed)
            result[:, :, y : y + 2, x : x + 2] = np.einsum("ij,nfjk,lk->nfil", at, products, at)
    return (channels + 12) * UNIT * 1.01 * result[:, :, :height, :width]


def requantized(sums: Array, scale: Array, bias: Array, residual: Array | None, factor: float, relu: bool) -> Array:
    """Bytes of 32-bit sums (samples, filters, ...), every operation rounded to float32 as the kernels do."""
    axes = (1, -1) + (1,) * (sums.ndim - 2)
    values = sums.astype(np.float32) * scale.reshape(axes) + bias.reshape(axes)
    if residual is not None:
        values = values + residual.astype(np.float32) * np.float32(factor)
    if relu:
        values = np.maximum(values, np.float32(0))
    return as_bytes(values)


def as_bytes(values: Array) -> Array:
    """The nearest integer, halves to even, saturated: one value at a time, by the definition."""
    result = np.empty(values.shape, np.int8)
    for index, value in np.ndenumerate(values):
        below = math.floor(float(value))
        above_half = float(value) - below
        up = above_half > 0.5 or (above_half == 0.5 and below % 2 == 1)
        result[index] = max(-128, min(127, below + up))
    return result


def pooling(image: Array, window: int, stride: int, pad: int, height: int, width: int, *, largest: bool) -> Array:
    """Pooling as in Caffe, one window at a time."""
    result = np.zeros((*image.shape[:2], height, width), np.float64)
    for y in range(height):
        for x in range(width):
            top, left = y * stride - pad, x * stride - pad
            bottom, right = min(top + window, image.shape[2] + pad), min(left + window, image.shape[3] + pad)
            area = (bottom - top) * (right - left)
            inside = image[:, :, max(top, 0) : min(bottom, image.shape[2]), max(left, 0) : min(right, image.shape[3])]
            both = (2, 3)
            result[:, :, y, x] = inside.max(both) if largest else inside.sum(both, dtype=np.float64) / area
    return result


def normalisation(image: Array, window: int, k: float = 1.0, alpha: float = 1e-4, beta: float = 0.75) -> Array:
    """Local response normalisation, one channel at a time, in float64."""
    values = image.astype(np.float64)
    result = np.empty_like(values)
    for channel in range(image.shape[1]):
        first, last = max(0, channel - (window - 1) // 2), channel + window // 2
        squares = (values[:, first : last + 1] ** 2).sum(axis=1)
        result[:, channel] = values[:, channel] / (k + alpha / window * squares) ** beta
    return result


def grouped(tensor: Array) -> Array:
    """Bytes (samples, channels, height, width) as kernels store them: channels in groups of four, padded with zeros."""
    samples, channels, height, width = tensor.shape
    padded = np.zeros((samples, -(-channels // 4) * 4, height, width), np.int8)
    padded[:, :channels] = tensor
    return np.ascontiguousarray(padded.reshape(samples, -1, 4, height, width).transpose(0, 1, 3, 4, 2))


def ungrouped(stored: Array, channels: int) -> Array:
    """The inverse of `grouped`; what pads the channels must be zero."""
    samples, groups, height, width, _ = stored.shape
    planes = stored.transpose(0, 1, 4, 2, 3).reshape(samples, groups * 4, height, width)
    assert not planes[:, channels:].any(), "the channels that pad a group are not zero"
    return planes[:, :channels]
