"""Small workloads with one idea each: sums of arrays, a vector triad, one matrix product.

The sums settle a question about quantization: of two programs that add 1000 elements, one over ``int``, one over
``float``, which is faster? On a GPU both move the same bytes and both adds issue at the same rate, so neither;
what 8-bit integers change is the bytes moved and, with ``dp4a``, the elements an instruction adds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from profiler.errors import UsageError
from profiler.workload.model import KernelCall, Workload

#: Element type of a sum to (precision a result shows, bytes an element, suffix of the CUDA functions).
_SUM_TYPES = {"int32": ("int32", 4, "i32"), "float32": ("fp32", 4, "f32"), "int8": ("int8", 1, "s8")}

_SUM_BYTES = 4  # the accumulator is 32 bits wide for every element type
_FLOAT_BYTES = 4
_WARP = 32
_VECTOR_BLOCK = 256
_GEMM_TILE = 64  # outputs a block computes in each direction
_GEMM_DEPTH = 16  # 32-bit words of the inner dimension staged in shared memory at a time

_LARGEST_VECTOR = 2**32
_LARGEST_MATRIX = 2**16


@dataclass(frozen=True, slots=True)
class ArraySum:
    """Kernels that add the elements of each sample's array, twice: by one thread in a loop, then in parallel.

    The loop is one thread an array, hence a grid of one-thread blocks: a simulated SM computes it at the pace that so
    few threads can keep (``full_rate_threads_per_sm`` of a GPU file), whatever its peak, and does more in a given
    time only as arrays are added. That each addition also waits for its load is not priced, so that a real loop is
    slower than the simulated one.
    """

    element: str
    size: int

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        """Kernels of one chunk of ``samples`` samples."""
        return (self._loop(samples), self._reduce(samples))

    def _loop(self, samples: int) -> KernelCall:
        _, width, suffix = _SUM_TYPES[self.element]
        return KernelCall(
            name="loop",
            grid=(samples, 1, 1),
            block=(1, 1, 1),
            flops=samples * self.size,
            read_bytes=samples * self.size * width,
            write_bytes=samples * _SUM_BYTES,
            precision="fp32",  # a plain add, whatever the element: integer adds issue at the FP32 rate or half of it
            registers=16,
            entry=f"sum_loop_{suffix}",
            params=(("size", self.size),),
        )

    def _reduce(self, samples: int) -> KernelCall:
        precision, width, suffix = _SUM_TYPES[self.element]
        threads = _reduce_threads(self.size)
        return KernelCall(
            name="reduce",
            grid=(samples, 1, 1),
            block=(threads, 1, 1),
            flops=samples * self.size,
            read_bytes=samples * self.size * width,
            write_bytes=samples * _SUM_BYTES,
            precision="int8" if precision == "int8" else "fp32",  # four 8-bit elements an instruction by dp4a
            registers=24,
            shared_bytes=threads // _WARP * _SUM_BYTES,
            reads_input=True,
            entry=f"sum_reduce_{suffix}",
            params=(("size", self.size),),
        )


@dataclass(frozen=True, slots=True)
class Triad:
    """The kernel ``a = b + s * c`` over vectors of ``size`` floats: McCalpin's STREAM triad."""

    size: int

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        """Kernels of one chunk of ``samples`` samples."""
        elements = samples * self.size
        kernel = KernelCall(
            name="triad",
            grid=(-(-elements // _VECTOR_BLOCK), 1, 1),
            block=(_VECTOR_BLOCK, 1, 1),
            flops=2 * elements,
            read_bytes=2 * _FLOAT_BYTES * elements,
            write_bytes=_FLOAT_BYTES * elements,
            registers=16,
            entry="triad_f32",
            params=(("size", self.size),),
        )
        return (kernel,)


@dataclass(frozen=True, slots=True)
class Gemm:
    """The kernel ``C = A B`` of square matrices of ``size``, a tile of C a block; INT8 accumulates in 32 bits."""

    precision: str
    size: int

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        """Kernels of one chunk of ``samples`` samples."""
        tiles = -(-self.size // _GEMM_TILE)
        elements = samples * self.size**2
        kernel = KernelCall(
            name="gemm",
            grid=(tiles, tiles, samples),
            block=(_VECTOR_BLOCK, 1, 1),
            flops=2 * elements * self.size,
            read_bytes=2 * elements * _gemm_width(self.precision),
            write_bytes=elements * _SUM_BYTES,
            efficiency_class="pointwise",  # a 1x1 convolution is this product
            precision=self.precision,
            registers=64,
            shared_bytes=2 * _GEMM_TILE * _GEMM_DEPTH * _FLOAT_BYTES,
            entry="gemm_s8" if self.precision == "int8" else "gemm_f32",
            params=(("size", self.size),),
        )
        return (kernel,)


def array_sum(element: str, *, precision: str | None = None, size: int | None = None) -> Workload:
    """A workload whose sample is one array, copied in and its sum copied out.

    Parameters
    ----------
    element : str
        ``int32``, ``float32`` or ``int8``.
    precision : str, optional
        Only to be checked: the element type already says it.
    size : int, optional
        Elements of an array; 1000 by default.

    Raises
    ------
    UsageError
        ``precision`` contradicts the element type, or ``size`` is out of range.
    """
    name = f"sum-{element}"
    own, width, _ = _SUM_TYPES[element]
    if precision is not None and precision != own:
        raise UsageError(
            f"{name} cannot run in {precision}: its name says the precision",
            where="--precision",
            remedy=f"Leave the option out, or choose among {', '.join(f'sum-{kind}' for kind in _SUM_TYPES)}.",
        )
    length = _checked_size(name, size, 1000, _LARGEST_VECTOR)
    return Workload(
        name=name,
        precision=own,
        input_bytes=length * width,
        output_bytes=_SUM_BYTES,
        build=ArraySum(element, length),
        workspace_bytes=_SUM_BYTES,  # the loop's sum; the output has the other one
    )


def triad(*, precision: str | None = None, size: int | None = None) -> Workload:
    """A workload whose sample is two vectors copied in and their triad copied out; 2^20 floats each by default.

    Raises
    ------
    UsageError
        ``precision`` is not ``fp32``, or ``size`` is out of range.
    """
    if precision not in (None, "fp32"):
        raise UsageError(
            f"triad cannot run in {precision}: it exists in fp32 only",
            where="--precision",
            remedy="Leave the option out; gemm and the networks have both precisions.",
        )
    length = _checked_size("triad", size, 2**20, _LARGEST_VECTOR)
    return Workload(
        name="triad",
        precision="fp32",
        input_bytes=2 * _FLOAT_BYTES * length,
        output_bytes=_FLOAT_BYTES * length,
        build=Triad(length),
    )


def gemm(*, precision: str | None = None, size: int | None = None) -> Workload:
    """A workload whose sample is two square matrices copied in and their product copied out; size 1024 by default.

    Raises
    ------
    UsageError
        ``precision`` is neither ``fp32`` nor ``int8``, or ``size`` is out of range.
    """
    chosen = precision or "fp32"
    if chosen not in ("fp32", "int8"):
        raise UsageError(f"gemm cannot run in {chosen}", where="--precision", remedy="Choose fp32 or int8.")
    side = _checked_size("gemm", size, 1024, _LARGEST_MATRIX)
    return Workload(
        name="gemm",
        precision=chosen,
        input_bytes=2 * side**2 * _gemm_width(chosen),
        output_bytes=side**2 * _SUM_BYTES,
        build=Gemm(chosen, side),
    )


def _checked_size(workload: str, size: int | None, default: int, largest: int) -> int:
    if size is None:
        return default
    if not 1 <= size <= largest:
        raise UsageError(f"{workload} cannot have size {size}", where="--size", remedy=f"Give 1 to {largest:,}.")
    return size


def _reduce_threads(size: int) -> int:
    """Threads that share one array: a power of two, a warp at least, about four elements each while a block can."""
    threads = _WARP
    while threads < 1024 and threads * 4 < size:
        threads *= 2
    return threads


def _gemm_width(precision: str) -> int:
    return 1 if precision == "int8" else _FLOAT_BYTES


#: Name to the function that opens it; every one takes ``precision`` and ``size``.
MICRO: dict[str, Callable[..., Workload]] = {
    **{f"sum-{element}": partial(array_sum, element) for element in _SUM_TYPES},
    "triad": triad,
    "gemm": gemm,
}
