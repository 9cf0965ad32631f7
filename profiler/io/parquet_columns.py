"""Columns of a trace as Arrow arrays and back. What is not known is null in the file, so that SQL sums are right."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.trace.schema import COLUMNS, Category, Engine, MemcpyKind, MemoryKind
from profiler.trace.tables import TextColumn, Trace

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

#: Columns that hold members of an enumeration: written as words.
WORDS: dict[str, type[IntEnum]] = {
    "category": Category,
    "memcpy_kind": MemcpyKind,
    "src_kind": MemoryKind,
    "dst_kind": MemoryKind,
    "engine": Engine,
}

#: Columns that number the trace's names: written as texts.
TEXTS = ("name", "source_category")

#: Columns that every file has, whatever they hold.
ALWAYS = ("ts", "dur", "category", "name", "track")


def stored_columns(trace: Trace) -> list[str]:
    """Columns worth writing: those that always are, and those in which anything is known."""
    return [name for name in COLUMNS if name in ALWAYS or _known(trace[name], COLUMNS[name][1])]


def to_arrow(trace: Trace, name: str, rows: Int64 | slice, texts: Any) -> Any:
    """Rows of a column as an Arrow array; ``texts`` is the Arrow array of the trace's names."""
    import pyarrow as pa

    values = trace[name][rows]
    missing = COLUMNS[name][1]
    mask = None if name in ALWAYS else values == missing
    if mask is not None and not mask.any():
        mask = None
    if name in TEXTS:
        return _text_codes(values, mask, texts)
    if name in WORDS:
        members = list(WORDS[name])
        codes = np.zeros(256, np.int8)
        codes[[int(member) & 0xFF for member in members]] = np.arange(len(members))
        words = pa.array([member.name.lower() for member in members])
        return pa.DictionaryArray.from_arrays(pa.array(codes[values.astype(np.uint8)], mask=mask), words)
    return pa.array(values, mask=mask)


def _text_codes(codes: npt.NDArray[np.int32], mask: Any, texts: Any) -> Any:
    """Codes and those of the texts that they use: a row group holds its texts whole, needed or not."""
    import pyarrow as pa

    used = np.zeros(len(texts) + 1, np.bool_)
    used[codes] = True
    numbers = np.flatnonzero(used[:-1])
    place = np.zeros(len(texts) + 1, np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place[codes], mask=mask), texts.take(pa.array(numbers)))


def args_to_arrow(args: TextColumn) -> Any:
    """The arguments as an Arrow array that shares their memory; an empty text is null."""
    import pyarrow as pa

    offsets = np.ascontiguousarray(args.offsets)
    used = np.packbits(np.diff(offsets) > 0, bitorder="little")
    buffers = [pa.py_buffer(used), pa.py_buffer(offsets), pa.py_buffer(args.data)]
    return pa.Array.from_buffers(pa.large_string(), len(args), buffers)


def from_arrow(name: str, chunks: Any, size: int, texts: dict[str, int]) -> Array:
    """A column as the trace has it.

    Parameters
    ----------
    name : str
    chunks : Arrow chunked array
    size : int
        Rows in it.
    texts : dict
        The trace's names to their numbers; those that a column of texts has besides are added.
    """
    dtype, missing = COLUMNS[name]
    if name in TEXTS:
        nothing = texts.setdefault("", len(texts)) if name in ALWAYS and chunks.null_count else int(missing)
        return _codes(chunks, size, nothing, texts)
    if name not in WORDS:
        return whole_numbers(chunks, dtype, int(missing))
    words: dict[str, int] = {}
    codes = _codes(chunks, size, -1, words)
    lookup = np.array([*(_member(WORDS[name], word) for word in words), missing], dtype)
    return lookup[codes]


def args_from_arrow(chunks: Any) -> TextColumn | None:
    """The arguments; ``None`` where no row has any."""
    import pyarrow as pa

    if chunks.null_count == len(chunks):
        return None
    if not (pa.types.is_string(chunks.type) or pa.types.is_large_string(chunks.type)):
        raise TraceReadError(f"the column args holds {chunks.type}")
    whole = pa.chunked_array(chunks, type=pa.large_string()).combine_chunks() if len(chunks) else chunks
    _, offsets, data = whole.buffers()
    found = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    return TextColumn(found - found[0], memoryview(data)[int(found[0]) : int(found[-1])])


def _known(values: Array, missing: int) -> bool:
    if len(values) and values.strides == (0,):
        return bool(values[0] != missing)
    return bool((values != missing).any())


def whole_numbers(chunks: Any, dtype: Any, missing: int) -> Array:
    """A column of whole numbers, ``missing`` for null.

    Raises
    ------
    TraceReadError
        It holds something else.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_integer(chunks.type):
        raise TraceReadError(f"a column of whole numbers holds {chunks.type}")
    if chunks.null_count:
        if not pa.types.is_signed_integer(chunks.type):
            chunks = chunks.cast(pa.int64())
        chunks = pc.fill_null(chunks, pa.scalar(missing, chunks.type))
    values: Array = chunks.to_numpy()
    if len(values) and not np.can_cast(values.dtype, dtype):
        limits = np.iinfo(dtype)
        low, high = int(values.min()), int(values.max())
        if low < limits.min or high > limits.max:
            raise TraceReadError(f"{low if low < limits.min else high} does not fit a column of {limits.bits} bits")
    return values.astype(dtype, copy=False)


def _codes(chunks: Any, size: int, missing: int, texts: dict[str, int]) -> Array:
    """Numbers in ``texts`` of the texts of a column, ``missing`` for null."""
    import pyarrow as pa

    if not pa.types.is_dictionary(chunks.type):
        chunks = chunks.dictionary_encode()
    if not (pa.types.is_string(chunks.type.value_type) or pa.types.is_large_string(chunks.type.value_type)):
        raise TraceReadError(f"a column of texts holds {chunks.type.value_type}")
    codes = np.empty(size, np.int32)
    last, moved, at = None, np.empty(0, np.int32), 0
    for chunk in chunks.chunks:
        if last is None or not chunk.dictionary.equals(last):
            last = chunk.dictionary
            moved = _numbered(last, texts, missing)
        # The last place of ``moved`` stands for null, so index -1 finds it.
        numbers = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        if len(numbers) and not (int(numbers.min()) >= -1 and int(numbers.max()) < len(last)):
            raise TraceReadError("a text number points outside the dictionary")
        codes[at : at + len(chunk)] = moved[numbers]
        at += len(chunk)
    return codes


def _numbered(dictionary: Any, texts: dict[str, int], missing: int) -> npt.NDArray[np.int32]:
    """The trace's number for each place of a dictionary, and ``missing`` for null after them."""
    found = [missing if text is None else texts.setdefault(text, len(texts)) for text in dictionary.to_pylist()]
    return np.array([*found, missing], np.int32)


def _member(words: type[IntEnum], word: str) -> int:
    try:
        return int(words[word.upper()])
    except KeyError as error:
        known = ", ".join(member.name.lower() for member in words)
        raise TraceReadError(f"{word!r} is none of {known}") from error
