"""GoogLeNet of Szegedy et al., "Going Deeper with Convolutions" (2014), as published in Caffe.

Without the two auxiliary classifiers, which only training uses. Names are those of the Caffe model.
"""

from __future__ import annotations

from profiler.workload.networks.layers import AVG_POOL, CONCAT, FC, IMAGE, LRN, MAX_POOL, SOFTMAX, Layer, conv, pool

#: Module, then filters of 1x1, 3x3 reduction, 3x3, 5x5 reduction, 5x5, and the projection behind the pooling.
MODULES = (
    ("3a", 64, 96, 128, 16, 32, 32),
    ("3b", 128, 128, 192, 32, 96, 64),
    ("4a", 192, 96, 208, 16, 48, 64),
    ("4b", 160, 112, 224, 24, 64, 64),
    ("4c", 128, 128, 256, 24, 64, 64),
    ("4d", 112, 144, 288, 32, 64, 64),
    ("4e", 256, 160, 320, 32, 128, 128),
    ("5a", 256, 160, 320, 32, 128, 128),
    ("5b", 384, 192, 384, 48, 128, 128),
)

#: The image is halved behind these modules.
POOLED = {"3b": "pool3/3x3_s2", "4e": "pool4/3x3_s2"}


def table() -> list[Layer]:
    """Rows in the order an engine runs them."""
    rows = _stem()
    for module, *filters in MODULES:
        rows += _module(f"inception_{module}", rows[-1].name, filters)
        if module in POOLED:
            rows.append(pool(POOLED[module], rows[-1].name, MAX_POOL, 3, stride=2))
    rows.append(pool("pool5/7x7_s1", rows[-1].name, AVG_POOL))
    rows.append(Layer("loss3/classifier", FC, ("pool5/7x7_s1",), filters=1000))
    rows.append(Layer("prob", SOFTMAX, ("loss3/classifier",)))
    return rows


def _stem() -> list[Layer]:
    return [
        conv("conv1/7x7_s2", IMAGE, 64, 7, stride=2, pad=3),
        pool("pool1/3x3_s2", "conv1/7x7_s2", MAX_POOL, 3, stride=2),
        Layer("pool1/norm1", LRN, ("pool1/3x3_s2",), window=5),
        conv("conv2/3x3_reduce", "pool1/norm1", 64, 1),
        conv("conv2/3x3", "conv2/3x3_reduce", 192, 3, pad=1),
        Layer("conv2/norm2", LRN, ("conv2/3x3",), window=5),
        pool("pool2/3x3_s2", "conv2/norm2", MAX_POOL, 3, stride=2),
    ]


def _module(name: str, source: str, filters: list[int]) -> list[Layer]:
    one, reduce3, three, reduce5, five, projection = filters
    return [
        conv(f"{name}/1x1", source, one, 1),
        conv(f"{name}/3x3_reduce", source, reduce3, 1),
        conv(f"{name}/3x3", f"{name}/3x3_reduce", three, 3, pad=1),
        conv(f"{name}/5x5_reduce", source, reduce5, 1),
        conv(f"{name}/5x5", f"{name}/5x5_reduce", five, 5, pad=2),
        pool(f"{name}/pool", source, MAX_POOL, 3, pad=1),
        conv(f"{name}/pool_proj", f"{name}/pool", projection, 1),
        Layer(f"{name}/output", CONCAT, tuple(f"{name}/{part}" for part in ("1x1", "3x3", "5x5", "pool_proj"))),
    ]
