"""Launches of `KernelCall`s on the processor, through the same argument layouts as on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.devices.cuda.binding import Memory, NetworkBinder, PlainBinder
from profiler.devices.cuda.kernel_args import Binding, arguments, function, source_file
from profiler.workload.model import KernelCall, Workload
from profiler.workload.networks.layers import Node
from profiler.workload.networks.tensors import INPUT, OUTPUT, WORKSPACE
from profiler.workload.networks.tiles import Tile
from tests.helpers.cushim.loader import CpuKernels, Guarded

Array = npt.NDArray[Any]


def launch(cpu: CpuKernels, call: KernelCall, binding: Binding, *, reverse: bool = False) -> None:
    """Run one call."""
    values = arguments(call, binding)
    cpu.launch(source_file(call), function(call), call.grid, call.block, values, reverse=reverse)


#: Called after each launch with its name and where the chunk's regions are.
Watch = Callable[[str, Mapping[str, Array]], None]


def run_chunk(
    cpu: CpuKernels,
    calls: Sequence[KernelCall],
    binder: NetworkBinder | PlainBinder,
    given: Array,
    output: Array,
    samples: int,
    watch: Watch | None = None,
) -> Array:
    """The output of all calls of a chunk on ``given``; ``output`` says its shape and type."""
    memory = {
        INPUT: Guarded(given),
        WORKSPACE: Guarded(np.full(binder.workspace_bytes(samples), 0xFF, np.uint8)),
        OUTPUT: Guarded(output),
    }
    weights = Guarded(binder.weights.content if isinstance(binder, NetworkBinder) else np.zeros(0, np.uint8))
    places = Memory(*(memory[name].address for name in (INPUT, WORKSPACE, OUTPUT)), weights.address)
    for call in calls:
        launch(cpu, call, binder.bind(call, samples, places))
        if watch:
            watch(call.name, {name: guarded.array.reshape(-1).view(np.uint8) for name, guarded in memory.items()})
    for piece in (*memory.values(), weights):
        piece.check()
    assert (memory[INPUT].array == given).all(), "the input was changed"
    return memory[OUTPUT].array


def run_plain(cpu: CpuKernels, workload: Workload, given: Array, output: Array, samples: int) -> Array:
    """The output of a workload without weights."""
    calls = workload.kernels(samples)
    binder = PlainBinder(tuple(call.name for call in calls), workload.output_bytes)
    return run_chunk(cpu, calls, binder, given, output, samples)


def with_tile(call: KernelCall, node: Node, samples: int, tile: Tile) -> KernelCall:
    """The convolution ``call`` computed with another tile."""
    params = {**dict(call.params), "tile_rows": tile.rows, "tile_columns": tile.columns}
    return replace(
        call,
        grid=tile.grid(samples * node.result.pixels, node.layer.filters),
        block=(tile.threads, 1, 1),
        shared_bytes=tile.shared_bytes,
        params=tuple(params.items()),
    )
