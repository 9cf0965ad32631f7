"""Which formats there are, and reading or writing a file in whichever it is."""

from __future__ import annotations

import importlib
import os
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profiler.errors import TraceReadError, UsageError
from profiler.io.files import HEAD_BYTES, opened, require_file
from profiler.io.text_blocks import text_head
from profiler.io.watch import Watch, current, watching
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Trace


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes
    ----------
    name : str
        As ``format`` in JSON results. A reader may be more exact (``kineto`` for ``chrome``).
    title : str
        In words.
    module : str
        Module of ``profiler.io`` with ``sniff``, ``read`` and, where ``endings`` is not empty, ``write``.
    endings : tuple of str
        Endings of file names that mean "write this format".
    reads : bool
        Whether the module has ``sniff`` and ``read``.
    """

    name: str
    title: str
    module: str
    endings: tuple[str, ...] = ()
    reads: bool = True

    def load(self) -> Any:
        """The module, imported now."""
        return importlib.import_module(f"profiler.io.{self.module}")


#: In the order in which a file's content is tried.
FORMATS = (
    Format("nsys-sqlite", "Nsight Systems export, SQLite", "nsys_sqlite", (".sqlite",)),
    Format("nvprof-sqlite", "nvprof and Visual Profiler, SQLite", "nvprof_sqlite"),
    Format("parquet", "Lanescope's own, Parquet", "parquet", (".parquet",)),
    Format("capture", "Lanescope's capture in progress, Arrow stream", "capture_stream"),
    Format("trtexec-times", "times and profiles of trtexec, JSON", "trtexec"),
    Format("rocprof-json", "rocprofv3, JSON", "rocprof"),
    Format("xplane", "XPlane protobuf of JAX, XLA and TensorFlow", "xplane"),
    Format("perfetto", "Perfetto protobuf", "perfetto", (".pftrace",)),
    Format("chrome", "Chrome or PyTorch profiler JSON", "chrome", (".json", ".json.gz", ".json.zst")),
    Format("nvprof-csv", "nvprof --print-gpu-trace --csv", "nvprof_csv"),
    Format("csv", "CSV table", "csv_trace", (".csv",), reads=False),
)

_REPORTS = (".nsys-rep", ".qdrep", ".qdstrm")


def read_trace(
    path: str | os.PathLike[str], *, partial: bool = False, watch: Watch | None = None, without: Collection[str] = ()
) -> Trace:
    """The trace in a file of any format known; what the file holds counts, not what it is called.

    Parameters
    ----------
    path : path
    partial : bool
        Take what is whole of a file that was cut off, as ``stats`` then says. Without, such a file is an error: its
        figures would look like those of the whole run.
    watch : Watch, optional
        Is told how far the reading is, and may stop it.
    without : collection of str, optional
        Columns (or ``args``) that are not needed: formats that keep columns apart leave them out.

    Raises
    ------
    UsageError
        No such file, or a directory.
    Cancelled
        ``watch`` said so.
    TraceReadError
        The file is empty, cut off, damaged or in no format known.
    """
    found = require_file(path)
    with opened(found) as file:
        heads = {file.read(HEAD_BYTES), text_head(found)}
    for known in _readable():
        module = known.load()
        if any(module.sniff(head, found) for head in heads):
            with watching(watch):
                current().step()
                trace: Trace = module.read(path, **_columns(known, without))
            return _whole(trace, path, found, partial=partial)
    raise _unknown(path, found)


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format that the ending of ``path`` says to write.

    Raises
    ------
    UsageError
        The ending names no format that can be written.
    """
    name = Path(path).name.lower()
    matching = [(ending, known) for known in FORMATS for ending in known.endings if name.endswith(ending)]
    if not matching:
        endings = ", ".join(ending for known in FORMATS for ending in known.endings)
        raise UsageError(
            f"{Path(path).name!r} does not say which format to write", where=str(path), remedy=f"End it in {endings}."
        )
    _, known = max(matching, key=lambda pair: len(pair[0]))
    return known


def write_trace(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace in the format that the ending of ``path`` names; the file is complete or absent.

    Raises
    ------
    UsageError
        The ending names no format that can be written.
    OutputError
        The place cannot be written.
    """
    format_of(path).load().write(trace, path)


def _columns(known: Format, without: Collection[str]) -> dict[str, Any]:
    """The argument that leaves columns out, for the formats that have one."""
    if not without or known.name != "parquet":
        return {}
    return {"columns": [name for name in (*COLUMNS, "args") if name not in without]}


def _readable() -> list[Format]:
    return [known for known in FORMATS if known.reads]


def _whole(trace: Trace, path: str | os.PathLike[str], found: Path, *, partial: bool) -> Trace:
    """The trace, unless its file was cut off and that is not wanted; wanted, it is counted as ``cut_off``.

    The other name keeps a copy that is written from it, and holds its counts, from being taken for cut off itself.
    """
    if not trace.stats.count("truncated"):
        return trace
    if partial:
        severity, count = trace.stats.entries.pop("truncated")
        trace.stats.add("cut_off", severity, count)
        return trace
    size = found.stat().st_size
    raise TraceReadError(
        f"is cut off at its end (byte {size:,}), behind {len(trace):,} whole events",
        where=str(path),
        remedy="Record or export it again, or take what is whole with --partial (analyze, render, convert, merge).",
    )


def _unknown(path: str | os.PathLike[str], found: Path) -> TraceReadError:
    if found.suffix.lower() in _REPORTS:
        target = shlex.quote(str(Path(path).with_suffix(".sqlite")))
        return TraceReadError(
            "is a report of Nsight Systems, which only Nsight Systems can open",
            where=str(path),
            remedy=f"Export it: nsys export --type sqlite --output {target} {shlex.quote(str(path))}",
        )
    if found.name.lower().endswith((".gz", ".zst")):
        what = "is neither compressed nor in a format known, though its name says that it is compressed"
        return TraceReadError(what, where=str(path), remedy="Check how the file was written, or export it again.")
    titles = "; ".join(known.title for known in _readable())
    return TraceReadError("is in no format known", where=str(path), remedy=f"Formats read: {titles}.")
