"""CUDA C++ to machine code with NVRTC, once for each GPU architecture: results are kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from profiler import kernel_sources
from profiler.errors import DeviceError

#: What every file is compiled with. Line numbers cost nothing and let other profilers show the source.
OPTIONS = ("--std=c++17", "-lineinfo")

_INSTALL = "Install it into Lanescope's environment: pip install nvidia-cuda-nvrtc."


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
    nvrtc = _nvrtc()
    _check_architecture(architecture)
    headers = kernel_sources.headers()
    text = kernel_sources.source(source)
    names = [name.encode() for name in headers]
    _, program = nvrtc.nvrtcCreateProgram(text, source.encode(), len(headers), list(headers.values()), names)
    try:
        arguments = [option.encode() for option in (f"--gpu-architecture={architecture}", *OPTIONS, *options)]
        (status,) = nvrtc.nvrtcCompileProgram(program, len(arguments), arguments)
        log = _log(nvrtc, program)
        if int(status):
            raise DeviceError(f"NVRTC rejects it: {log}", where=f"kernels/{source}, {architecture}")
        _, size = nvrtc.nvrtcGetCUBINSize(program)
        code = bytes(size)
        nvrtc.nvrtcGetCUBIN(program, code)
        return code, log
    finally:
        nvrtc.nvrtcDestroyProgram(program)


def supported_architectures() -> tuple[str, ...]:
    """What the installed NVRTC compiles for, ``sm_75`` and so on, oldest first.

    Raises
    ------
    DeviceError
        NVRTC is missing.
    """
    return tuple(f"sm_{number}" for number in _nvrtc().nvrtcGetSupportedArchs()[-1])


def nvrtc_version() -> tuple[int, int]:
    """Version of the installed NVRTC.

    Raises
    ------
    DeviceError
        NVRTC is missing.
    """
    _, major, minor = _nvrtc().nvrtcVersion()
    return major, minor


def cache_folder() -> Path:
    """Where compiled kernels are kept: ``lanescope/kernels`` in ``XDG_CACHE_HOME``, else in ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lanescope" / "kernels"


@lru_cache(maxsize=1)
def _nvrtc() -> ModuleType:
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
    module: ModuleType = nvrtc
    return module


def _version_text() -> str:
    return ".".join(map(str, nvrtc_version()))


def _check_architecture(architecture: str) -> None:
    known = supported_architectures()
    if architecture in known:
        return
    older = int(architecture[3:]) < int(known[0][3:])
    raise DeviceError(
        f"NVRTC {_version_text()} cannot compile for {architecture}; it knows {known[0]} to {known[-1]}",
        remedy='NVRTC 12 still knows older GPUs: pip install "cuda-python<13" nvidia-cuda-nvrtc-cu12.'
        if older
        else "Install a newer NVRTC: pip install --upgrade nvidia-cuda-nvrtc.",
    )


def _log(nvrtc: ModuleType, program: object) -> str:
    _, size = nvrtc.nvrtcGetProgramLogSize(program)
    text = bytes(size + 1)  # written to, so it must be an object of its own, which very short ones are not
    nvrtc.nvrtcGetProgramLog(program, text)
    return text.rstrip(b"\0 \n").decode("utf-8", "replace")


def _key(source: str, architecture: str) -> str:
    digest = hashlib.sha256(kernel_sources.source(source))
    for name, text in kernel_sources.headers().items():
        digest.update(f"\0{name}\0{len(text)}\0".encode())
        digest.update(text)
    digest.update(repr((architecture, OPTIONS, nvrtc_version())).encode())
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
