"""Arrays in a file that another process maps: made once by a worker, shown by the window without reading them.

    save(path, thing)           any nesting of this package's objects, plain values and arrays
    thing = load(path)          the same; its arrays are read-only views of the mapped file

The file holds the arrays as they are, each at a multiple of 64 bytes, and before them the rest: a pickle in which
arrays are only numbers, and from which only objects of this package are made. The file may be deleted as soon as it is
open; the pages live as long as the arrays. Put it in a folder that nobody else can write to: numbers in it are taken
as they are.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from profiler.errors import OutputError, TraceReadError, UsageError

_MAGIC = b"LSMAP001"
_HEADER = struct.Struct("<8sQQ")
_ALIGNMENT = 64

#: Arrays up to this size stand in the description itself: a view of the file costs more than a copy of a few bytes.
_SMALL = 256

_PACKAGES = ("profiler.trace.", "profiler.timeline.", "profiler.analysis.")
_NUMPY = frozenset(
    {
        ("numpy._core.numeric", "_frombuffer"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("copyreg", "__newobj__"),
        ("copyreg", "_reconstructor"),
        ("builtins", "object"),
        ("builtins", "frozenset"),
        ("builtins", "set"),
    }
)


def save(path: str | os.PathLike[str], thing: Any, *, apart: Mapping[str, Any] | None = None) -> None:
    """Write ``thing`` for `load`.

    Parameters
    ----------
    path : path
    thing : object
    apart : mapping of str to object, optional
        Objects that are not written: where ``thing`` refers to one, `load` puts the one of the same name.

    Raises
    ------
    OutputError
        The place cannot be written, or is full.
    """
    buffers: list[memoryview] = []

    def put(buffer: pickle.PickleBuffer) -> bool:
        """Whether the buffer stands in the description itself."""
        raw = buffer.raw()
        if raw.nbytes <= _SMALL:
            return True
        buffers.append(raw)
        return False

    description = io.BytesIO()
    pickler = _Pickler(description, put, {id(value): name for name, value in (apart or {}).items()})
    pickler.dump(thing)
    rest = description.getvalue()
    sizes = np.array([buffer.nbytes for buffer in buffers], np.int64)
    try:
        with open(path, "wb") as file:
            file.write(_HEADER.pack(_MAGIC, len(rest), len(buffers)))
            file.write(sizes.tobytes())
            file.write(rest)
            for buffer in buffers:
                file.write(bytes(-file.tell() % _ALIGNMENT))
                file.write(buffer)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", where=str(path)) from error


def load(path: str | os.PathLike[str], *, apart: Mapping[str, Any] | None = None) -> Any:
    """What `save` wrote, its arrays mapped and not read.

    Parameters
    ----------
    path : path
    apart : mapping of str to object, optional
        What stands where the objects of `save`'s ``apart`` stood.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is something else, or cut off.
    """
    try:
        with open(path, "rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        rest, buffers = _parts(mapped)
        return _Unpickler(io.BytesIO(rest), buffers, dict(apart or {})).load()
    except FileNotFoundError as error:
        raise UsageError("no such file", where=str(path)) from error
    except (OSError, ValueError, struct.error, pickle.UnpicklingError, LookupError, EOFError) as error:
        raise TraceReadError(
            f"is not what this version of Lanescope maps: {error}", where=str(path), remedy="Open the trace again."
        ) from error


def _parts(mapped: memoryview) -> tuple[memoryview, list[memoryview]]:
    magic, length, count = _HEADER.unpack_from(mapped)
    if magic != _MAGIC:
        raise ValueError("it begins otherwise")
    sizes = np.frombuffer(mapped, np.int64, count, _HEADER.size)
    first = _HEADER.size + sizes.nbytes
    rest = mapped[first : first + length]
    at = first + length
    buffers = []
    for size in sizes.tolist():
        at += -at % _ALIGNMENT
        buffers.append(mapped[at : at + size])
        at += size
    if at > len(mapped) or len(rest) != length:
        raise ValueError("it is cut off")
    return rest, buffers


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, put: Any, apart: Mapping[int, str]) -> None:
        super().__init__(file, protocol=5, buffer_callback=put)
        self._apart = apart

    def persistent_id(self, thing: Any) -> str | None:
        return self._apart.get(id(thing))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, buffers: list[memoryview], apart: Mapping[str, Any]) -> None:
        super().__init__(file, buffers=buffers)
        self._apart = apart

    def persistent_load(self, name: str) -> Any:
        return self._apart[name]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NUMPY and not module.startswith(_PACKAGES):
            raise pickle.UnpicklingError(f"{module}.{name} does not belong there")
        found = super().find_class(module, name)
        # A name may have dots, and a module of ours has others' modules in it.
        if (module, name) not in _NUMPY and not str(getattr(found, "__module__", "")).startswith(_PACKAGES):
            raise pickle.UnpicklingError(f"{module}.{name} does not belong there")
        return found
