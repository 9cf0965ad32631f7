"""Parquet files made by choices: columns of any type and value, headers of any content, seals that hold."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from profiler.io import parquet_seal
from profiler.io.parquet_parts import write_part
from profiler.trace.schema import COLUMNS, Category
from profiler.trace.tables import Trace
from profiler.trace.whole import whole_of
from tests.fuzz.draw import Draw

_TYPES: tuple[Any, ...] = (
    pa.int64(),
    pa.int32(),
    pa.uint8(),
    pa.uint64(),
    pa.int8(),
    pa.float64(),
    pa.string(),
    pa.bool_(),
    pa.binary(),
    pa.null(),
    pa.list_(pa.int64()),
    pa.struct([("ts", pa.int64())]),
    pa.timestamp("ns"),
    pa.decimal128(20, 2),
    pa.dictionary(pa.int32(), pa.string()),
)
_NOTHING = whole_of(Trace({})).to_json()
_WORDS = {
    "category": ("kernel", "memcpy", "marker", "runtime", "sync", "graph", "migration", "stage"),
    "memcpy_kind": ("none", "htod", "dtoh", "dtod", "um_htod"),
    "src_kind": ("unknown", "pinned", "device"),
    "dst_kind": ("unknown", "pageable", "device"),
    "engine": ("none", "compute", "htod"),
    "name": ("k[/foo]", "f<a>(b)", "=1+1", "", "x" * 400),
    "source_category": ("kernel", "cuda_runtime", ""),
    "args": ("", "{}", '{"a":1}', "{", "[1e999]"),
}


def trace(draw: Draw) -> bytes:
    """The bytes of a file."""
    size = draw.below(5)
    more = ("args", "row", "call_ns", "call_track")
    names = [*draw.some(list(COLUMNS)), *(draw.some(more) if draw.below(2) else ())]
    columns = {name: _column(draw, name, size) for name in names}
    table = pa.table(columns) if columns else pa.table({"ts": pa.array([0] * size)})
    sink = pa.BufferOutputStream()
    options: dict[str, Any] = {"write_page_checksum": bool(draw.below(2)), "write_statistics": bool(draw.below(4))}
    with pq.ParquetWriter(sink, table.schema, compression=draw.pick(("zstd", "none", "gzip")), **options) as writer:
        header = _header(draw, sink, size, names)
        writer.write_table(table, row_group_size=draw.pick((10, 1, 2)))
        if not draw.rarely():
            text = draw.pick(("", "{", "[]", "null", "[" * 100_000)) if draw.rarely() else json.dumps(header)
            writer.add_key_value_metadata({"lanescope": text, parquet_seal.KEY: parquet_seal.OPEN})
    file = io.BytesIO(sink.getvalue().to_pybytes())
    if draw.below(8):
        parquet_seal.seal(file)
    return draw.damaged(file.getvalue())


def _column(draw: Draw, name: str, size: int) -> Any:
    if not draw.rarely():
        if name in _WORDS:
            texts = [draw.text() if draw.rarely() else draw.pick(_WORDS[name]) for _ in range(size)]
            texts = [text.encode("utf-8", "replace").decode() for text in texts]
            column = pa.array(texts, pa.string())
            return column.dictionary_encode() if draw.below(2) else column
        large = (0, 1 << 31, 1 << 62, (1 << 63) - 1, -(1 << 63))
        limits = large if draw.rarely() else (0, 0, 1, 0, 5, 10, -1)
        if name == "track":
            limits = (0, 0, 0, 0, 1)
        dtype = pa.from_numpy_dtype(COLUMNS[name][0]) if name in COLUMNS else pa.int64()
        values = list(range(size)) if name == "row" and draw.below(8) else [draw.pick(limits) for _ in range(size)]
        return _cast(values, dtype)
    values = [draw.cell() for _ in range(size)]
    return _cast(values, draw.pick(_TYPES))


def _cast(values: list[Any], dtype: Any) -> Any:
    try:
        return pa.array(values, dtype)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([None] * len(values), dtype)


def _header(draw: Draw, sink: Any, size: int, names: list[str]) -> dict[str, Any]:
    track = {
        key: draw.pick((-1, 0, 1, 2, 7, -1, 1 << 31, 1 << 63)) for key in ("pid", "tid", "device", "context", "stream")
    }
    kind = draw.pick(("stream", "thread", "engine", "nvtx"))
    tracks = 1 + draw.below(4)
    header: dict[str, Any] = {
        "version": draw.pick((2, 2, 2, 2, 2, 2, 1, 3, -1, "1", None)),
        "meta": draw.pick(({}, {}, {}, {"format": "chrome"}, {"gpus": {"0": {"name": "x"}}}, [], None, {"a": 1e999})),
        "tracks": [{**track, "kind": kind, "name": draw.text()}] * tracks,
        "stats": draw.pick(([], [], [], [["x", "info", 1]], [["x", "y", 1]], [["x", "error", 1 << 70]], [1], None)),
        "parts": _parts(draw, sink, size),
        "constants": draw.some(names),
        "whole": _whole(draw, size, tracks),
    }
    for _ in draw.times(2) if draw.rarely() else ():
        header.pop(draw.pick(list(header)))
        if not header:
            break
    return header


def _whole(draw: Draw, size: int, tracks: int) -> Any:
    counts = {"events": size, "tracks": [size, *[0] * (tracks - 1)]}
    fitting = {**_NOTHING, **counts, "categories": [size, *[0] * (len(Category) - 1)], "first_ns": 0, "last_ns": 9}
    if not draw.rarely():
        return fitting
    return draw.pick(({}, None, _NOTHING, {**fitting, "events": -1}, {**fitting, "first_ns": "x", "categories": []}))


def _parts(draw: Draw, sink: Any, size: int) -> Any:
    """Tables beside the rows, right or wrong, where they are said to lie or elsewhere."""
    tables = {
        "names": {"name": pa.string(), "first_ns": pa.int64(), "last_ns": pa.int64()},
        "edges": {"source": pa.int64(), "target": pa.int64(), "kind": pa.uint8()},
        "counters": {"ts": pa.int64(), "track": pa.int32(), "value": pa.float64()},
        "groups": {"first_ts": pa.int64(), "last_ts": pa.int64(), "last_end": pa.int64()},
    }
    found: dict[str, Any] = {}
    for name, columns in tables.items():
        if draw.below(2):
            length = size if draw.below(4) else draw.below(3)
            table = pa.table({key: _part_column(draw, dtype, length) for key, dtype in columns.items()})
            found[name] = {**write_part(sink, table), "rows": length}
            if draw.rarely():
                found[name][draw.pick(("offset", "bytes", "crc32", "rows"))] = draw.pick((0, -1, 5, 1 << 40, "x", None))
    return found if not draw.rarely() else draw.pick((None, [], {"names": 1}))


def _part_column(draw: Draw, dtype: Any, size: int) -> Any:
    if draw.rarely():
        return _cast([draw.cell() for _ in range(size)], draw.pick(_TYPES))
    if dtype == pa.string():
        return pa.array([draw.pick(_WORDS["name"]) for _ in range(size)], dtype)
    values = (0, 1, 0, 2, -1, None) if draw.rarely() else (0, 0, 1)
    return pa.array([draw.pick(values) if dtype != pa.uint8() else draw.below(5) for _ in range(size)], dtype)
