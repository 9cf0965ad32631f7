"""Compiles the fake driver, and loads it into this process."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

SOURCES = ("core.c", "api.c", "work.c", "library.c")
HERE = Path(__file__).resolve().parent

#: Its SONAME: what the bindings look for, so that a copy loaded before is the one they find.
NAME = "libcuda.so.1"


def has_compiler() -> bool:
    """Whether the fake can be built here."""
    return shutil.which("gcc") is not None


def build(folder: Path) -> Path:
    """The library, compiled into ``folder``; about half a second."""
    library = folder / NAME
    command = [
        "gcc",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-shared",
        "-fPIC",
        "-fvisibility=hidden",
        f"-Wl,-soname,{NAME}",
        "-o",
    ]
    sources = [str(HERE / name) for name in SOURCES]
    subprocess.run([*command, str(library), *sources, "-ldl", "-lpthread"], check=True)
    return library


#: Entry points that the bindings name otherwise than the library does.
_EXPORTED = {"cuGraphInstantiate": "cuGraphInstantiateWithFlags"}


class Fake:
    """The fake in this process, which must not have called the driver yet, and its hooks."""

    #: Names of what can leak, in the order of the C source.
    KINDS = ("contexts", "streams", "events", "device memory", "host memory", "modules", "graphs", "executables")

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)

    def leaks(self) -> dict[str, int]:
        """How many of each are not given back; empty when nothing is held."""
        counts = (ctypes.c_int * len(self.KINDS))()
        self._library.fake_live(counts)
        return {kind: count for kind, count in zip(self.KINDS, counts, strict=True) if count}

    def forget_leaks(self) -> None:
        """Count from nothing again."""
        self._library.fake_forget_leaks()

    def do_nothing(self, on: bool) -> None:
        """Let every entry point return success at once, uncounted: what is left is the cost of calling it."""
        self._library.fake_do_nothing(int(on))

    def calls(self) -> int:
        """Calls so far."""
        count = ctypes.c_long()
        self._library.fake_calls(ctypes.byref(count))
        return count.value

    def misuse(self) -> str:
        """The first wrong use of a handle, in words; empty when there was none."""
        text = ctypes.create_string_buffer(200)
        self._library.fake_misuse(text, ctypes.c_size_t(200))
        return text.value.decode()

    def fail(self, call: str, nth: int, code: int) -> None:
        """Let the ``nth`` call from now of an entry point, named as the bindings do, answer ``code``."""
        self._library.fake_fail(_EXPORTED.get(call, call).encode(), ctypes.c_long(nth), code)

    def defer(self, mode: int, eager: int = -1) -> None:
        """0: data moves at once. 1, 2: as late as order allows, the first or the last stream ahead at the end.

        ``eager``: of the streams made from now on, the one with this number moves its data at once all the same.
        """
        self._library.fake_defer(mode, eager)

    def called(self) -> list[str]:
        """Entry points called so far, by exported name."""
        found: list[str] = []
        name = ctypes.create_string_buffer(64)
        while self._library.fake_called(len(found), name, ctypes.c_size_t(64)) == 0:
            found.append(name.value.decode())
        return found

    def served(self) -> list[tuple[int, int, int, int]]:
        """What the engines did: (engine, stream, start, end) in ns of the device clock."""
        table = (ctypes.c_int64 * (4 * 65536))()
        count = int(self._library.fake_served(table, ctypes.c_long(65536)))
        return [tuple(table[4 * row : 4 * row + 4]) for row in range(count)]

    def now(self) -> int:
        """The device's clock, ns."""
        time = ctypes.c_int64()
        self._library.fake_now(ctypes.byref(time))
        return time.value

    def forget_served(self) -> None:
        """Begin the list of `served` anew."""
        self._library.fake_forget_served()
