"""What each launch of a network reads and writes: what `lowering` leaves out because a cost does not depend on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from profiler.errors import UsageError
from profiler.workload.networks.layers import CONV, FC, IMAGE, LRN, SOFTMAX, Node, Shape
from profiler.workload.networks.lowering import IMAGE_SHAPE, float_results, fused, network_nodes
from profiler.workload.networks.products import CHANNEL_GROUP, stored_bytes, weight_bytes
from profiler.workload.networks.tensors import INPUT, OUTPUT, WORD, WORKSPACE, Lifetime, Part, View, joined_parts, place

#: What `lowering` calls the launch that reads the images, and the two around a normalisation in INT8.
INGEST = "ingest"
BEFORE, AFTER = "dequantize", "quantize"

#: The images as they were copied in, before the first launch.
IMAGE_COPIED = "images"

#: What `merge_siblings` puts between the names of convolutions that became one launch.
JOINT = " || "


@dataclass(frozen=True, slots=True)
class Target:
    """A tensor that a launch writes, and how many of its columns (filters) go there; 0 where it has no columns."""

    view: View
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """One launch: which tensors it touches.

    Attributes
    ----------
    name : str
        Of the launch, as in `KernelCall.name`; unique in a network.
    node : Node or None
        The layer, siblings joined; None for the launch that reads the images.
    source : View
    residual : View or None
    targets : tuple of Target
    weights_offset : int
        Where the layer's weights start in the region of all weights; biases follow, and in INT8 scales before them.
    float_result : bool
        An INT8 layer whose result stays floats.
    """

    name: str
    node: Node | None
    source: View
    targets: tuple[Target, ...]
    residual: View | None = None
    weights_offset: int = 0
    float_result: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """All launches of a network by name, in launch order.

    Attributes
    ----------
    precision : str
    operations : mapping of str to Operation
    workspace_bytes : int
        For each sample of a chunk.
    weight_bytes : int
    """

    precision: str
    operations: Mapping[str, Operation]
    workspace_bytes: int
    weight_bytes: int


@lru_cache(maxsize=16)
def network_program(name: str, precision: str) -> Program:
    """The program of one of `NETWORKS`."""
    return program(network_nodes(name), IMAGE_SHAPE, precision)


def program(nodes: Sequence[Node], image: Shape, precision: str) -> Program:
    """The program of a table's nodes, joins included.

    Raises
    ------
    UsageError
        Joins cannot be written in place (see `joined_parts`), or convolutions that are one launch share a group of
        four filters.
    """
    return _Assembly(nodes, image, precision).program()


def members(node: Node) -> tuple[str, ...]:
    """Names of the layers that became this launch: one, or siblings in the order of their filters."""
    return tuple(node.name.split(JOINT))


class _Assembly:
    """Tensors by name, and the launches that write and read them."""

    def __init__(self, nodes: Sequence[Node], image: Shape, precision: str) -> None:
        self.precision = precision
        self.launched = fused(nodes)
        self.shapes = {IMAGE: image} | {node.name: node.result for node in nodes}
        for node in self.launched:
            self._check_siblings(node)
        self.wide = float_results(nodes)
        self.floats = self.wide | {node.name for node in nodes if node.layer.op == SOFTMAX}
        self.parts = joined_parts(nodes, precision)
        self.final = self.launched[-1].name
        self.sizes = {IMAGE: stored_bytes(image, precision)}
        for node in nodes:
            self.sizes[node.name] = stored_bytes(node.result, "fp32" if node.name in self.floats else precision)
        self.steps = self._steps()
        self.offsets, self.workspace = place(self._lifetimes())

    def _check_siblings(self, node: Node) -> None:
        """Kernels write neighbouring columns in groups, which must not go to different tensors."""
        for name in members(node)[:-1]:
            filters = self.shapes[name].channels
            if filters % CHANNEL_GROUP:
                what = f"{name!r} has {filters} filters; joined layers want multiples of {CHANNEL_GROUP}"
                raise UsageError(what, where=node.name)

    def _steps(self) -> list[tuple[str, Node | None, str, tuple[str, ...]]]:
        """Launch name, node, name of the tensor read and names of those written, in launch order."""
        steps: list[tuple[str, Node | None, str, tuple[str, ...]]] = [(INGEST, None, IMAGE_COPIED, (IMAGE,))]
        for node in self.launched:
            source = node.layer.inputs[0]
            if node.layer.op == LRN and self.precision == "int8":
                first, second = f"{node.name} {BEFORE}", f"{node.name} floats"
                self.sizes[first] = self.sizes[second] = stored_bytes(node.result, "fp32")
                steps += [
                    (first, node, source, (first,)),
                    (node.name, node, first, (second,)),
                    (f"{node.name} {AFTER}", node, second, (node.name,)),
                ]
            else:
                steps.append((node.name, node, source, members(node)))
        return steps

    def _lifetimes(self) -> list[Lifetime]:
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for index, (_, node, source, written) in enumerate(self.steps):
            added = node.layer.add if node else ""
            for name in (source, added, *written):
                if name and name not in (IMAGE_COPIED, self.final):
                    whole = self._whole(name)
                    first.setdefault(whole, index)
                    last[whole] = index
        return [Lifetime(name, self.sizes[name], first[name], last[name]) for name in first]

    def _whole(self, name: str) -> str:
        return self.parts[name].whole if name in self.parts else name

    def _view(self, name: str) -> View:
        part = self.parts.get(name, Part(name, 0))
        pitch = self.sizes.get(part.whole, 0) // WORD
        if name == IMAGE_COPIED:
            return View(INPUT, 0, 0, pitch)
        if name == self.final:
            return View(OUTPUT, 0, 0, pitch)
        return View(WORKSPACE, self.offsets[part.whole], part.inner_bytes, pitch)

    def program(self) -> Program:
        offset, operations = 0, {}
        for name, node, source, written in self.steps:
            multiplies = node is not None and node.layer.op in (CONV, FC)
            operations[name] = Operation(
                name=name,
                node=node,
                source=self._view(source),
                targets=tuple(
                    Target(self._view(one), self.shapes[one].channels if multiplies else 0) for one in written
                ),
                residual=self._view(node.layer.add) if node and node.layer.add else None,
                weights_offset=offset,
                float_result=name in self.wide and self.precision == "int8",
            )
            offset += weight_bytes(node, self.precision) if node else 0
        return Program(self.precision, operations, self.workspace, offset)
