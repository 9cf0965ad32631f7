"""Put the rows of two blocks of the same text back into the order of the file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.json_blocks import EventBlock, Ints, absent, by_appearance

Array = npt.NDArray[Any]


def merged(block: EventBlock, odd: EventBlock, before: Ints) -> EventBlock:
    """One block with the rows of both.

    Parameters
    ----------
    block : EventBlock
        The rows that were plain, without special events.
    odd : EventBlock
        What the other events gave.
    before : int64 array
        For each of these other events, how many rows of ``block`` lie before it.
    """
    if not len(odd):
        return replace(block, special=odd.special, special_ts=odd.special_ts)
    before = before[odd.origin]
    is_odd = np.zeros(len(block) + len(odd), np.bool_)
    is_odd[before + np.arange(len(odd))] = True

    def woven(plain: Array, others: Array) -> Array:
        found = np.empty(len(is_odd), plain.dtype)
        found[~is_odd], found[is_odd] = plain, others
        return found

    def numbers_of(one: EventBlock, key: str) -> Array:
        return one.numbers[key] if key in one.numbers else np.full(len(one), absent(key), np.int64)

    kind = woven(block.kind, odd.kind + len(block.kinds))
    kinds = np.concatenate((block.kinds, odd.kinds))
    first = np.empty(len(kinds), np.int64)
    first[kind[::-1]] = np.arange(len(kind))[::-1]
    kind, kinds = by_appearance(kind, kinds, first)
    columns = ("ts", "dur", "name", "ident", "enclosing", "args_lengths")
    return EventBlock(
        kind=kind,
        kinds=kinds,
        numbers={key: woven(numbers_of(block, key), numbers_of(odd, key)) for key in {**block.numbers, **odd.numbers}},
        args=_woven_args(block, odd, before),
        special=odd.special,
        special_ts=odd.special_ts,
        origin=np.arange(len(is_odd)),
        **{name: woven(getattr(block, name), getattr(odd, name)) for name in columns},
    )


def _woven_args(block: EventBlock, odd: EventBlock, before: Ints) -> bytes:
    """The arguments of both: those of each odd row stand behind those of the rows before it."""
    ends = np.concatenate(([0], np.cumsum(block.args_lengths)))[before].tolist()
    pieces: list[bytes | memoryview] = []
    done = taken = 0
    for end, length in zip(ends, odd.args_lengths.tolist(), strict=True):
        if length:
            pieces += (block.args[done:end], odd.args[taken : taken + length])
            done, taken = end, taken + length
    pieces.append(block.args[done:])
    return b"".join(pieces)
