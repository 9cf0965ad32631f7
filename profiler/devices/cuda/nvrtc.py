"""NVRTC, the CUDA compiler: the one of the CUDA bindings, and beside it an older one for older GPUs.

NVRTC 13 compiles for compute capability 7.5 and later. The package of NVRTC 12 can be installed beside it, and its
library is then called directly, as the bindings load one only.
"""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from profiler.errors import DeviceError

#: Where the wheel ``nvidia-cuda-nvrtc-cu12`` puts its library.
OLDER_PACKAGE, OLDER_LIBRARY = "nvidia.cuda_nvrtc", "lib/libnvrtc.so.12"

_INSTALL = "Install it into Lanescope's environment: pip install nvidia-cuda-nvrtc."


@dataclass(frozen=True, slots=True)
class Compilation:
    """What became of a source: machine code, empty where it was rejected, and what the compiler says."""

    code: bytes
    log: str


class Nvrtc(Protocol):
    """A compiler."""

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor."""

    @property
    def architectures(self) -> tuple[str, ...]:
        """What it compiles for, ``sm_75`` and so on, oldest first."""

    def compile(self, name: str, text: bytes, headers: Mapping[str, bytes], options: Sequence[str]) -> Compilation:
        """Machine code of a source whose ``#include`` finds the headers by name."""


class BoundNvrtc:
    """The compiler that ``cuda.bindings.nvrtc`` has loaded."""

    def __init__(self, api: Any) -> None:
        self._api = api
        _, *version = api.nvrtcVersion()
        self.version: tuple[int, int] = (version[0], version[1])
        self.architectures = tuple(f"sm_{number}" for number in api.nvrtcGetSupportedArchs()[-1])

    def compile(self, name: str, text: bytes, headers: Mapping[str, bytes], options: Sequence[str]) -> Compilation:
        """Machine code of a source."""
        api, names = self._api, [header.encode() for header in headers]
        _, program = api.nvrtcCreateProgram(text, name.encode(), len(headers), list(headers.values()), names)
        try:
            (status,) = api.nvrtcCompileProgram(program, len(options), [option.encode() for option in options])
            _, size = api.nvrtcGetProgramLogSize(program)
            log = bytes(size + 1)  # written to, so it must be an object of its own, which very short ones are not
            api.nvrtcGetProgramLog(program, log)
            code = b""
            if not int(status):
                _, size = api.nvrtcGetCUBINSize(program)
                code = bytes(size)
                api.nvrtcGetCUBIN(program, code)
            return Compilation(code, _text(log))
        finally:
            api.nvrtcDestroyProgram(program)


class LibraryNvrtc:
    """The compiler in a library of one's own choice. Functions and arguments are those of ``nvrtc.h``."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        major, minor, count = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
        self._call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        self._call("nvrtcGetNumSupportedArchs", ctypes.byref(count))
        numbers = (ctypes.c_int * count.value)()
        self._call("nvrtcGetSupportedArchs", numbers)
        self.version: tuple[int, int] = (major.value, minor.value)
        self.architectures = tuple(f"sm_{number}" for number in numbers)

    def compile(self, name: str, text: bytes, headers: Mapping[str, bytes], options: Sequence[str]) -> Compilation:
        """Machine code of a source."""
        program = ctypes.c_void_p()
        contents, names = _strings(headers.values()), _strings(header.encode() for header in headers)
        self._call("nvrtcCreateProgram", ctypes.byref(program), text, name.encode(), len(headers), contents, names)
        try:
            arguments = _strings(option.encode() for option in options)
            rejected = self._library.nvrtcCompileProgram(program, len(options), arguments)
            log = self._read("ProgramLog", program)
            return Compilation(b"" if rejected else self._read("CUBIN", program), _text(log))
        finally:
            self._library.nvrtcDestroyProgram(ctypes.byref(program))

    def _read(self, what: str, program: ctypes.c_void_p) -> bytes:
        size = ctypes.c_size_t()
        self._call(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        room = ctypes.create_string_buffer(size.value)
        self._call(f"nvrtcGet{what}", program, room)
        return room.raw

    def _call(self, name: str, *arguments: Any) -> None:
        status = self._library[name](*arguments)
        if status:
            raise DeviceError(f"NVRTC's {name} failed with code {status}", where=self._library._name)


@lru_cache(maxsize=1)
def bound_nvrtc() -> Nvrtc:
    """The compiler of the CUDA bindings.

    Raises
    ------
    DeviceError
        The bindings or NVRTC are missing.
    """
    try:
        from cuda.bindings import nvrtc
    except ImportError as error:
        remedy = "Install it into Lanescope's environment: pip install cuda-python."
        raise DeviceError(f"the CUDA bindings cannot be loaded: {error}", remedy=remedy) from error
    try:
        (status, *_) = nvrtc.nvrtcVersion()
    except RuntimeError as error:  # also what the bindings raise for a library they cannot find
        raise DeviceError(f"NVRTC, the CUDA compiler, cannot be loaded: {error}", remedy=_INSTALL) from error
    if int(status):
        raise DeviceError(f"NVRTC, the CUDA compiler, does not answer: {status}", remedy=_INSTALL)
    return BoundNvrtc(nvrtc)


@lru_cache(maxsize=1)
def older_nvrtc() -> Nvrtc | None:
    """NVRTC 12 where its package is installed beside a newer one; None elsewhere."""
    try:
        found = importlib.util.find_spec(OLDER_PACKAGE)
    except ImportError:
        return None
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        path = Path(folder, OLDER_LIBRARY)
        if path.exists():
            try:
                return LibraryNvrtc(path)
            except (OSError, AttributeError, DeviceError):  # it is broken, and the newer one may be all that is needed
                return None
    return None


def _strings(values: Any) -> Any:
    """A ``const char*[]``; None where it is empty."""
    listed = list(values)
    return (ctypes.c_char_p * len(listed))(*listed) if listed else None


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0 \n").decode("utf-8", "replace")
