"""The networks of the article, as inference engines of 2017 ran them: `network` opens one, `summary` counts it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from profiler.errors import UsageError, suggestion
from profiler.workload.model import INPUT_FORMATS, PRECISIONS, KernelCall, Workload
from profiler.workload.networks.layers import Node
from profiler.workload.networks.lowering import (
    IMAGE_SHAPE,
    launches,
    network_nodes,
    resident_weight_bytes,
    workspace_bytes,
)
from profiler.workload.networks.passes import INPUT_BYTES

__all__ = ["NETWORKS", "Summary", "network", "summary"]

#: Names that `network` knows, in the article's order; each is a module of this package.
NETWORKS = ("resnet50", "vgg19", "googlenet")


@dataclass(frozen=True, slots=True)
class _Launches:
    """What builds a network's kernels. Equal and hashable by what it builds, so that results can be cached."""

    name: str
    precision: str
    input_format: str

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        return launches(self.name, samples, self.precision, self.input_format)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a network's table adds up to.

    Attributes
    ----------
    name : str
    layers : tuple of Node
        Every row with its shapes, joins included.
    parameters : int
        As trained: weights, biases, and a scale and a shift for each batch-normalised channel.
    macs : int
        Multiply-adds of convolutions and fully connected layers for one image.
    """

    name: str
    layers: tuple[Node, ...]
    parameters: int
    macs: int


def summary(name: str) -> Summary:
    """Layers, parameters and multiply-adds of a network.

    Raises
    ------
    UsageError
        There is no such network.
    """
    _check(name, NETWORKS, "network")
    nodes = network_nodes(name)
    return Summary(name, nodes, sum(node.parameters for node in nodes), sum(node.macs for node in nodes))


@lru_cache(maxsize=64)
def network(name: str, precision: str = "fp32", input_format: str = "fp32") -> Workload:
    """A network whose sample is one image of 224x224 pixels and whose result is 1000 floats.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    precision : str
        ``fp32``; or ``int8``: bytes multiplied into 32-bit sums, converted from the image and back on the device.
    input_format : str
        How the image is copied in: ``fp32``, or ``uint8`` (a quarter of the bytes).

    Raises
    ------
    UsageError
        A name is not known; the message lists those that are.
    """
    _check(name, NETWORKS, "network")
    _check(precision, PRECISIONS, "precision of a network")
    _check(input_format, INPUT_FORMATS, "input format")
    nodes = network_nodes(name)
    return Workload(
        name=name,
        precision=precision,
        input_bytes=IMAGE_SHAPE.elements * INPUT_BYTES[input_format],
        output_bytes=4 * nodes[-1].result.elements,
        build=_Launches(name, precision, input_format),
        input_format=input_format,
        weight_bytes=resident_weight_bytes(name, precision),
        workspace_bytes=workspace_bytes(name, precision),
    )


def _check(value: str, choices: tuple[str, ...], what: str) -> None:
    if value not in choices:
        raise UsageError(f"{value!r} is not a {what}", remedy=suggestion(value, choices))
