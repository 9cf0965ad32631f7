"""Where the CUDA C++ sources are: ``kernels/`` in a checkout, ``profiler/_kernels`` in an installed wheel."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from profiler.errors import DeviceError

_PACKAGE = Path(__file__).resolve().parent

#: In the order in which they are tried; a wheel has no folder beside the package that could be mistaken for it.
_CANDIDATES = (_PACKAGE / "_kernels", _PACKAGE.parent / "kernels")


def kernels_folder() -> Path:
    """The folder of the ``.cu`` files; their headers are in its ``include``.

    Raises
    ------
    DeviceError
        This installation has none.
    """
    for folder in _CANDIDATES:
        if (folder / "include").is_dir():
            return folder
    raise DeviceError(
        "the CUDA sources are missing",
        where=str(_CANDIDATES[0]),
        remedy="Install lanescope again; its wheel brings them.",
    )


def sources() -> tuple[str, ...]:
    """Names of the ``.cu`` files, sorted."""
    return tuple(sorted(path.name for path in kernels_folder().glob("*.cu")))


def source(name: str) -> bytes:
    """Text of one ``.cu`` file."""
    return (kernels_folder() / name).read_bytes()


def headers() -> dict[str, bytes]:
    """Name, as sources include it, to text of each header; sorted."""
    return {path.name: path.read_bytes() for path in sorted((kernels_folder() / "include").glob("*.cuh"))}


@lru_cache(maxsize=1)
def content_hash() -> str:
    """A hexadecimal digest of every source and header; it changes when any of them does."""
    digest = hashlib.sha256()
    for name, text in (*((name, source(name)) for name in sources()), *headers().items()):
        digest.update(f"{name}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()
