"""Convolutions and fully connected layers as kernel launches: matrix products in tiles, all that follows folded in.

Bias, batch normalisation, residual and clamp cost no launch of their own: inference engines apply them to the sums
before they are written. INT8 kernels multiply bytes four at a time (DP4A) into 32-bit sums, so channels are stored, and
computed, in multiples of four; the sums become bytes again in the same kernel.
"""

from __future__ import annotations

from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import CONV, FC, Node, Shape
from profiler.workload.networks.tiles import choose_tile

#: Bytes of one DP4A operand: INT8 channels come in groups of this many.
CHANNEL_GROUP = 4

#: Up to this batch a fully connected layer is done by one warp an output, which reads its weights once.
LARGEST_GEMV_BATCH = 8
GEMV_THREADS = 256
GEMV_OUTPUTS = GEMV_THREADS // 32

#: F(2x2, 3x3): a tile of 2x2 outputs takes 4x4 = 16 products where the direct way takes 36 (Lavin and Gray, "Fast
#: Algorithms for Convolutional Neural Networks", 2015). The transforms take 32 additions a tile and channel (input) and
#: 24 a tile and filter (output). A block does 32 tiles by 32 filters: 16 products of 32x32, 128x128 sums.
WINOGRAD_PRODUCTS = 16
WINOGRAD_INPUT_ADDS = 32
WINOGRAD_OUTPUT_ADDS = 24
WINOGRAD_SIDE = 32
WINOGRAD_THREADS = 256
WINOGRAD_REGISTERS = 128
WINOGRAD_SHARED_BYTES = 32768

#: Winograd kernels take channels eight at a time; the three of an image would be mostly padding.
WINOGRAD_CHANNELS = 8


def up(value: int, step: int) -> int:
    """``value`` rounded up to a multiple of ``step``."""
    return -(-value // step) * step


def stored_bytes(shape: Shape, precision: str) -> int:
    """Bytes of one sample's tensor on the device."""
    if precision == "int8":
        return up(shape.channels, CHANNEL_GROUP) * shape.pixels
    return 4 * shape.elements


def uses_winograd(node: Node, precision: str) -> bool:
    """Whether an engine computes this layer by Winograd's algorithm: 3x3 windows at every pixel, in FP32."""
    layer = node.layer
    shape_fits = layer.window == 3 and layer.stride == 1 and node.source.channels % WINOGRAD_CHANNELS == 0
    return layer.op == CONV and precision == "fp32" and shape_fits


def weight_bytes(node: Node, precision: str) -> int:
    """Bytes of a layer's weights, biases and, in INT8, scales; Winograd's are stored transformed, 16 for 9."""
    layer = node.layer
    if layer.op not in (CONV, FC):
        return 0
    if precision == "int8":
        padded = up(node.source.channels, CHANNEL_GROUP) * node.weights // node.source.channels
        return padded + 2 * 4 * layer.filters
    weights = node.weights * WINOGRAD_PRODUCTS // 9 if uses_winograd(node, precision) else node.weights
    return 4 * (weights + layer.filters)


def convolution(node: Node, samples: int, precision: str) -> KernelCall:
    """The launch of a convolution over ``samples`` samples."""
    if uses_winograd(node, precision):
        return _winograd(node, samples)
    layer, rows = node.layer, samples * node.result.pixels
    channels = up(node.source.channels, CHANNEL_GROUP) if precision == "int8" else node.source.channels
    tile = choose_tile(precision, rows, layer.filters)
    return KernelCall(
        name=layer.name,
        grid=tile.grid(rows, layer.filters),
        block=(tile.threads, 1, 1),
        flops=2 * rows * layer.filters * channels * layer.window**2,
        read_bytes=_read_bytes(node, samples, precision),
        write_bytes=samples * stored_bytes(node.result, precision),
        efficiency_class="pointwise" if layer.window == 1 else "direct",
        precision=precision,
        registers=tile.registers,
        shared_bytes=tile.shared_bytes,
        entry=f"conv_implicit_gemm_{precision}",
        params=(*_shape_params(node, samples), ("tile_rows", tile.rows), ("tile_columns", tile.columns)),
    )


def _winograd(node: Node, samples: int) -> KernelCall:
    layer, channels = node.layer, node.source.channels
    tiles = samples * -(-node.result.height // 2) * -(-node.result.width // 2)
    filter_blocks = -(-layer.filters // WINOGRAD_SIDE)
    products = 2 * WINOGRAD_PRODUCTS * tiles * channels * layer.filters
    transforms = WINOGRAD_INPUT_ADDS * tiles * channels * filter_blocks + WINOGRAD_OUTPUT_ADDS * tiles * layer.filters
    return KernelCall(
        name=layer.name,
        grid=(-(-tiles // WINOGRAD_SIDE), filter_blocks, 1),
        block=(WINOGRAD_THREADS, 1, 1),
        flops=products + transforms,
        read_bytes=_read_bytes(node, samples, "fp32"),
        write_bytes=samples * stored_bytes(node.result, "fp32"),
        efficiency_class="winograd3x3",
        precision="fp32",
        registers=WINOGRAD_REGISTERS,
        shared_bytes=WINOGRAD_SHARED_BYTES,
        entry="conv_winograd_2x2_3x3_fp32",
        params=_shape_params(node, samples),
    )


def fully_connected(node: Node, samples: int, precision: str, *, float_result: bool) -> KernelCall:
    """The launch of a fully connected layer; ``float_result`` keeps the result of an INT8 one as floats."""
    layer, inputs = node.layer, node.source.elements
    tile = choose_tile(precision, samples, layer.filters)
    gemv = samples <= LARGEST_GEMV_BATCH
    return KernelCall(
        name=layer.name,
        grid=(-(-layer.filters // GEMV_OUTPUTS), 1, 1) if gemv else tile.grid(samples, layer.filters),
        block=(GEMV_THREADS if gemv else tile.threads, 1, 1),
        flops=2 * samples * inputs * layer.filters,
        read_bytes=_read_bytes(node, samples, precision),
        write_bytes=samples * stored_bytes(node.result, "fp32" if float_result else precision),
        efficiency_class="fc",
        precision=precision,
        registers=32 if gemv else tile.registers,
        shared_bytes=0 if gemv else tile.shared_bytes,
        entry=f"fc_{'gemv' if gemv else 'gemm'}_{precision}",
        params=(("n", samples), ("inputs", inputs), ("outputs", layer.filters), ("relu", int(layer.relu))),
    )


def _read_bytes(node: Node, samples: int, precision: str) -> int:
    residual = stored_bytes(node.result, precision) if node.layer.add else 0
    return samples * (stored_bytes(node.source, precision) + residual) + weight_bytes(node, precision)


def _shape_params(node: Node, samples: int) -> tuple[tuple[str, int], ...]:
    layer, source = node.layer, node.source
    return (
        ("n", samples),
        ("c", source.channels),
        ("h", source.height),
        ("w", source.width),
        ("k", layer.filters),
        ("r", layer.window),
        ("s", layer.window),
        ("stride", layer.stride),
        ("pad", layer.pad),
        ("relu", int(layer.relu)),
        ("add", int(bool(layer.add))),
    )
