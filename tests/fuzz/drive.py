"""The coverage-guided fuzzer on one reader: ``drive.py READER SECONDS FOLDER``.

The folder keeps the inputs found (``inputs/``) and, under a name that starts with ``found-``, what broke the reader:
one input for each place and kind of error, so that a run goes on after the first. A hang or an input that takes too
much memory ends it.
"""

from __future__ import annotations

import importlib
import resource
import sys
import traceback
from pathlib import Path

import atheris

_READERS = Path(__file__).parents[2] / "profiler" / "io"

#: An input takes no longer than this, in seconds, and no more memory than that, in MiB.
LONGEST_S, MOST_MB = 10, 256
#: MiB of the whole process, most of which is the fuzzer's own.
_WHOLE_MB = 3000


def main(reader: str, seconds: int, folder: Path) -> None:
    with atheris.instrument_imports(
        include=["profiler.io", "profiler.trace", "profiler.workload", "profiler.devices.sim"]
    ):
        from tests.fuzz import readers

        # Readers import their parts when they are first used, which is too late to be instrumented.
        for module in sorted(_READERS.glob("*.py")):
            importlib.import_module(f"profiler.io.{module.stem}")
    words = folder / "words.dict"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in readers.READERS[reader].words))
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={LONGEST_S}",
        f"-rss_limit_mb={_WHOLE_MB}",
        f"-max_len={readers.READERS[reader].longest}",
        f"-artifact_prefix={folder}/found-",
        "-print_final_stats=1",
        "-use_value_profile=0",
        *([f"-dict={words}"] if words.stat().st_size else []),
        str(folder / "inputs"),
    ]

    def one(data: bytes) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            readers.fuzz_one(reader, data)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            if grown >> 10 > MOST_MB:
                raise MemoryError(f"{grown >> 10} MiB")
        except Exception as error:
            _keep(folder, data, error)

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _keep(folder: Path, data: bytes, error: Exception) -> None:
    """Write down an input that broke the reader, unless the same place broke in the same way before, on fewer bytes."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/profiler/" in frame.filename]
    last = ours[-1] if ours else traceback.extract_tb(error.__traceback__)[-1]
    found = folder / f"found-{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
    if found.exists() and found.stat().st_size <= len(data):
        return
    found.write_bytes(data)
    print(f"FOUND {found.name}: {error}"[:300], flush=True)


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
