"""Compiles a ``.cu`` file with g++ into a shared library, and finds the names of its kernels."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from profiler.kernel_sources import content_hash, kernels_folder

HEADER = Path(__file__).with_name("cushim.h")

#: Contraction would round a product and a sum once where the kernels ask for twice.
FLAGS = ("-std=c++17", "-O2", "-shared", "-fPIC", "-ffp-contract=off", "-Wall", "-Wno-unknown-pragmas")

#: Functions of a header that one file does not use, and the shim's own.
UNUSED = ("-Wno-unused-function", "-Wno-unused-variable")

MISSING_COMPILER = "the kernels' numerics need g++; on Debian and Ubuntu: sudo apt-get install -y g++"


def build(source: str, folder: Path, *, use_mma: bool = False, use_dp4a: bool = True) -> tuple[Path, tuple[str, ...]]:
    """The library made of ``kernels/<source>``, and its kernels' names.

    Parameters
    ----------
    folder : Path
        Keeps libraries; one whose sources have not changed is not built again.
    use_mma : bool
        Compile the path for tensor cores instead of DP4A.
    use_dp4a : bool
        Without either, bytes are multiplied one by one.
    """
    names = kernel_names(source)
    exports = "".join(f"CUSHIM_EXPORT({name})\n" for name in names)
    text = f'#include "{HEADER.name}"\n#include "{source}"\n{exports}'
    flags = (
        *FLAGS,
        *UNUSED,
        *_fused_multiply_add(),
        f"-DLANESCOPE_USE_MMA={int(use_mma)}",
        f"-DLANESCOPE_USE_DP4A={int(use_dp4a)}",
    )
    key = hashlib.sha256(repr((content_hash(), HEADER.read_bytes(), text, flags, _version())).encode()).hexdigest()
    library = folder / f"{Path(source).stem}-{key[:16]}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            wrapper, made = Path(work, "wrapper.cpp"), Path(work, "made.so")
            wrapper.write_text(text, encoding="utf-8")
            _run([*flags, *_includes(), "-o", made, wrapper])
            os.replace(made, library)
    return library, names


def kernel_names(source: str) -> tuple[str, ...]:
    """Names of the kernels of ``kernels/<source>``, those made by macros included."""
    path = kernels_folder() / source
    options = ["-std=c++17", "-E", "-P", "-DCUSHIM_LIST", *_includes(), "-include", HEADER, "-x", "c++"]
    return tuple(re.findall(r'extern "C" cushim_kernel void\s+(\w+)\s*\(', _run([*options, path])))


def have_compiler() -> bool:
    """Whether g++ is there."""
    return shutil.which("g++") is not None


def _includes() -> list[str | Path]:
    return ["-I", HEADER.parent, "-I", kernels_folder(), "-I", kernels_folder() / "include"]


def _run(arguments: list[str | Path]) -> str:
    result = subprocess.run(["g++", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert not result.stderr, f"g++ warns:\n{result.stderr}"
    return result.stdout


@lru_cache(maxsize=1)
def _version() -> str:
    return subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True).stdout


@lru_cache(maxsize=1)
def _fused_multiply_add() -> tuple[str, ...]:
    """The option that makes ``fmaf`` one instruction where the processor has it; without it, it is a slow call."""
    cpus = Path("/proc/cpuinfo")
    has_it = cpus.exists() and re.search(r"^flags\s*:.*\bfma\b", cpus.read_text(encoding="utf-8"), re.MULTILINE)
    return ("-mfma",) if has_it else ()
