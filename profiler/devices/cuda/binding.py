"""From a workload to the operands of its launches: the weights a device keeps, and where each launch finds tensors."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.devices.cuda.kept_weights import kept_weights
from profiler.devices.cuda.kernel_args import MAX_DESTINATIONS, Binding
from profiler.errors import UsageError
from profiler.workload.model import INPUT_FORMATS, KernelCall, Workload
from profiler.workload.networks import NETWORKS, network
from profiler.workload.networks.layers import FC
from profiler.workload.networks.lowering import IMAGE_SHAPE, network_nodes
from profiler.workload.networks.packing import PackedWeights, random_weights
from profiler.workload.networks.products import stored_bytes, weight_bytes
from profiler.workload.networks.program import Operation, Program, network_program
from profiler.workload.networks.tensors import INPUT, OUTPUT, WORD, WORKSPACE


@dataclass(frozen=True, slots=True)
class Memory:
    """Addresses of what a chunk works with; ``workspace`` and ``weights`` may be 0 where the workload has none."""

    input: int
    workspace: int
    output: int
    weights: int


@dataclass(frozen=True)
class NetworkBinder:
    """Binds the launches of a network.

    Attributes
    ----------
    program : Program
    weights : PackedWeights
        ``weights.content`` is what `Memory.weights` must point to.
    """

    program: Program
    weights: PackedWeights

    def workspace_bytes(self, samples: int) -> int:
        """What a chunk's intermediate results take."""
        return samples * self.program.workspace_bytes

    def bind(self, call: KernelCall, samples: int, memory: Memory) -> Binding:
        """Operands of one launch over a chunk of ``samples`` samples."""
        operation = self.program.operations[call.name]
        if len(operation.targets) > MAX_DESTINATIONS:
            raise UsageError(f"more than {MAX_DESTINATIONS} layers are joined into one launch", where=call.name)
        bases = {INPUT: memory.input, WORKSPACE: memory.workspace, OUTPUT: memory.output}
        at = operation.source
        weights, scale, bias = self._weights(operation, memory.weights)
        node, residual = operation.node, operation.residual
        return Binding(
            source=(at.address(bases, samples), at.pitch_words),
            targets=[
                (one.view.address(bases, samples), one.view.pitch_words, one.columns) for one in operation.targets
            ],
            residual=(residual.address(bases, samples), residual.pitch_words) if residual else None,
            weights=weights,
            scale=scale,
            bias=bias,
            words=stored_bytes(node.source, self.program.precision) // WORD if node and node.layer.op == FC else 0,
            float_result=operation.float_result,
            scalars=self.weights.scalars.get(call.name, {}),
        )

    def _weights(self, operation: Operation, base: int) -> tuple[int, int, int]:
        """Addresses of weights, scales and biases, which follow each other; FP32 has no scales."""
        node = operation.node
        size = weight_bytes(node, self.program.precision) if node else 0
        if node is None or not size:
            return 0, 0, 0
        start, one_each = base + operation.weights_offset, WORD * node.layer.filters
        bias = start + size - one_each
        return start, bias - one_each if self.program.precision == "int8" else 0, bias


@dataclass(frozen=True)
class PlainBinder:
    """Binds the launches of a workload without weights: every kernel reads the input, and the last writes the output.

    The kernels before the last one leave their results, as large as the output, in the workspace.
    """

    kernels: tuple[str, ...]
    output_bytes: int

    def workspace_bytes(self, samples: int) -> int:
        """What the results of all kernels but the last take."""
        return samples * self.output_bytes if len(self.kernels) > 1 else 0

    def bind(self, call: KernelCall, samples: int, memory: Memory) -> Binding:
        """Operands of one launch over a chunk of ``samples`` samples."""
        made = memory.output if call.name == self.kernels[-1] else memory.workspace
        return Binding(source=(memory.input, 0), targets=[(made, 0, 0)])


def binder(workload: Workload, seed: int = 0) -> NetworkBinder | PlainBinder:
    """What binds the launches of ``workload``; a network's weights are random, and the same for the same seed.

    Making the weights of a large network takes some seconds.
    """
    if _is_network(workload):
        nodes = network_nodes(workload.name)
        precision, input_format = workload.precision, workload.input_format
        weights = kept_weights(
            f"{workload.name}-{precision}-{input_format}-{seed}",
            lambda: random_weights(nodes, IMAGE_SHAPE, precision, input_format, seed),
        )
        return NetworkBinder(network_program(workload.name, workload.precision), weights)
    return PlainBinder(tuple(call.name for call in workload.kernels(1)), workload.output_bytes)


def _is_network(workload: Workload) -> bool:
    """Whether it is one of the networks itself, not another workload of the same name."""
    if workload.name not in NETWORKS or workload.input_format not in INPUT_FORMATS:
        return False
    return workload == network(workload.name, workload.precision, workload.input_format)
