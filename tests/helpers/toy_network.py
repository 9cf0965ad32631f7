"""A network with every kind of layer that the real ones have, small enough to compute by loops."""

from __future__ import annotations

from profiler.workload.networks.layers import (
    AVG_POOL,
    CONCAT,
    FC,
    IMAGE,
    LRN,
    MAX_POOL,
    SOFTMAX,
    Layer,
    Node,
    Shape,
    conv,
    infer,
    pool,
)

#: Not square, and not a multiple of anything.
TOY_IMAGE = Shape(3, 19, 17)


def toy_table() -> list[Layer]:
    """A stem, a module of four branches of which three share their input, a residual block, and a classifier."""
    return [
        conv("stem", IMAGE, 12, 7, stride=2, pad=3),
        pool("stem/pool", "stem", MAX_POOL, 3, stride=2),
        Layer("norm", LRN, ("stem/pool",), window=5),
        conv("a/1x1", "norm", 8, 1),
        conv("a/3x3_reduce", "norm", 16, 1),
        conv("a/3x3", "a/3x3_reduce", 12, 3, pad=1),
        conv("a/5x5_reduce", "norm", 4, 1),
        conv("a/5x5", "a/5x5_reduce", 8, 5, pad=2),
        pool("a/pool", "norm", MAX_POOL, 3, pad=1),
        conv("a/pool_proj", "a/pool", 4, 1),
        Layer("a/output", CONCAT, ("a/1x1", "a/3x3", "a/5x5", "a/pool_proj")),
        conv("b/branch1", "a/output", 40, 1, stride=2, relu=False, batch_norm=True),
        conv("b/branch2a", "a/output", 8, 1, stride=2, batch_norm=True),
        conv("b/branch2b", "b/branch2a", 8, 3, pad=1, batch_norm=True),
        conv("b/branch2c", "b/branch2b", 40, 1, batch_norm=True, add="b/branch1"),
        pool("b/pool", "b/branch2c", AVG_POOL, 2, stride=1),
        Layer("fc1", FC, ("b/pool",), filters=37, relu=True),
        Layer("fc2", FC, ("fc1",), filters=10),
        Layer("prob", SOFTMAX, ("fc2",)),
    ]


def toy_nodes() -> tuple[Node, ...]:
    """The table with its shapes."""
    return infer(toy_table(), TOY_IMAGE)
