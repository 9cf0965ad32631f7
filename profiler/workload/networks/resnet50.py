"""ResNet-50 of He et al., "Deep Residual Learning for Image Recognition" (2015), as published in Caffe.

This is version 1: where a stage halves the image, the first 1x1 convolution of its first block has the stride (v1.5
moves it to the 3x3). Its Caffe model is what engines of 2017 were measured with. Names are those of that model.
"""

from __future__ import annotations

from profiler.workload.networks.layers import AVG_POOL, FC, IMAGE, MAX_POOL, SOFTMAX, Layer, conv, pool

#: Stage number, blocks in it, inner width; a block puts out four times its width.
STAGES = ((2, 3, 64), (3, 4, 128), (4, 6, 256), (5, 3, 512))


def table() -> list[Layer]:
    """Rows in the order an engine runs them."""
    rows = [
        conv("conv1", IMAGE, 64, 7, stride=2, pad=3, batch_norm=True),
        pool("pool1", "conv1", MAX_POOL, 3, stride=2),
    ]
    for stage, blocks, width in STAGES:
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 2 else 1
            rows += _block(f"res{stage}{'abcdef'[block]}", rows[-1].name, width, stride, projected=block == 0)
    rows.append(pool("pool5", rows[-1].name, AVG_POOL))
    rows.append(Layer("fc1000", FC, ("pool5",), filters=1000))
    rows.append(Layer("prob", SOFTMAX, ("fc1000",)))
    return rows


def _block(name: str, source: str, width: int, stride: int, *, projected: bool) -> list[Layer]:
    rows = []
    shortcut = source
    if projected:
        shortcut = f"{name}_branch1"
        rows.append(conv(shortcut, source, 4 * width, 1, stride=stride, relu=False, batch_norm=True))
    inner = [f"{name}_branch2{letter}" for letter in "abc"]
    rows.append(conv(inner[0], source, width, 1, stride=stride, batch_norm=True))
    rows.append(conv(inner[1], inner[0], width, 3, pad=1, batch_norm=True))
    rows.append(conv(inner[2], inner[1], 4 * width, 1, batch_norm=True, add=shortcut))
    return rows
