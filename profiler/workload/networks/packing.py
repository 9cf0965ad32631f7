"""A network's weights as the kernels read them: one run of bytes, every layer's place in it as `program` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from profiler.workload.networks.layers import CONV, FC, IMAGE, LRN, Node, Shape
from profiler.workload.networks.lowering import float_results, fused
from profiler.workload.networks.parameters import (
    PREPARATION,
    Float32,
    Parameters,
    prepared,
    random_parameters,
    sample_images,
)
from profiler.workload.networks.products import CHANNEL_GROUP, uses_winograd
from profiler.workload.networks.program import AFTER, BEFORE, INGEST, members
from profiler.workload.networks.quantization import Quantization, QuantizedLayer, inverse, quantization
from profiler.workload.networks.reference import run_fp32

Bytes = npt.NDArray[np.uint8]

#: Images by which the steps of INT8 are calibrated.
CALIBRATION_IMAGES = 2

#: G of F(2x2, 3x3): G g Gt are the 16 transformed weights of a filter g.
WINOGRAD_G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])

#: The same for a filter written as nine numbers in a row.
WINOGRAD_MATRIX = np.kron(WINOGRAD_G, WINOGRAD_G)


@dataclass(frozen=True)
class PackedWeights:
    """What a device needs to run a network, beside its program.

    Attributes
    ----------
    content : uint8
        Weights, biases and scales of all layers; the layer of a launch starts at `Operation.weights_offset`.
    scalars : mapping of str to (mapping of str to float)
        Launch name to the numbers its kernel takes by value: ``offset``, ``scale``, ``step``, ``inverse_step``,
        ``residual_scale``.
    """

    content: Bytes
    scalars: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def random_weights(
    nodes: Sequence[Node], image: Shape, precision: str, input_format: str, seed: int = 0
) -> PackedWeights:
    """Packed weights of a table that nobody trained; INT8 is calibrated with random images."""
    parameters = random_parameters(nodes, seed)
    if precision == "fp32":
        return pack_fp32(nodes, parameters, input_format)
    images = prepared(sample_images(CALIBRATION_IMAGES, image, input_format, seed), input_format)
    activations = run_fp32(nodes, parameters, images)
    return pack_int8(nodes, quantization(nodes, parameters, activations, float_results(nodes)), input_format)


def pack_fp32(nodes: Sequence[Node], parameters: Mapping[str, Parameters], input_format: str) -> PackedWeights:
    """FP32: the weights of each layer, then its biases."""
    pieces: list[Float32] = []
    for node in _multiplying(nodes):
        weights = np.concatenate([parameters[name].weights for name in members(node)])
        pieces += [_words_fp32(node, weights), np.concatenate([parameters[name].bias for name in members(node)])]
    return PackedWeights(_joined(pieces), {INGEST: _preparation(input_format)})


def pack_int8(nodes: Sequence[Node], quantized: Quantization, input_format: str) -> PackedWeights:
    """INT8: the weights of each layer, then its scales, then its biases."""
    pieces: list[npt.NDArray[np.generic]] = []
    ingest = {**_preparation(input_format), "inverse_step": float(inverse(quantized.steps[IMAGE]))}
    scalars: dict[str, Mapping[str, float]] = {INGEST: ingest}
    for node in fused(nodes):
        if node.layer.op == LRN:
            step, made = quantized.steps[node.layer.inputs[0]], quantized.steps[node.name]
            scalars[f"{node.name} {BEFORE}"] = {"step": step}
            scalars[f"{node.name} {AFTER}"] = {"inverse_step": float(inverse(made))}
    for node in _multiplying(nodes):
        layers = [quantized.layers[name] for name in members(node)]
        pieces += [_words_int8(node, layers), *(one.scale for one in layers), *(one.bias for one in layers)]
        scalars[node.name] = {"residual_scale": layers[0].residual_scale}
    return PackedWeights(_joined(pieces), scalars)


def _preparation(input_format: str) -> dict[str, float]:
    offset, scale = PREPARATION[input_format]
    return {"offset": offset, "scale": scale}


def _multiplying(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in fused(nodes) if node.layer.op in (CONV, FC)]


def _joined(pieces: Sequence[npt.NDArray[np.generic]]) -> Bytes:
    return np.concatenate([np.ascontiguousarray(piece).reshape(-1).view(np.uint8) for piece in pieces])


def _words_fp32(node: Node, weights: Float32) -> Float32:
    """As the kernel reads them: by filter, row, column and channel; a fully connected layer's as its input lies."""
    if uses_winograd(node, "fp32"):
        return winograd_weights(weights)
    return weights if node.layer.op == FC else weights.transpose(0, 2, 3, 1)


def winograd_weights(weights: Float32) -> Float32:
    """Transformed weights of 3x3 filters, (channels, 16, filters)."""
    filters, channels = weights.shape[:2]
    rows = np.ascontiguousarray(weights.reshape(filters, channels, 9).transpose(1, 2, 0))
    words: Float32 = np.empty((channels, 16, filters), np.float32)
    for channel, row in enumerate(rows):
        # In double precision, as a transformed weight takes part in many sums: it should be the nearest float.
        words[channel] = WINOGRAD_MATRIX @ row.astype(np.float64)
    return words


def _words_int8(node: Node, layers: Sequence[QuantizedLayer]) -> npt.NDArray[np.int8]:
    weights = np.concatenate([layer.weights for layer in layers])
    filters, channels, rows, columns = weights.shape
    padded = np.pad(weights, ((0, 0), (0, -channels % CHANNEL_GROUP), (0, 0), (0, 0)))
    if node.layer.op == FC:  # as its input lies: groups of channels, pixels, channels of a group
        grouped = padded.reshape(filters, -1, CHANNEL_GROUP, rows, columns)
        return grouped.transpose(0, 1, 3, 4, 2)
    return padded.transpose(0, 2, 3, 1)
