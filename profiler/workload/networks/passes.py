"""Kernels that move more than they compute: reading the image, pooling, normalisation, conversions, softmax.

Their few operations are comparisons and additions that issue at the rate of FP32 whatever the operands' width, so
all are priced as FP32; their bytes are those of the network's precision.
"""

from __future__ import annotations

from profiler.workload.model import KernelCall
from profiler.workload.networks.layers import MAX_POOL, Node, Shape
from profiler.workload.networks.products import stored_bytes

THREADS = 256

#: Values that a thread of a pass over a tensor handles: one vector load.
PER_THREAD = 4

#: Bytes of one value of an image as it is copied in.
INPUT_BYTES = {"fp32": 4, "uint8": 1}

#: Of one softmax value: maximum, difference, exponential, sum, quotient.
SOFTMAX_OPS = 5

#: Of one LRN value beside the squares and sums of its window: scale, offset, logarithm, product, exponential, product.
LRN_OPS = 6


def ingest(image: Shape, samples: int, precision: str, input_format: str) -> KernelCall:
    """The first launch: reads each byte of the copied images once, and writes them in the network's own layout."""
    values = samples * image.elements
    return _pass(
        "ingest",
        values,
        read_bytes=values * INPUT_BYTES[input_format],
        write_bytes=samples * stored_bytes(image, precision),
        entry=f"ingest_{input_format}_to_{precision}",
        params=(("n", samples), ("c", image.channels), ("h", image.height), ("w", image.width)),
    )


def pooling(node: Node, samples: int, precision: str) -> KernelCall:
    """The launch of a max or average pooling layer."""
    layer = node.layer
    window = layer.window or max(node.source.height, node.source.width)
    results = samples * node.result.elements
    return _pass(
        layer.name,
        results,
        flops=results * window**2,
        read_bytes=samples * stored_bytes(node.source, precision),
        write_bytes=samples * stored_bytes(node.result, precision),
        efficiency_class="pool",
        entry=f"{'max' if layer.op == MAX_POOL else 'avg'}_pool_{precision}",
        params=(*_tensor_params(node, samples), ("window", window), ("stride", layer.stride), ("pad", layer.pad)),
    )


def normalisation(node: Node, samples: int, precision: str) -> tuple[KernelCall, ...]:
    """The launch of a local response normalisation; it exists in FP32 only, so INT8 converts before and after it."""
    values = samples * node.result.elements
    params = _tensor_params(node, samples)
    own = _pass(
        node.name,
        values,
        flops=values * (2 * node.layer.window + LRN_OPS),
        read_bytes=4 * values,
        write_bytes=4 * values,
        entry="lrn_fp32",
        params=(*params, ("window", node.layer.window)),
    )
    if precision == "fp32":
        return (own,)
    narrow, wide = samples * stored_bytes(node.result, "int8"), 4 * values
    before = _pass(f"{node.name} dequantize", values, narrow, wide, entry="dequantize", params=params)
    after = _pass(f"{node.name} quantize", values, wide, narrow, entry="quantize", params=params)
    return (before, own, after)


def softmax(node: Node, samples: int) -> KernelCall:
    """The last launch: one block a sample, floats in and floats out."""
    values = samples * node.result.elements
    return KernelCall(
        name=node.name,
        grid=(samples, 1, 1),
        block=(THREADS, 1, 1),
        flops=SOFTMAX_OPS * values,
        read_bytes=4 * values,
        write_bytes=4 * values,
        efficiency_class="elementwise",
        entry="softmax_fp32",
        params=(("n", samples), ("c", node.result.elements)),
    )


def _pass(
    name: str,
    values: int,
    read_bytes: int,
    write_bytes: int,
    *,
    flops: int | None = None,
    efficiency_class: str = "elementwise",
    entry: str,
    params: tuple[tuple[str, int], ...],
) -> KernelCall:
    """A launch over ``values`` results, one operation each unless ``flops`` says otherwise."""
    return KernelCall(
        name=name,
        grid=(-(-values // (THREADS * PER_THREAD)), 1, 1),
        block=(THREADS, 1, 1),
        flops=values if flops is None else flops,
        read_bytes=read_bytes,
        write_bytes=write_bytes,
        efficiency_class=efficiency_class,
        entry=entry,
        params=params,
    )


def _tensor_params(node: Node, samples: int) -> tuple[tuple[str, int], ...]:
    source = node.source
    return (("n", samples), ("c", source.channels), ("h", source.height), ("w", source.width))
