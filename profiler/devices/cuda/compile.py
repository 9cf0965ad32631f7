"""CUDA C++ to machine code with NVRTC, once for each GPU architecture: results are kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from profiler import kernel_sources
from profiler.devices.cuda.nvrtc import Nvrtc, bound_nvrtc, older_nvrtc
from profiler.errors import DeviceError

#: What every file is compiled with. Line numbers cost nothing and let other profilers show the source.
OPTIONS = ("--std=c++17", "-lineinfo")


def cubin(source: str, capability: tuple[int, int], *, folder: Path | None = None) -> bytes:
    """Machine code of ``kernels/<source>`` for a compute capability, from the cache if it is there.

    Parameters
    ----------
    source : str
        One of `profiler.kernel_sources.sources`.
    capability : (int, int)
        ``(9, 0)`` is ``sm_90``.
    folder : Path, optional
        The cache; by default `cache_folder`. One that cannot be written to only costs the time to compile again.

    Raises
    ------
    DeviceError
        NVRTC is missing, does not know the architecture, or found an error; the message has its log.
    """
    architecture = f"sm_{capability[0]}{capability[1]}"
    place = folder or cache_folder()
    path = place / f"{Path(source).stem}-{architecture}-{_key(source, architecture)}.cubin"
    try:
        return path.read_bytes()
    except OSError:
        code = compiled(source, architecture)
    _keep(path, code)
    return code


def compiled(source: str, architecture: str, options: tuple[str, ...] = ()) -> bytes:
    """Machine code of ``kernels/<source>``, compiled now.

    Raises
    ------
    DeviceError
        As `cubin`.
    """
    return _compile(source, architecture, options)[0]


def compile_log(source: str, architecture: str, options: tuple[str, ...] = ()) -> str:
    """What NVRTC says while it compiles; with ``--ptxas-options=-v``, the resources of each function.

    Raises
    ------
    DeviceError
        As `cubin`.
    """
    return _compile(source, architecture, options)[1]


def _compile(source: str, architecture: str, options: tuple[str, ...]) -> tuple[bytes, str]:
    arguments = (f"--gpu-architecture={architecture}", *OPTIONS, *options)
    nvrtc = _compiler(architecture)
    made = nvrtc.compile(source, kernel_sources.source(source), kernel_sources.headers(), arguments)
    if not made.code:
        raise DeviceError(f"NVRTC rejects it: {made.log}", where=f"kernels/{source}, {architecture}")
    return made.code, made.log


def supported_architectures() -> tuple[str, ...]:
    """What kernels can be compiled for here, ``sm_75`` and so on, oldest first.

    Raises
    ------
    DeviceError
        NVRTC is missing.
    """
    newer, older = bound_nvrtc().architectures, older_nvrtc()
    return (*(one for one in (older.architectures if older else ()) if _number(one) < _number(newer[0])), *newer)


def nvrtc_version(architecture: str | None = None) -> tuple[int, int]:
    """Version of the installed NVRTC; of the one that compiles for ``architecture``, where one is given.

    Raises
    ------
    DeviceError
        NVRTC is missing, or does not know the architecture.
    """
    return (bound_nvrtc() if architecture is None else _compiler(architecture)).version


def cache_folder() -> Path:
    """Where compiled kernels are kept: ``lanescope/kernels`` in ``XDG_CACHE_HOME``, else in ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lanescope" / "kernels"


def _compiler(architecture: str) -> Nvrtc:
    """The compiler for an architecture: the newest that knows it."""
    newer, older = bound_nvrtc(), older_nvrtc()
    for one in (newer, older):
        if one is not None and architecture in one.architectures:
            return one
    known, version = newer.architectures, ".".join(map(str, newer.version))
    raise DeviceError(
        f"NVRTC {version} cannot compile for {architecture}; it knows {known[0]} to {known[-1]}",
        remedy="NVRTC 12 still knows older GPUs, beside a newer one: pip install nvidia-cuda-nvrtc-cu12."
        if _number(architecture) < _number(known[0])
        else "Install a newer NVRTC: pip install --upgrade nvidia-cuda-nvrtc.",
    )


def _number(architecture: str) -> int:
    return int(architecture.removeprefix("sm_"))


def _key(source: str, architecture: str) -> str:
    digest = hashlib.sha256(kernel_sources.source(source))
    for name, text in kernel_sources.headers().items():
        digest.update(f"\0{name}\0{len(text)}\0".encode())
        digest.update(text)
    digest.update(repr((architecture, OPTIONS, nvrtc_version(architecture))).encode())
    return digest.hexdigest()[:32]


def _keep(path: Path, code: bytes) -> None:
    """Put ``code`` at ``path`` at once, so that no other process sees a part of it; readable by the user alone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".compiling-")
    except OSError:
        return
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(code)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
