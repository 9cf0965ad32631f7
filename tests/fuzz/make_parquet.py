"""Parquet files made by choices: columns of any type and value, headers of any content, seals that hold."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from profiler.io import parquet_seal
from profiler.trace.schema import COLUMNS
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
    names = [*draw.some(list(COLUMNS)), *(("args",) if draw.below(2) else ())]
    columns = {name: _column(draw, name, size) for name in names}
    table = pa.table(columns) if columns else pa.table({"ts": pa.array([0] * size)})
    file = io.BytesIO()
    options: dict[str, Any] = {"write_page_checksum": bool(draw.below(2)), "write_statistics": bool(draw.below(4))}
    with pq.ParquetWriter(file, table.schema, compression=draw.pick(("zstd", "none", "gzip")), **options) as writer:
        writer.write_table(table, row_group_size=draw.pick((10, 1, 2)))
        if not draw.rarely():
            writer.add_key_value_metadata({**_metadata(draw), parquet_seal.KEY: parquet_seal.OPEN})
    # Before the seal, so that the damage reaches what reads the file.
    damaged = io.BytesIO(file.getvalue())
    parquet_seal.seal(damaged)
    return draw.damaged(damaged.getvalue())


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
        return _cast([draw.pick(limits) for _ in range(size)], pa.from_numpy_dtype(COLUMNS[name][0]))
    values = [draw.cell() for _ in range(size)]
    return _cast(values, draw.pick(_TYPES))


def _cast(values: list[Any], dtype: Any) -> Any:
    try:
        return pa.array(values, dtype)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([None] * len(values), dtype)


def _metadata(draw: Draw) -> dict[str, str]:
    track = {
        key: draw.pick((-1, 0, 1, 2, 7, -1, 1 << 31, 1 << 63)) for key in ("pid", "tid", "device", "context", "stream")
    }
    described: dict[str, Any] = {
        "version": draw.pick((1, 1, 1, 1, 1, 1, 2, -1, "1", None)),
        "meta": draw.pick(({}, {}, {}, {"format": "chrome"}, {"gpus": {"0": {"name": "x"}}}, [], None, {"a": 1e999})),
        "tracks": [{**track, "kind": draw.pick(("stream", "thread", "engine", "nvtx")), "name": draw.text()}]
        * (1 + draw.below(4)),
        "stats": draw.pick(([], [], [], [["x", "info", 1]], [["x", "y", 1]], [["x", "error", 1 << 70]], [1], None)),
        "names": draw.pick(([], ["a"], ["a", 5], None, "abc")),
    }
    for _ in draw.times(2) if draw.rarely() else ():
        described.pop(draw.pick(list(described)))
        if not described:
            break
    found = {
        "lanescope": json.dumps(described) if not draw.rarely() else draw.pick(("", "{", "[]", "null", "[" * 100_000))
    }
    if draw.below(4) == 1:
        found["lanescope.edges"] = _stream(draw, ("source", "target", "kind"))
    if draw.below(4) == 1:
        found["lanescope.counters"] = _stream(draw, ("ts", "track", "value"))
    return found


def _stream(draw: Draw, names: tuple[str, ...]) -> str:
    size = draw.below(3)
    types = {"kind": pa.uint8(), "value": pa.float64(), "track": pa.int32()}
    columns = {}
    for name in names:
        dtype = draw.pick(_TYPES) if draw.rarely() else types.get(name, pa.int64())
        columns[name] = _cast([draw.pick((0, 1, 2, -1, 1 << 62)) for _ in range(size)], dtype)
    batch = pa.record_batch(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return base64.b64encode(draw.damaged(sink.getvalue().to_pybytes())).decode()
