"""Where the intermediate results of a network lie in device memory, so that joins need no copy and memory is reused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profiler.errors import UsageError
from profiler.workload.networks.layers import CONCAT, Node
from profiler.workload.networks.products import CHANNEL_GROUP, stored_bytes

#: Regions of device memory that a chunk has; weights are a fourth one, shared by all.
INPUT, WORKSPACE, OUTPUT = "input", "workspace", "output"

WORD = 4


@dataclass(frozen=True, slots=True)
class View:
    """Where a tensor of any number of samples lies. A tensor in a joined one has the joined one's pitch.

    Attributes
    ----------
    region : str
        `INPUT`, `WORKSPACE` or `OUTPUT`.
    offset_bytes : int
        Start of the whole tensor in the region, for each sample of the chunk.
    inner_bytes : int
        Start of the part in the first sample.
    pitch_words : int
        32-bit words from one sample to the next.
    """

    region: str
    offset_bytes: int
    inner_bytes: int
    pitch_words: int

    def address(self, bases: Mapping[str, int], samples: int) -> int:
        """Address of the first sample, given where each region starts."""
        return bases[self.region] + samples * self.offset_bytes + self.inner_bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A tensor's place in the one it is joined into: that tensor's name, and bytes from the start of a sample."""

    whole: str
    inner_bytes: int


def joined_parts(nodes: Sequence[Node], precision: str) -> dict[str, Part]:
    """Where each part of a join lies in it.

    Raises
    ------
    UsageError
        A part is in two joins, or is a join itself, or the image; or INT8 channels do not come in groups of four.
    """
    shapes = {node.name: node.result for node in nodes if node.layer.op != CONCAT}
    parts: dict[str, Part] = {}
    for node in nodes:
        if node.layer.op != CONCAT:
            continue
        inner = 0
        for index, name in enumerate(node.layer.inputs):
            if name not in shapes or name in parts:
                raise UsageError(f"{name!r} cannot be written in place into more than one join", where=node.name)
            last = index == len(node.layer.inputs) - 1
            if precision == "int8" and not last and shapes[name].channels % CHANNEL_GROUP:
                what = f"{name!r} has {shapes[name].channels} channels; INT8 joins want multiples of {CHANNEL_GROUP}"
                raise UsageError(what, where=node.name)
            parts[name] = Part(node.name, inner)
            inner += stored_bytes(shapes[name], precision)
    return parts


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A tensor from the launch that first writes it to the one that last reads it, both included."""

    name: str
    size_bytes: int
    first: int
    last: int

    def meets(self, other: Lifetime) -> bool:
        """Whether some launch needs both."""
        return self.first <= other.last and other.first <= self.last


def place(lifetimes: Sequence[Lifetime]) -> tuple[dict[str, int], int]:
    """Offset of each tensor, and the size of the memory that holds all; tensors that meet do not overlap.

    Largest first, each at the lowest place that is free while it lives ("greedy by size": Pisarchyk and Lee,
    "Efficient Memory Management for Deep Neural Net Inference", 2020).
    """
    placed: list[tuple[int, Lifetime]] = []
    for tensor in sorted(lifetimes, key=lambda one: (-one.size_bytes, one.first, one.name)):
        offset = 0
        for start, other in sorted((item for item in placed if item[1].meets(tensor)), key=lambda item: item[0]):
            if start - offset >= tensor.size_bytes:
                break
            offset = max(offset, start + other.size_bytes)
        placed.append((offset, tensor))
    size = max((start + tensor.size_bytes for start, tensor in placed), default=0)
    return {tensor.name: start for start, tensor in placed}, size
