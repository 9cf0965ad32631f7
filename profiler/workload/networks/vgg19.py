"""VGG-19 of Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2014), E."""

from __future__ import annotations

from profiler.workload.networks.layers import FC, IMAGE, MAX_POOL, SOFTMAX, Layer, conv, pool

#: Convolutions and filters of the five stages.
STAGES = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))


def table() -> list[Layer]:
    """Rows in the order an engine runs them."""
    rows: list[Layer] = []
    source = IMAGE
    for stage, (count, filters) in enumerate(STAGES, start=1):
        for index in range(1, count + 1):
            rows.append(conv(f"conv{stage}_{index}", source, filters, 3, pad=1))
            source = rows[-1].name
        rows.append(pool(f"pool{stage}", source, MAX_POOL, 2, stride=2))
        source = rows[-1].name
    rows.append(Layer("fc6", FC, (source,), filters=4096, relu=True))
    rows.append(Layer("fc7", FC, ("fc6",), filters=4096, relu=True))
    rows.append(Layer("fc8", FC, ("fc7",), filters=1000))
    rows.append(Layer("prob", SOFTMAX, ("fc8",)))
    return rows
