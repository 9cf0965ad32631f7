"""Shape inference, tile choice and the joining of siblings, on tables made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.workload.networks.layers import (
    AVG_POOL,
    CONCAT,
    IMAGE,
    MAX_POOL,
    Layer,
    Shape,
    conv,
    conv_size,
    infer,
    pool,
    pool_size,
)
from profiler.workload.networks.lowering import merge_siblings
from profiler.workload.networks.tiles import ENOUGH_BLOCKS, TILES, choose_tile

PICTURE = Shape(3, 10, 12)


@given(size=st.integers(1, 60), window=st.integers(1, 7), stride=st.integers(1, 4), pad=st.integers(0, 3))
def test_a_convolution_has_as_many_results_as_windows_fit(size: int, window: int, stride: int, pad: int) -> None:
    assume(window <= size + 2 * pad)
    padded = np.zeros(size + 2 * pad)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window)[::stride]
    assert conv_size(size, window, stride, pad) == len(windows)


@given(size=st.integers(1, 60), window=st.integers(1, 7), stride=st.integers(1, 4), pad=st.integers(0, 3))
def test_pooling_covers_the_image_with_windows_that_start_in_it(size: int, window: int, stride: int, pad: int) -> None:
    assume(pad < window <= size + 2 * pad)
    assume(stride <= window)
    results = pool_size(size, window, stride, pad)
    starts = [index * stride - pad for index in range(results)]
    assert starts[-1] < size
    assert starts[-1] + window >= size  # the last pixel is in a window
    assert len(starts) == 1 or starts[-2] + window < size + 2 * pad  # and needs no window less


@pytest.mark.parametrize(
    ("size", "window", "stride", "pad", "expected"),
    [(112, 3, 2, 0, 56), (56, 3, 2, 0, 28), (14, 3, 2, 0, 7), (28, 3, 1, 1, 28), (224, 2, 2, 0, 112), (7, 2, 2, 1, 4)],
)
def test_pooling_as_caffe_does_it(size: int, window: int, stride: int, pad: int, expected: int) -> None:
    assert pool_size(size, window, stride, pad) == expected


def test_shapes_parameters_and_multiply_adds_by_hand() -> None:
    table = [
        conv("a", IMAGE, 8, 3, stride=2, pad=1, batch_norm=True),
        conv("b", IMAGE, 4, 1, stride=2),
        Layer("both", CONCAT, ("a", "b")),
        pool("all", "both", AVG_POOL),
        Layer("fc", "fc", ("all",), filters=5),
    ]
    nodes = {node.name: node for node in infer(table, PICTURE)}
    assert nodes["a"].result == Shape(8, 5, 6)
    assert nodes["both"].result == Shape(12, 5, 6)
    assert nodes["all"].result == Shape(12, 1, 1)
    assert nodes["a"].parameters == 8 * 3 * 9 + 2 * 8
    assert nodes["b"].parameters == 4 * 3 + 4
    assert nodes["fc"].parameters == 5 * 12 + 5
    assert nodes["both"].parameters == nodes["all"].parameters == 0
    assert nodes["a"].macs == 8 * 3 * 9 * 5 * 6
    assert nodes["fc"].macs == 60


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ([conv("a", "nowhere", 8, 1)], "'nowhere' is not known"),
        ([conv("a", IMAGE, 8, 1), conv("a", IMAGE, 8, 1)], "'a' is taken twice"),
        ([conv("a", IMAGE, 8, 1), conv("b", IMAGE, 9, 1, add="a")], "residual 'a'"),
        ([conv("a", IMAGE, 8, 1, add="later")], "'later' is not known"),
        ([conv("a", IMAGE, 8, 11)], "does not fit 10x12"),
        ([Layer("a", "dropout", (IMAGE,))], "unknown operation 'dropout'"),
        ([pool("a", IMAGE, MAX_POOL, 2, stride=2), Layer("b", CONCAT, ("a", IMAGE))], "images of one size"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(table: list[Layer], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        infer(table, PICTURE)


def test_siblings_join_only_where_they_differ_in_weights_alone() -> None:
    table = [
        conv("a", IMAGE, 8, 1),
        conv("b", IMAGE, 4, 1),
        conv("wide", IMAGE, 4, 3, pad=1),
        conv("linear", IMAGE, 4, 1, relu=False),
        conv("strided", IMAGE, 4, 1, stride=2),
        conv("other", "a", 8, 1),
        conv("adds", "a", 8, 1, add="other"),
        conv("c", IMAGE, 2, 1),
    ]
    merged = merge_siblings(infer(table, PICTURE))
    assert [node.name for node in merged] == ["a || b || c", "wide", "linear", "strided", "other", "adds"]
    assert merged[0].result == Shape(14, 10, 12)
    assert merged[0].layer.filters == 14


@given(precision=st.sampled_from(sorted(TILES)), rows=st.integers(1, 10**6), columns=st.integers(1, 4096))
def test_no_larger_tile_would_give_enough_blocks(precision: str, rows: int, columns: int) -> None:
    tiles = TILES[precision]
    narrowest = min(tile.columns for tile in tiles)
    chosen = choose_tile(precision, rows, columns)
    counts = {tile: np.prod(tile.grid(rows, columns)) for tile in tiles if tile.columns <= max(columns, narrowest)}
    assert chosen in counts
    larger = [count for tile, count in counts.items() if tiles.index(tile) < tiles.index(chosen)]
    assert all(count < ENOUGH_BLOCKS for count in larger)
    if counts[chosen] < ENOUGH_BLOCKS:
        assert counts[chosen] == max(counts.values())
        assert all(count < counts[chosen] for count in larger)


def test_tiles_are_ordered_and_their_sums_fit_their_registers() -> None:
    for tiles in TILES.values():
        areas = [tile.rows * tile.columns for tile in tiles]
        assert areas == sorted(areas, reverse=True)
        for tile in tiles:
            assert tile.rows * tile.columns // tile.threads < tile.registers
