"""Tables beside the event table in a native file: Arrow streams before its first row group.

Parquet readers go by the offsets in the footer and step over bytes that nothing points at. The footer stays small:
every reader must load it whole, and many refuse one beyond 100 MB. Each part has a checksum, since nothing else guards
it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

from profiler.errors import TraceReadError

#: Where a part lies: offset, length in bytes and CRC-32.
Place = Mapping[str, int]


def write_part(file: Any, table: Any) -> Place:
    """Write an Arrow table at the end of an Arrow output stream, and say where it lies."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(table)
    data = sink.getvalue()
    offset = file.tell()
    file.write(data)
    return {"offset": offset, "bytes": data.size, "crc32": zlib.crc32(data)}


def read_part(file: BinaryIO, place: Place) -> Any:
    """The Arrow table at a place.

    Raises
    ------
    TraceReadError
        It is damaged.
    """
    import pyarrow as pa

    offset, size, checksum = (int(place[key]) for key in ("offset", "bytes", "crc32"))
    end = file.seek(0, 2)
    if offset < 0 or size < 0 or offset + size > end:
        raise TraceReadError("is damaged: a part of it would lie behind its end")
    file.seek(offset)
    data = file.read(size)
    if zlib.crc32(data) != checksum:
        raise TraceReadError("is damaged: a part of it does not match its checksum")
    table = pa.ipc.open_stream(data).read_all()
    table.validate()
    return table
