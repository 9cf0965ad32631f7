"""XPlane protobuf (``*.xplane.pb``), which the profilers of JAX, XLA and TensorFlow write.

Source of the fields: ``xplane.proto`` of openxla/xla. A space has planes (a device, the host), a plane has lines (a
stream, a thread), a line has events: picoseconds after the start of their line.
"""

from __future__ import annotations

import os
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.files import require_file
from profiler.io.proto_wire import WireError, fields, read_varint
from profiler.io.text_blocks import whole_text
from profiler.trace.builder import TraceBuilder
from profiler.trace.tables import Trace

_PLANE_KEY, _ID_KEY, _NAME_KEY = 0x0A, 0x08, 0x12
_PLANES, _ERRORS, _WARNINGS, _HOSTS = 1, 2, 3, 4
_MOST_MESSAGES = 100


def sniff(head: bytes, path: Path) -> bool:
    """Whether a file that starts with ``head`` has a plane first: a number perhaps, then a name as planes have it."""
    try:
        _, at = read_varint(head, 1, len(head))
        if head[:1] != bytes([_PLANE_KEY]):
            return False
        if head[at] == _ID_KEY:
            _, at = read_varint(head, at + 1, len(head))
        if head[at] != _NAME_KEY:
            return False
        length, at = read_varint(head, at + 1, len(head))
    except (WireError, IndexError):
        return False
    name = head[at : at + length]
    return name.startswith((b"/device:", b"/host:")) or name == b"Task Environment"


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a file.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is damaged.
    """
    from profiler.io.xplane_planes import add_plane

    found, builder = require_file(path), TraceBuilder()
    said: dict[int, list[str]] = {_ERRORS: [], _WARNINGS: [], _HOSTS: []}
    events = 0
    try:
        for number, _, value in fields(whole_text(found)):
            if number == _PLANES and isinstance(value, bytes):
                events += add_plane(builder, value)
            elif number in said and isinstance(value, bytes):
                said[number].append(value.decode("utf-8", "replace"))
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error
    except (WireError, ValueError, OverflowError) as error:
        raise TraceReadError(
            f"its messages are damaged: {error}", where=str(path), remedy="Copy or record the trace again."
        ) from error
    builder.meta |= {"format": "xplane", "resolution_ns": 1, "events": events}
    if messages := said[_ERRORS] + said[_WARNINGS]:
        builder.meta["diagnostics"] = messages[:_MOST_MESSAGES]
    if said[_HOSTS]:
        builder.meta["hosts"] = said[_HOSTS]
    return builder.build()
