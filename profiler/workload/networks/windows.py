"""Convolution and pooling windows over numpy arrays, for the reference results."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.workload.networks.layers import Node

Array = npt.NDArray[Any]


def patches(node: Node, source: Array) -> Array:
    """What each output pixel of a convolution sees: (samples, channels x rows x columns, pixels), zero-padded.

    Pixels stand last, so that whole image rows are copied, and the weights' matrix times this is the result as it lies.
    """
    layer = node.layer
    pad = ((0, 0), (0, 0), (layer.pad, layer.pad), (layer.pad, layer.pad))
    view = _windows(np.pad(source, pad), layer.window, layer.window, layer.stride)
    samples, channels, height, width = view.shape[:4]
    return view.transpose(0, 1, 4, 5, 2, 3).reshape(samples, channels * layer.window**2, height * width)


def pooled(node: Node, source: Array, fill: float) -> tuple[Array, Array]:
    """The windows of a pooling layer, and the area by which Caffe divides an average.

    Returns
    -------
    windows : shape (samples, channels, height, width, rows, columns)
        ``fill`` stands for what lies outside the image.
    areas : float32, shape (height, width)
        Padded pixels count, those beyond the padding do not.
    """
    layer, result = node.layer, node.result
    side = layer.window or max(node.source.height, node.source.width)
    reach = [(size - 1) * layer.stride + side for size in (result.height, result.width)]
    behind = [
        max(0, far - layer.pad - size) for far, size in zip(reach, (node.source.height, node.source.width), strict=True)
    ]
    padded = np.pad(source, ((0, 0), (0, 0), (layer.pad, behind[0]), (layer.pad, behind[1])), constant_values=fill)
    windows = _windows(padded, side, side, layer.stride)[:, :, : result.height, : result.width]
    rows = _extent(result.height, side, layer.stride, layer.pad, node.source.height)
    columns = _extent(result.width, side, layer.stride, layer.pad, node.source.width)
    return windows, np.outer(rows, columns).astype(np.float32)


def _extent(count: int, side: int, stride: int, pad: int, size: int) -> Array:
    start = np.arange(count) * stride - pad
    return np.minimum(start + side, size + pad) - start


def _windows(array: Array, rows: int, columns: int, stride: int) -> Array:
    view = np.lib.stride_tricks.sliding_window_view(array, (rows, columns), axis=(2, 3))
    return view[:, :, ::stride, ::stride]
