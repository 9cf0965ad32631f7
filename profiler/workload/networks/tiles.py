"""Which part of a convolution's result one thread block computes.

A convolution is the product of a matrix of samples x pixels rows with one of filters columns; a block computes one tile
of the result. The candidates are the tile sizes in the names of the kernels that NVIDIA's libraries of 2017 and 2018
launched, as public profiles show them: ``scudnn_128x128``, ``128x64`` and ``128x32`` and ``sgemm_64x64``, ``64x32`` and
``32x32`` in FP32; ``icudnn_int8x4_128x128`` and ``128x64`` in INT8.
"""

from __future__ import annotations

from dataclasses import dataclass

#: An engine prefers the largest tile that still gives this many blocks: one for each SM of the cards of 2016 to 2018
#: with 28 to 40 of them. A rule of the network alone: every GPU gets the same kernels.
ENOUGH_BLOCKS = 32

#: 32-bit words of each operand row that a block holds at once: 8 floats, or 32 bytes of INT8.
STEP_WORDS = 8

#: Both operands are double-buffered, so that the next step loads while this one computes.
BUFFERS = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows (pixels) and columns (filters) of the result that a block computes, and what the block needs for it."""

    rows: int
    columns: int
    threads: int
    registers: int

    @property
    def shared_bytes(self) -> int:
        """Shared memory of a block."""
        return BUFFERS * (self.rows + self.columns) * STEP_WORDS * 4

    def grid(self, rows: int, columns: int) -> tuple[int, int, int]:
        """Blocks that cover a result of so many rows and columns."""
        return (-(-rows // self.rows), -(-columns // self.columns), 1)


#: Largest first. Each thread holds rows x columns / threads sums in registers, beside addresses and operands.
TILES = {
    "fp32": (
        Tile(128, 128, threads=256, registers=128),
        Tile(128, 64, threads=128, registers=128),
        Tile(128, 32, threads=128, registers=80),
        Tile(64, 64, threads=128, registers=80),
        Tile(64, 32, threads=128, registers=64),
        Tile(32, 32, threads=128, registers=48),
    ),
    "int8": (
        Tile(128, 128, threads=256, registers=128),
        Tile(128, 64, threads=128, registers=128),
    ),
}


def choose_tile(precision: str, rows: int, columns: int) -> Tile:
    """The largest tile that gives `ENOUGH_BLOCKS`, else the one that gives most blocks (the largest of those).

    A tile wider than the filters is passed over while a narrower one exists: its surplus columns compute nothing.
    """
    tiles = TILES[precision]
    narrowest = min(tile.columns for tile in tiles)
    fitting = [tile for tile in tiles if tile.columns <= max(columns, narrowest)]

    def blocks(tile: Tile) -> int:
        across, down, _ = tile.grid(rows, columns)
        return across * down

    for tile in fitting:
        if blocks(tile) >= ENOUGH_BLOCKS:
            return tile
    return max(fitting, key=blocks)
