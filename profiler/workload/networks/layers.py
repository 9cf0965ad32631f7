"""Layers as a person writes them in a table, and the shapes, parameters and multiply-adds that follow from them.

Sizes follow Caffe, in which the networks of 2015 were published: a convolution rounds its output size down, a
pooling layer rounds it up and drops a last window that would start outside the padded image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.errors import UsageError

#: Name by which the first layer refers to the network's input.
IMAGE = "data"

CONV, FC, MAX_POOL, AVG_POOL, LRN, CONCAT, SOFTMAX = "conv", "fc", "max_pool", "avg_pool", "lrn", "concat", "softmax"
OPERATIONS = (CONV, FC, MAX_POOL, AVG_POOL, LRN, CONCAT, SOFTMAX)


@dataclass(frozen=True, slots=True)
class Shape:
    """Channels, height and width of one sample's tensor."""

    channels: int
    height: int
    width: int

    @property
    def pixels(self) -> int:
        """Positions of one channel."""
        return self.height * self.width

    @property
    def elements(self) -> int:
        """Values of one sample."""
        return self.channels * self.height * self.width


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of a network's table.

    Attributes
    ----------
    name : str
        Unique in its network; later rows refer to its result by it.
    op : str
        One of `OPERATIONS`.
    inputs : tuple of str
        Names of earlier rows, or `IMAGE`. All but ``concat`` have one.
    filters : int
        Output channels of a convolution, outputs of a fully connected layer.
    window, stride, pad : int
        Side of the square window and its steps, in pixels; a ``window`` of 0 in a pooling layer is the whole image.
        For ``lrn`` the window counts channels.
    relu : bool
        The result is clamped at zero, in the same kernel.
    batch_norm : bool
        Trained with batch normalisation and no bias; an engine folds both into weights and one bias per channel.
    add : str
        A residual of the result's shape, added before the clamp in the same kernel.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    filters: int = 0
    window: int = 1
    stride: int = 1
    pad: int = 0
    relu: bool = False
    batch_norm: bool = False
    add: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A layer together with the shapes of what it reads and what it makes."""

    layer: Layer
    source: Shape
    result: Shape

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def weights(self) -> int:
        """Multiplied weights: filters x input values under the window."""
        if self.layer.op == CONV:
            return self.layer.filters * self.source.channels * self.layer.window**2
        return self.layer.filters * self.source.elements if self.layer.op == FC else 0

    @property
    def parameters(self) -> int:
        """Trained parameters: the weights and one bias per output, or a scale and a shift with batch normalisation."""
        if self.layer.op not in (CONV, FC):
            return 0
        return self.weights + self.layer.filters * (2 if self.layer.batch_norm else 1)

    @property
    def macs(self) -> int:
        """Multiply-adds of a convolution or fully connected layer, for one sample."""
        return self.weights * self.result.pixels


def conv(
    name: str, source: str, filters: int, window: int, *, stride: int = 1, pad: int = 0, relu: bool = True,
    batch_norm: bool = False, add: str = "",
) -> Layer:  # fmt: skip
    """Row of a convolution with its bias, clamp and residual folded in."""
    return Layer(name, CONV, (source,), filters, window, stride, pad, relu, batch_norm, add)


def pool(name: str, source: str, op: str, window: int = 0, *, stride: int = 1, pad: int = 0) -> Layer:
    """Row of a ``max_pool`` or ``avg_pool``; without a window it covers the whole image."""
    return Layer(name, op, (source,), window=window, stride=stride, pad=pad)


def infer(table: Sequence[Layer], image: Shape) -> tuple[Node, ...]:
    """The rows of ``table`` with their shapes, in order, for images of shape ``image``.

    Raises
    ------
    UsageError
        A name is taken twice or not known yet, an operation is unknown, or shapes do not fit.
    """
    shapes = {IMAGE: image}
    nodes = []
    for layer in table:
        _check_names(layer, shapes)
        node = Node(layer, _source(layer, shapes), _result(layer, shapes))
        if layer.add and shapes[layer.add] != node.result:
            what = f"residual {layer.add!r} has shape {shapes[layer.add]}, not {node.result}"
            raise UsageError(what, where=layer.name)
        shapes[layer.name] = node.result
        nodes.append(node)
    return tuple(nodes)


def _check_names(layer: Layer, shapes: dict[str, Shape]) -> None:
    if layer.name in shapes:
        raise UsageError(f"the layer name {layer.name!r} is taken twice")
    for name in (*layer.inputs, layer.add):
        if name and name not in shapes:
            raise UsageError(f"layer {name!r} is not known at this place of the table", where=layer.name)


def _source(layer: Layer, shapes: dict[str, Shape]) -> Shape:
    first = shapes[layer.inputs[0]]
    return _joined(layer, shapes) if layer.op == CONCAT else first


def _joined(layer: Layer, shapes: dict[str, Shape]) -> Shape:
    parts = [shapes[name] for name in layer.inputs]
    if len({(part.height, part.width) for part in parts}) != 1:
        raise UsageError("only images of one size can be joined", where=layer.name)
    return Shape(sum(part.channels for part in parts), parts[0].height, parts[0].width)


def _result(layer: Layer, shapes: dict[str, Shape]) -> Shape:
    source = _source(layer, shapes)
    if layer.op in (CONCAT, LRN, SOFTMAX):
        return source
    if layer.op == FC:
        return Shape(layer.filters, 1, 1)
    if layer.op not in (CONV, MAX_POOL, AVG_POOL):
        raise UsageError(f"unknown operation {layer.op!r}", where=layer.name, remedy=f"Known: {', '.join(OPERATIONS)}.")
    size = conv_size if layer.op == CONV else pool_size
    channels = layer.filters if layer.op == CONV else source.channels
    if layer.window == 0:
        return Shape(channels, 1, 1)
    height = size(source.height, layer.window, layer.stride, layer.pad)
    width = size(source.width, layer.window, layer.stride, layer.pad)
    if min(height, width) < 1:
        raise UsageError(f"a window of {layer.window} does not fit {source.height}x{source.width}", where=layer.name)
    return Shape(channels, height, width)


def conv_size(size: int, window: int, stride: int, pad: int) -> int:
    """Output size of a convolution along one side, rounded down."""
    return (size + 2 * pad - window) // stride + 1


def pool_size(size: int, window: int, stride: int, pad: int) -> int:
    """Output size of a pooling layer along one side, rounded up as in Caffe."""
    result = -((window - size - 2 * pad) // stride) + 1
    starts_outside = pad > 0 and (result - 1) * stride >= size + pad
    return result - 1 if starts_outside else result
