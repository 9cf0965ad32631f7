"""Debug annotations as columns of a trace and as JSON, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from profiler.io.parquet_columns import WORDS
from profiler.io.perfetto_state import Sequence
from profiler.io.perfetto_words import Annotation, Interned
from profiler.io.proto_wire import WireError, as_double, as_signed, double, fields, message, number, text
from profiler.trace.schema import COLUMNS

#: Annotation to the column that it becomes.
COLUMN_OF = {
    "device": "device",
    "context": "context",
    "stream": "stream",
    "correlation": "correlation_id",
    "bytes": "size_bytes",
    "queued_ns": "queued_ns",
    "engine": "engine",
    "request": "request",
    "chunk": "chunk",
    "process": "pid",
    "negative_dur_ns": "dur",
    "memcpy_kind": "memcpy_kind",
    "src_kind": "src_kind",
    "dst_kind": "dst_kind",
}
ANNOTATION_OF = {column: key for key, column in COLUMN_OF.items()}

#: Annotation that holds arguments whose names would be taken for columns, or a text that is no JSON object.
REST = "args"

#: Annotations may be nested so deeply.
DEEPEST = 40


def read_annotation(data: bytes, state: Sequence, depth: int = 0) -> tuple[str, Any]:
    """Name and value of a DebugAnnotation; the value is what `json.dumps` takes.

    Raises
    ------
    WireError
        It is damaged, or nested too deeply.
    """
    if depth > DEEPEST:
        raise WireError("annotations are nested too deeply")
    name: str = ""
    value: Any = None
    entries: dict[str, Any] = {}
    items: list[Any] = []
    for field, _, found in fields(data):
        if isinstance(found, int):
            if field == Annotation.NAME_IID:
                name = state.text(Interned.ANNOTATION_NAMES, found)
            elif field == Annotation.STRING_IID:
                value = state.text(Interned.STRINGS, found)
            elif field == Annotation.OWN_JSON and isinstance(value, str):
                value = _json(value)
            elif field in _NUMBERS:
                value = _NUMBERS[field](found)
        elif field == Annotation.DICT:
            key, inner = read_annotation(found, state, depth + 1)
            entries[key] = inner
        elif field == Annotation.ARRAY:
            items.append(read_annotation(found, state, depth + 1)[1])
        elif field == Annotation.NAME:
            name = found.decode("utf-8", "replace")
        else:
            value = _with_length(field, found, value, depth)
    return name, entries or items or value


def _with_length(field: int, data: bytes, value: Any, depth: int) -> Any:
    """A value that has a length; ``value`` where the field is none."""
    if field == Annotation.STRING:
        return data.decode("utf-8", "replace")
    if field == Annotation.JSON:
        return _json(data.decode("utf-8", "replace"))
    return _nested(data, depth + 1) if field == Annotation.NESTED else value


def column_value(key: str, value: Any) -> int | None:
    """What the column of an annotation holds for its value; None where the value is none that the column can hold."""
    column = COLUMN_OF[key]
    if column in WORDS and isinstance(value, str):
        member = WORDS[column].__members__.get(value.upper())
        return None if member is None else int(member)
    if isinstance(value, bool) or not isinstance(value, int) or column in WORDS:
        return None
    if column == "dur" and value >= 0:
        return None
    bits = COLUMNS[column][0]().itemsize * 8 - 1
    return value if -(1 << bits) <= value < 1 << bits else None


def write_annotation(key: str, value: Any, depth: int = 0) -> bytes:
    """The inside of a DebugAnnotation; what Perfetto has no kind of value for is written as JSON."""
    named = _named(key) if key or not depth else b""
    if isinstance(value, bool):
        return named + number(Annotation.BOOL, value)
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return named + number(Annotation.INT, value)
    if isinstance(value, float) and math.isfinite(value):
        return named + double(Annotation.DOUBLE, value)
    if isinstance(value, str):
        return named + text(Annotation.STRING, value)
    if depth < DEEPEST - 2 and value and isinstance(value, dict) and all(value):
        inner = (write_annotation(name, found, depth + 1) for name, found in value.items())
        return named + b"".join(message(Annotation.DICT, one) for one in inner)
    if depth < DEEPEST - 2 and value and isinstance(value, list):
        inner = (write_annotation("", found, depth + 1) for found in value)
        return named + b"".join(message(Annotation.ARRAY, one) for one in inner)
    # As a text: Perfetto's trace processor ends itself on a JSON value that is null or empty.
    return named + text(Annotation.STRING, json.dumps(value)) + number(Annotation.OWN_JSON, 1)


@lru_cache(maxsize=4096)
def _named(key: str) -> bytes:
    return text(Annotation.NAME, key)


def _nested(data: bytes, depth: int) -> Any:
    """A NestedValue, as old traces have them."""
    if depth > DEEPEST:
        raise WireError("annotations are nested too deeply")
    kind = 0
    keys: list[str] = []
    values: list[Any] = []
    for field, _, found in fields(data):
        if field == 1 and isinstance(found, int):
            kind = found
        elif field in (2, 8) and isinstance(found, bytes):
            (keys if field == 2 else values).append(found.decode("utf-8", "replace"))
        elif field in (3, 4) and isinstance(found, bytes):
            values.append(_nested(found, depth + 1))
        elif field in _NESTED_NUMBERS and isinstance(found, int):
            values.append(_NESTED_NUMBERS[field](found))
    if kind == 1:
        return dict(zip(keys, values, strict=False))
    return values if kind == 2 else (values[0] if values else None)


def _json(value: str) -> Any:
    try:
        return json.loads(value, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return value


def _finite(bits: int) -> float | None:
    """A double; None for those that JSON has no word for."""
    value = as_double(bits)
    return value if math.isfinite(value) else None


_NUMBERS: dict[int, Callable[[int], Any]] = {
    Annotation.BOOL: bool,
    Annotation.UINT: int,
    Annotation.INT: as_signed,
    Annotation.DOUBLE: _finite,
    Annotation.POINTER: hex,
}
_NESTED_NUMBERS: dict[int, Callable[[int], Any]] = {5: as_signed, 6: _finite, 7: bool}
