"""How each CUDA function in ``kernels/`` is called: its file, its name, and its arguments in order.

`Binding` says where a launch's tensors lie; `arguments` puts that and the shapes of the `KernelCall` into the C
structures of ``kernels/include``. Grid and block are the call's own. No function takes dynamic shared memory.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from profiler.errors import UsageError
from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import conv_size, pool_size
from profiler.workload.networks.reference import LRN_ALPHA, LRN_BETA, LRN_OFFSET
from profiler.workload.networks.tiles import choose_tile

MAX_DESTINATIONS = 4

#: Functions that no workload launches: they hold the GPU, or tell the time on it.
CLOCK_FUNCTIONS = ("spin_for", "spin_until", "timestamp")

#: Factor of the triad; McCalpin's STREAM has the same.
TRIAD_FACTOR = 3.0

_WORD = 4

Arguments = tuple[Any, ...]
Placement = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a launch's operands lie. An address is an integer, a pitch the 32-bit words from a sample to the next.

    Attributes
    ----------
    source : (address, pitch)
    targets : sequence of (address, pitch, columns)
        Columns are the filters that go there; 0 for functions that have one target.
    residual : (address, pitch), optional
    weights, scale, bias : int
        Addresses; 0 where there is none.
    words : int
        32-bit words of one sample's input of a fully connected layer.
    float_result : bool
        An INT8 layer leaves floats.
    scalars : mapping of str to float
        ``offset``, ``scale``, ``step``, ``inverse_step``, ``residual_scale``, as far as the function takes them.
    """

    source: Placement
    targets: Sequence[tuple[int, int, int]]
    residual: Placement | None = None
    weights: int = 0
    scale: int = 0
    bias: int = 0
    words: int = 0
    float_result: bool = False
    scalars: Mapping[str, float] = field(default_factory=dict)


class Tensor(ctypes.Structure):
    """``Operand`` and ``Target`` of tensors.cuh."""

    _fields_ = (("data", ctypes.c_void_p), ("pitch", ctypes.c_longlong))


class Destinations(ctypes.Structure):
    """``Destinations`` of tensors.cuh."""

    _fields_ = (("targets", Tensor * MAX_DESTINATIONS), ("columns", ctypes.c_int * MAX_DESTINATIONS))


class Preparation(ctypes.Structure):
    """``Preparation`` of conversions.cu."""

    _fields_ = (("offset", ctypes.c_float), ("scale", ctypes.c_float))


def function(call: KernelCall) -> str:
    """Name of the CUDA function of a call: its entry, and its tile where there is one function a tile."""
    params = dict(call.params)
    if call.entry.startswith("conv_implicit_gemm_"):
        return f"{call.entry}_{params['tile_rows']}x{params['tile_columns']}"
    if call.entry.startswith("fc_gemm_"):
        tile = choose_tile(call.precision, params["n"], params["outputs"])
        return f"{call.entry}_{tile.rows}x{tile.columns}"
    return call.entry


def source_file(call: KernelCall) -> str:
    """The file in ``kernels/`` that has the function of a call.

    Raises
    ------
    UsageError
        The call has no function: it exists for the simulator only.
    """
    return _family(call).file


def file_of(function_name: str) -> str:
    """The file in ``kernels/`` that has a function, by the function's name.

    Raises
    ------
    UsageError
        There is no such function.
    """
    if function_name in CLOCK_FUNCTIONS:
        return "clocks.cu"
    entry = re.sub(r"(?<=_(?:fp32|int8))_\d+x\d+$", "", function_name)
    if entry in _FAMILIES:
        return _FAMILIES[entry].file
    raise UsageError(f"there is no CUDA function {function_name!r}")


def arguments(call: KernelCall, binding: Binding) -> Arguments:
    """The function's arguments as ctypes objects, in order; a launch wants the address of each.

    Raises
    ------
    UsageError
        The call has no function: it exists for the simulator only.
    """
    return _family(call).layout(call, dict(call.params), binding)


@dataclass(frozen=True, slots=True)
class _Family:
    file: str
    layout: Callable[[KernelCall, dict[str, int], Binding], Arguments]


def _family(call: KernelCall) -> _Family:
    if call.entry in _FAMILIES:
        return _FAMILIES[call.entry]
    raise UsageError(
        f"kernel {call.name!r} cannot run on a GPU: {call.entry or 'it'} is no function of this program",
        remedy="Simulate this workload, with --device sim:NAME.",
    )


def _ints(*values: int) -> ctypes.Array[ctypes.c_int]:
    """A structure of nothing but ints."""
    return (ctypes.c_int * len(values))(*values)


def _source(binding: Binding) -> Tensor:
    return Tensor(*binding.source)


def _target(binding: Binding) -> Tensor:
    address, pitch, _ = binding.targets[0]
    return Tensor(address, pitch)


def _destinations(binding: Binding) -> Destinations:
    made = Destinations()
    for index, (address, pitch, columns) in enumerate(binding.targets):
        made.targets[index] = Tensor(address, pitch)
        made.columns[index] = columns
    return made


def _pointer(address: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(address)


def _scalar(binding: Binding, name: str) -> ctypes.c_float:
    return ctypes.c_float(binding.scalars.get(name, 0.0))


def _convolution(call: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    height, width, pad, stride = params["h"], params["w"], params["pad"], params["stride"]
    int8 = call.precision == "int8"
    shape = _ints(
        params["n"], -(-params["c"] // _WORD) if int8 else params["c"], height, width, params["k"],
        params["r"], params["s"], stride, pad, params["relu"],
        conv_size(height, params["r"], stride, pad), conv_size(width, params["s"], stride, pad),
    )  # fmt: skip
    residual = Tensor(*binding.residual) if binding.residual else Tensor()
    weights, bias, out = _pointer(binding.weights), _pointer(binding.bias), _destinations(binding)
    if int8:
        factor = _scalar(binding, "residual_scale")
        return (shape, _source(binding), weights, _pointer(binding.scale), bias, residual, factor, out)
    return (shape, _source(binding), weights, bias, residual, out)


def _fully_connected(call: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    shape = _ints(params["n"], binding.words, params["outputs"], params["relu"])
    weights, bias, out = _pointer(binding.weights), _pointer(binding.bias), _destinations(binding)
    if call.precision == "int8":
        wide = ctypes.c_int(int(binding.float_result))
        return (shape, _source(binding), weights, _pointer(binding.scale), bias, wide, out)
    return (shape, _source(binding), weights, bias, out)


def _pooling(call: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    window, stride, pad = params["window"], params["stride"], params["pad"]
    channels = -(-params["c"] // _WORD) if call.entry.endswith("int8") else params["c"]
    # A window over a whole image that is not square is larger than one of its sides.
    sizes = [max(1, pool_size(params[side], window, stride, pad)) for side in ("h", "w")]
    shape = _ints(params["n"], channels, params["h"], params["w"], window, stride, pad, *sizes)
    return (shape, _source(binding), _target(binding))


def _tensor_shape(params: dict[str, int]) -> ctypes.Array[ctypes.c_int]:
    return _ints(params["n"], params["c"], params["h"] * params["w"])


def _ingest(call: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    preparation = Preparation(binding.scalars["offset"], binding.scalars["scale"])
    first = (_tensor_shape(params), _pointer(binding.source[0]), preparation)
    if call.entry.endswith("int8"):
        return (*first, _scalar(binding, "inverse_step"), _target(binding))
    return (*first, _target(binding))


def _quantize(_: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    return (_tensor_shape(params), _source(binding), _scalar(binding, "inverse_step"), _target(binding))


def _dequantize(_: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    return (_tensor_shape(params), _source(binding), _scalar(binding, "step"), _target(binding))


def _normalisation(_: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    constants = (ctypes.c_float(value) for value in (LRN_OFFSET, LRN_ALPHA, LRN_BETA))
    return (
        _tensor_shape(params), ctypes.c_int(params["window"]), *constants, _source(binding), _target(binding),
    )  # fmt: skip


def _softmax(_: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    return (ctypes.c_int(params["c"]), _source(binding), _target(binding))


def _sum(_: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    return (_pointer(binding.source[0]), _pointer(binding.targets[0][0]), ctypes.c_longlong(params["size"]))


def _triad(call: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    elements = call.write_bytes // _WORD
    sizes = (ctypes.c_longlong(params["size"]), ctypes.c_longlong(elements))
    return (_pointer(binding.source[0]), _pointer(binding.targets[0][0]), *sizes, ctypes.c_float(TRIAD_FACTOR))


def _gemm(_: KernelCall, params: dict[str, int], binding: Binding) -> Arguments:
    return (_pointer(binding.source[0]), _pointer(binding.targets[0][0]), ctypes.c_int(params["size"]))


_FAMILIES = {
    "conv_implicit_gemm_fp32": _Family("conv_fp32.cu", _convolution),
    "conv_implicit_gemm_int8": _Family("conv_int8.cu", _convolution),
    "conv_winograd_2x2_3x3_fp32": _Family("conv_winograd.cu", _convolution),
    "fc_gemv_fp32": _Family("fc_gemv.cu", _fully_connected),
    "fc_gemv_int8": _Family("fc_gemv.cu", _fully_connected),
    "fc_gemm_fp32": _Family("fc_gemm_fp32.cu", _fully_connected),
    "fc_gemm_int8": _Family("fc_gemm_int8.cu", _fully_connected),
    **{f"{kind}_pool_{p}": _Family("pooling.cu", _pooling) for kind in ("max", "avg") for p in ("fp32", "int8")},
    **{
        f"ingest_{image}_to_{precision}": _Family("conversions.cu", _ingest)
        for image in ("fp32", "uint8")
        for precision in ("fp32", "int8")
    },
    "quantize": _Family("conversions.cu", _quantize),
    "dequantize": _Family("conversions.cu", _dequantize),
    "lrn_fp32": _Family("normalisation.cu", _normalisation),
    "softmax_fp32": _Family("softmax.cu", _softmax),
    **{f"sum_{way}_{kind}": _Family("sums.cu", _sum) for way in ("loop", "reduce") for kind in ("i32", "f32", "s8")},
    "triad_f32": _Family("vectors.cu", _triad),
    "gemm_f32": _Family("gemm.cu", _gemm),
    "gemm_s8": _Family("gemm.cu", _gemm),
}

#: Every entry that can run on a GPU.
ENTRIES = tuple(_FAMILIES)
