"""Weights for networks that nobody trained: random, always the same, and such that all layers' results are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.workload.networks.layers import CONV, FC, Node, Shape

Float32 = npt.NDArray[np.float32]

#: What an image's value has to be made of before a network reads it: (value - offset) * scale. Images of floats come
#: prepared; bytes become numbers from -2 to 2, about the range of standardised pixels.
PREPARATION = {"fp32": (0.0, 1.0), "uint8": (127.5, 1 / 64)}

#: Standard deviation of biases; small beside the results.
BIAS_SPREAD = 0.05

#: Of a residual branch, so that results do not double with every block.
BRANCH_GAIN = 0.5


@dataclass(frozen=True)
class Parameters:
    """Weights and biases of one layer.

    Attributes
    ----------
    weights : float32, shape (filters, channels, rows, columns)
        A fully connected layer is a window over its whole input.
    bias : float32, shape (filters,)
    """

    weights: Float32
    bias: Float32


def random_parameters(nodes: Sequence[Node], seed: int = 0) -> dict[str, Parameters]:
    """Parameters of every convolution and fully connected layer of a table.

    Normally distributed with the variance 2 / inputs before a clamp at zero and 1 / inputs elsewhere (He et al.,
    "Delving Deep into Rectifiers", 2015). A layer's parameters depend on the seed and its place in the table alone.
    """
    return {
        node.name: _random(node, np.random.default_rng([seed, index]))
        for index, node in enumerate(nodes)
        if node.layer.op in (CONV, FC)
    }


def _random(node: Node, random: np.random.Generator) -> Parameters:
    shape = weight_shape(node)
    inputs = shape[1] * shape[2] * shape[3]
    gain = BRANCH_GAIN if node.layer.add else 1.0
    spread = gain * np.sqrt((2.0 if node.layer.relu else 1.0) / inputs)
    weights = random.standard_normal(shape, np.float32) * np.float32(spread)
    return Parameters(weights, random.standard_normal(shape[0], np.float32) * np.float32(BIAS_SPREAD))


def weight_shape(node: Node) -> tuple[int, int, int, int]:
    """Filters, channels, rows and columns of a layer's weights."""
    source = node.source
    if node.layer.op == FC:
        return (node.layer.filters, source.channels, source.height, source.width)
    return (node.layer.filters, source.channels, node.layer.window, node.layer.window)


def sample_images(count: int, image: Shape, input_format: str = "fp32", seed: int = 0) -> npt.NDArray[np.generic]:
    """Random images as they are copied in.

    Returns
    -------
    ndarray
        ``fp32``: prepared, (count, channels, height, width). ``uint8``: as decoded, (count, height, width, channels).
        The same seed gives the same pictures in both.
    """
    random = np.random.default_rng([seed, 1])
    decoded = random.integers(0, 256, (count, image.height, image.width, image.channels), dtype=np.uint8)
    return decoded if input_format == "uint8" else prepared(decoded, "uint8")


def prepared(images: npt.NDArray[np.generic], input_format: str) -> Float32:
    """Images as a network reads them, float32 (count, channels, height, width)."""
    offset, scale = PREPARATION[input_format]
    planes = np.moveaxis(images, 3, 1) if input_format == "uint8" else images
    return np.ascontiguousarray((planes.astype(np.float32) - np.float32(offset)) * np.float32(scale))
