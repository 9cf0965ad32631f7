"""Every kernel that a workload names exists, in the file said to have it, and takes the arguments it is given."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from profiler import kernel_sources
from profiler.devices.cuda.binding import Memory, NetworkBinder, PlainBinder, binder
from profiler.devices.cuda.kernel_args import (
    CLOCK_FUNCTIONS,
    ENTRIES,
    Binding,
    arguments,
    file_of,
    function,
    source_file,
)
from profiler.errors import UsageError
from profiler.workload.micro import array_sum, gemm, triad
from profiler.workload.model import KernelCall, Workload
from profiler.workload.networks import NETWORKS, network
from profiler.workload.networks.packing import PackedWeights
from profiler.workload.networks.program import network_program
from profiler.workload.networks.tiles import TILES
from tests.helpers.cushim.build import kernel_names
from tests.helpers.cushim.loader import CpuKernels

MICRO = (
    *(array_sum(element) for element in ("int32", "float32", "int8")),
    triad(),
    gemm(precision="fp32"),
    gemm(precision="int8"),
)
BATCHES = (1, 2, 8, 9, 16, 33, 64, 100, 128)

NOTHING = np.zeros(0, np.uint8)
SCALARS = {"offset": 0.0, "scale": 1.0, "step": 1.0, "inverse_step": 1.0, "residual_scale": 1.0}


def _networks() -> list[Workload]:
    return [
        network(name, precision, image)
        for name in NETWORKS
        for precision in ("fp32", "int8")
        for image in ("fp32", "uint8")
    ]


def _calls() -> list[KernelCall]:
    return [call for workload in (*_networks(), *MICRO) for samples in BATCHES for call in workload.kernels(samples)]


def test_every_named_kernel_exists(kernel_builds: object) -> None:
    names = {source: kernel_names(source) for source in kernel_sources.sources()}
    asked = {(source_file(call), function(call)) for call in _calls()}
    assert all(name in names[source] for source, name in asked)
    assert {call.entry for call in _calls()} == set(ENTRIES)
    in_files = {name: source for source, found in names.items() for name in found}
    assert {name: file_of(name) for name in in_files} == in_files
    unasked = set(in_files) - {name for _, name in asked}
    tiles = {f"{tile.rows}x{tile.columns}" for tiles in TILES.values() for tile in tiles}
    assert {name for name in unasked if name.rpartition("_")[2] not in tiles} == set(CLOCK_FUNCTIONS)


def test_arguments_have_the_sizes_that_the_kernels_take(cpu: CpuKernels) -> None:
    """One call of each function; the shim knows what the compiler makes of the C structures."""
    seen = {}
    for workload in _networks():
        program = network_program(workload.name, workload.precision)
        bound = NetworkBinder(program, PackedWeights(NOTHING, dict.fromkeys(program.operations, SCALARS)))
        for samples in BATCHES:
            for call in workload.kernels(samples):
                seen.setdefault(function(call), (call, bound.bind(call, samples, Memory(64, 64, 64, 64))))
    for workload in MICRO:
        for call in workload.kernels(2):
            seen[function(call)] = (call, Binding((64, 0), [(64, 0, 0)]))
    assert len(seen) > 30
    for name, (call, binding) in seen.items():
        sizes = tuple(ctypes.sizeof(value) for value in arguments(call, binding))
        assert sizes == cpu.sizes(source_file(call), name), name


def test_a_kernel_of_the_simulator_alone_is_refused() -> None:
    call = KernelCall("mine", (1, 1, 1), (1, 1, 1), flops=1)
    with pytest.raises(UsageError, match=r"kernel 'mine' cannot run on a GPU.*--device sim"):
        arguments(call, Binding((0, 0), [(0, 0, 0)]))
    with pytest.raises(UsageError, match="no CUDA function"):
        file_of("sum_loop_f64")


def test_a_workload_without_weights_reads_its_input_in_every_kernel() -> None:
    workload = array_sum("float32", size=10)
    made = binder(workload)
    assert isinstance(made, PlainBinder)
    loop, reduce = workload.kernels(3)
    memory = Memory(input=1, workspace=2, output=3, weights=0)
    assert (made.bind(loop, 3, memory).source, made.bind(loop, 3, memory).targets) == ((1, 0), [(2, 0, 0)])
    assert (made.bind(reduce, 3, memory).source, made.bind(reduce, 3, memory).targets) == ((1, 0), [(3, 0, 0)])
    assert made.workspace_bytes(3) == 12
    assert binder(triad()).workspace_bytes(3) == 0


def test_a_workload_of_the_same_name_is_not_taken_for_the_network() -> None:
    own = network("googlenet")
    other = Workload(own.name, own.precision, own.input_bytes, own.output_bytes, lambda n: own.kernels(n))
    assert isinstance(binder(other), PlainBinder)


def test_weights_scales_and_biases_follow_each_other() -> None:
    program = network_program("googlenet", "int8")
    made = NetworkBinder(program, PackedWeights(NOTHING))
    call = next(call for call in network("googlenet", "int8").kernels(1) if call.name == "conv1/7x7_s2")
    binding = made.bind(call, 1, Memory(0, 0, 0, 1000))
    weights = 64 * 7 * 7 * 4
    assert (binding.weights, binding.scale, binding.bias) == (1000, 1000 + weights, 1000 + weights + 4 * 64)
