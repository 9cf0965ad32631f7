"""Small C sources of this package as libraries: built on first use by the system's compiler, kept for the user.

Nothing here is ever needed: without a compiler, a cache folder of the user's own or a build that works there is no
library, and the caller takes its own way. ``LANESCOPE_COMPILED=0`` turns it off; ``1`` builds also where a short text
would not repay the build.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

#: Portable code alone: a home folder may be shared by machines with different processors.
FLAGS = ("-O3", "-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden")
_SOURCES = Path(__file__).with_name("native")
_BUILD_S = 120
_known: dict[Path, ctypes.CDLL] = {}


def library(name: str, *, worthwhile: bool = True) -> ctypes.CDLL | None:
    """The library built from ``native/NAME.c``.

    Parameters
    ----------
    name : str
    worthwhile : bool
        Whether it may be built now; otherwise it is used only where it has been built before.

    Returns
    -------
    CDLL or None
        ``None`` where it is turned off or cannot be had.
    """
    wish = os.environ.get("LANESCOPE_COMPILED", "")
    compiler, folder = _compiler(), _cache_folder()
    if wish == "0" or compiler is None or folder is None:
        return None
    target = folder / f"{name}-{_digest(name, compiler)}.so"
    if target not in _known:
        with suppress(OSError, subprocess.SubprocessError):
            if not _is_trusted(target) and (worthwhile or wish == "1"):
                _build(_SOURCES / f"{name}.c", target, compiler)
            if _is_trusted(target):
                _known[target] = ctypes.CDLL(str(target))
    return _known.get(target)


def _compiler() -> Path | None:
    """The compiler of the system; what lies beside the caller or in a folder all may write to is none."""
    found = shutil.which("cc")
    if found is None or not os.path.isabs(found):
        return None
    path = Path(os.path.realpath(found))
    return path if not path.parent.stat().st_mode & stat.S_IWOTH else None


def _cache_folder() -> Path | None:
    """``lanescope/compiled`` in the user's cache folder, which only the user may enter; made where it is not there."""
    base = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        folder = (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "lanescope" / "compiled"
        if not folder.is_absolute():
            return None
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
        return folder if private and all(_keeps_names(parent) for parent in folder.resolve().parents) else None
    except (OSError, RuntimeError):
        return None


def _keeps_names(folder: Path) -> bool:
    """Whether nobody but the user and the system can put another folder in place of one that stands in this one."""
    found = folder.stat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
    return found.st_uid in (0, os.geteuid()) and not shared


def _is_trusted(path: Path) -> bool:
    """Whether a library is there that nobody but the user wrote."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _digest(name: str, compiler: Path) -> str:
    """What the library depends on: all sources, the compiler and its flags."""
    found = compiler.stat()
    parts = [str(compiler), str(found.st_size), str(found.st_mtime_ns), *FLAGS, name]
    texts = [path.read_bytes() for path in sorted(_SOURCES.iterdir()) if path.suffix in (".c", ".h")]
    return hashlib.sha256(b"\0".join([*(part.encode() for part in parts), *texts])).hexdigest()[:32]


def _build(source: Path, target: Path, compiler: Path) -> None:
    """Compile beside ``target`` and rename, so that a library is whole or absent."""
    number, beside = tempfile.mkstemp(prefix=".", suffix=".so", dir=target.parent)
    os.close(number)
    try:
        command = [str(compiler), *FLAGS, "-o", beside, str(source)]
        subprocess.run(
            command, check=True, cwd=target.parent, timeout=_BUILD_S, stdin=subprocess.DEVNULL, capture_output=True
        )
        os.chmod(beside, 0o700)
        os.replace(beside, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)
