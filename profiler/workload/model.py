"""What one batch costs: the kernels it launches and the bytes it copies. No stream, no device, no time of day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

Dim3 = tuple[int, int, int]

PRECISIONS = ("fp32", "int8")
INPUT_FORMATS = ("fp32", "uint8")

#: Kernel classes that a GPU file may give an efficiency to.
EFFICIENCY_CLASSES = ("direct", "pointwise", "winograd3x3", "fc", "pool", "elementwise")


@dataclass(frozen=True, slots=True)
class KernelCall:
    """One kernel launch and what it costs, independent of any GPU.

    Attributes
    ----------
    name : str
        What a trace shows, for example ``res2a_branch2b``.
    grid, block : (int, int, int)
        Launch shape in blocks and threads.
    flops : int
        Arithmetic operations of the launch; a multiply-add is two. Integer operations of INT8 kernels count alike.
    read_bytes, write_bytes : int
        Device memory traffic if every operand is moved once.
    efficiency_class : str
        One of `EFFICIENCY_CLASSES`; the GPU file says which share of peak this class reaches.
    precision : str
        ``fp32`` or ``int8``: which peak prices ``flops``.
    registers : int
        Registers a thread. Limits blocks resident on an SM where the GPU file gives ``registers_per_sm``.
    shared_bytes : int
        Shared memory a block, in bytes.
    duration_ns : int or None
        A fixed duration. Such a kernel holds every SM slot meanwhile and is priced by nothing else.
    reads_input : bool
        Whether it reads the chunk's input, which the first kernel does anyway; the input's buffer is kept until then.
    entry : str
        Name of the CUDA function in ``kernels/``; empty when the kernel exists only for the simulator.
    params : tuple
        Shape parameters that ``entry`` needs, by (name, value).
    """

    name: str
    grid: Dim3
    block: Dim3
    flops: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    efficiency_class: str = "elementwise"
    precision: str = "fp32"
    registers: int = 32
    shared_bytes: int = 0
    duration_ns: int | None = None
    reads_input: bool = False
    entry: str = ""
    params: tuple[tuple[str, int], ...] = ()

    @property
    def blocks(self) -> int:
        """Blocks in the grid."""
        return self.grid[0] * self.grid[1] * self.grid[2]

    @property
    def threads(self) -> int:
        """Threads in a block."""
        return self.block[0] * self.block[1] * self.block[2]


@dataclass(frozen=True)
class Workload:
    """A pipeline stage by stage: bytes in, kernels in order, bytes out; any number of samples at once.

    Attributes
    ----------
    name : str
    precision : str
        ``fp32`` or ``int8``.
    input_format : str
        ``fp32`` or ``uint8`` where the samples are images; empty where that has no meaning.
    input_bytes, output_bytes : int
        Copied for each sample, host to device and device to host.
    build : callable
        Number of samples (>= 1) to the kernels of one chunk of that many samples, in launch order. The first
        kernel reads the input, the last one writes the output. Pure: same answer every time.
    weight_bytes : int
        Resident on the device, never copied by a request.
    workspace_bytes : int
        Device memory for intermediate results, for each sample of a chunk.
    """

    name: str
    precision: str
    input_bytes: int
    output_bytes: int
    build: Callable[[int], tuple[KernelCall, ...]] = field(repr=False)
    input_format: str = ""
    weight_bytes: int = 0
    workspace_bytes: int = 0

    def kernels(self, samples: int) -> tuple[KernelCall, ...]:
        """Kernels of one chunk of ``samples`` samples, in launch order."""
        return _built(self.build, samples)


@lru_cache(maxsize=512)
def _built(build: Callable[[int], tuple[KernelCall, ...]], samples: int) -> tuple[KernelCall, ...]:
    return tuple(build(samples))
