"""A network's table as an inference engine would run it: layers joined, kernels in order, memory laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import import_module

from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import CONCAT, CONV, FC, IMAGE, LRN, SOFTMAX, Layer, Node, Shape, infer
from profiler.workload.networks.passes import ingest, normalisation, pooling, softmax
from profiler.workload.networks.products import convolution, fully_connected, stored_bytes, weight_bytes

#: One sample: a colour image of 224x224 pixels.
IMAGE_SHAPE = Shape(3, 224, 224)


@lru_cache(maxsize=16)
def network_nodes(name: str) -> tuple[Node, ...]:
    """The layers of a network's table with their shapes, in order."""
    table: list[Layer] = import_module(f"profiler.workload.networks.{name}").table()
    return infer(table, IMAGE_SHAPE)


@lru_cache(maxsize=16)
def engine_nodes(name: str) -> tuple[Node, ...]:
    """The layers that become launches: joins cost none, and 1x1 convolutions that differ only in weights become one."""
    return fused(network_nodes(name))


def fused(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The layers of any table that become launches."""
    return merge_siblings([node for node in nodes if node.layer.op != CONCAT])


def merge_siblings(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """``nodes`` with 1x1 convolutions of the same input joined into the first of them.

    They must agree in stride and clamp and add no residual. Source: "Deploying Deep Neural Networks with NVIDIA
    TensorRT" (NVIDIA developer blog, 2017) shows this horizontal fusion on GoogLeNet's modules; ``||`` between the
    names is how TensorRT prints it.
    """
    merged: list[Node] = []
    first: dict[tuple[object, ...], int] = {}
    for node in nodes:
        layer = node.layer
        if layer.op != CONV or layer.window != 1 or layer.add:
            merged.append(node)
            continue
        key = (layer.inputs, layer.stride, layer.pad, layer.relu)
        if key in first:
            merged[first[key]] = _joined(merged[first[key]], node)
        else:
            first[key] = len(merged)
            merged.append(node)
    return tuple(merged)


def _joined(one: Node, other: Node) -> Node:
    filters = one.layer.filters + other.layer.filters
    layer = replace(one.layer, name=f"{one.name} || {other.name}", filters=filters)
    return Node(layer, one.source, replace(one.result, channels=filters))


def launches(name: str, samples: int, precision: str, input_format: str) -> tuple[KernelCall, ...]:
    """Kernels of one chunk, in launch order: the image is read by the first, the result written by the last."""
    return lower(network_nodes(name), IMAGE_SHAPE, samples, precision, input_format)


def lower(
    nodes: Sequence[Node], image: Shape, samples: int, precision: str, input_format: str
) -> tuple[KernelCall, ...]:
    """Kernels of one chunk of any table's nodes, joins included."""
    wide = float_results(nodes)
    kernels = [ingest(image, samples, precision, input_format)]
    for node in fused(nodes):
        kernels += _lowered(node, samples, precision, float_result=node.name in wide)
    return tuple(kernels)


def _lowered(node: Node, samples: int, precision: str, *, float_result: bool) -> tuple[KernelCall, ...]:
    operation = node.layer.op
    if operation == CONV:
        return (convolution(node, samples, precision),)
    if operation == FC:
        return (fully_connected(node, samples, precision, float_result=float_result),)
    if operation == LRN:
        return normalisation(node, samples, precision)
    if operation == SOFTMAX:
        return (softmax(node, samples),)
    return (pooling(node, samples, precision),)


def float_results(nodes: Sequence[Node]) -> frozenset[str]:
    """Layers whose result softmax reads: floats in every precision."""
    return frozenset(node.layer.inputs[0] for node in nodes if node.layer.op == SOFTMAX)


def resident_weight_bytes(name: str, precision: str) -> int:
    """Bytes of all weights, biases and scales on the device."""
    return sum(weight_bytes(node, precision) for node in engine_nodes(name))


def workspace_bytes(name: str, precision: str) -> int:
    """Most bytes of intermediate results that are alive at once, for each sample.

    A result lives from the layer that makes it to the last that reads it; the parts of a join are written in
    place, so they live as long as the joined result is read. A normalisation in INT8 needs its operand and its
    result in floats while it runs.
    """
    nodes = network_nodes(name)
    last_read, float_named = _last_reads(nodes), float_results(nodes)
    sizes = {IMAGE: stored_bytes(IMAGE_SHAPE, precision)}
    alive, most = {IMAGE}, 0
    for index, node in enumerate(nodes):
        if node.layer.op != CONCAT:
            wide = node.name in float_named or node.layer.op == SOFTMAX
            sizes[node.name] = stored_bytes(node.result, "fp32" if wide else precision)
            alive.add(node.name)
        converted = 2 * stored_bytes(node.result, "fp32") if node.layer.op == LRN and precision == "int8" else 0
        most = max(most, converted + sum(sizes[name] for name in alive))
        alive = {name for name in alive if last_read.get(name, index) > index}
    return most


def _last_reads(nodes: Sequence[Node]) -> dict[str, int]:
    """Index of the last layer that reads each result; reading a join reads its parts."""
    parts: dict[str, tuple[str, ...]] = {}
    last: dict[str, int] = {}
    for index, node in enumerate(nodes):
        names = [part for name in (*node.layer.inputs, node.layer.add) for part in parts.get(name, (name,))]
        if node.layer.op == CONCAT:
            parts[node.name] = tuple(names)
        last.update({name: index for name in names if name})
    return last
