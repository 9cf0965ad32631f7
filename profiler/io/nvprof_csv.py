"""``nvprof --print-gpu-trace --csv``: device work without host calls.

The output may start with lines of nvprof (``==pid==``) and of the program; then come the header and a row of units,
which differ from file to file. Times and sizes are read digit by digit.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.cupti_rows import Arguments
from profiler.io.decimals import parse_scaled
from profiler.io.files import opened, require_file
from profiler.io.kineto_words import copy_of
from profiler.io.text_blocks import MOST_GROWTH_WHOLE, TextBlocks
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import LATEST_NS, MISSING, Category, MemoryKind, Severity, TrackKind
from profiler.trace.tables import Trace, Track

Ints = npt.NDArray[np.int64]

_NEEDED = ("Start", "Duration", "Name")
_TIME_DECIMALS = {"s": 9, "ms": 6, "us": 3, "ns": 0}
#: nvprof's units are powers of 1024.
_SIZE_SHIFT = {"B": 0, "KB": 10, "MB": 20, "GB": 30, "TB": 40}
_DEVICE = re.compile(r"(?P<name>.*) \((?P<number>\d{1,9})\)", re.ASCII)
_LAUNCH = re.compile(r" \[(\d{1,18})\]$", re.ASCII)
_GRID = ("Grid X", "Grid Y", "Grid Z", "Block X", "Block Y", "Block Z", "Registers Per Thread")
#: Rows that are made columns at once.
_ROWS = 1 << 14
_LONGEST_LINE = 1 << 20
_LINE_END = re.compile(r"\r\n|\n|\r(?!\n|$)")
_SEARCHED_BYTES = 1 << 20
_LARGEST_SIZE = 1 << 62
#: Characters of a wrong cell that a message quotes.
_SHOWN = 40


def sniff(head: bytes, path: Path) -> bool:
    """Whether text with this start has the header of a GPU trace; a program's own output may stand before it."""
    if _has_header(head):
        return True
    if not head.startswith(b"==") and path.suffix.lower() != ".csv":
        return False
    with opened(path) as file:
        return _has_header(file.read(_SEARCHED_BYTES))


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a file.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file has no such table, or a row of it cannot be read; the message names the line.
    """
    found = require_file(path)
    try:
        return _trace(found)
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy or _REMEDY) from error
    except csv.Error as error:
        what = f"its table cannot be read: {error}"
        raise TraceReadError(what, where=str(path), remedy=_REMEDY) from error


_REMEDY = "Write it with: nvprof --print-gpu-trace --csv --log-file FILE"


def _trace(path: Path) -> Trace:
    lines = enumerate(_lines(path), 1)
    header = next((line for _, line in lines if _is_header(line)), None)
    if header is None:
        raise TraceReadError("has no header line with Start, Duration and Name", remedy=_REMEDY)
    units = next((line for _, line in lines), None)
    if units is None:
        raise TraceReadError("ends after its header")
    table = _Table(next(csv.reader([header])), next(csv.reader([units])))
    rows = ((number, line) for number, line in lines if line.strip() and not line.startswith("=="))
    while some := list(islice(rows, _ROWS)):
        table.add([number for number, _ in some], list(csv.reader(line for _, line in some)))
    return table.trace()


def _lines(path: Path) -> Iterator[str]:
    """The lines of the text, without their ends."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for block in chain(TextBlocks(path, most_growth=MOST_GROWTH_WHOLE), (b"",)):
        *whole, rest = _LINE_END.split(rest + decoder.decode(block, final=not block))
        yield from whole
        if len(rest) > _LONGEST_LINE:
            raise TraceReadError(f"has a line of more than {_LONGEST_LINE:,} characters")
    if rest:
        yield rest


class _Table:
    """The rows below the header, some thousands at a time, by column."""

    def __init__(self, header: list[str], units: list[str]) -> None:
        self._header = header
        self._units = dict(zip(header, units, strict=False))
        self._stats = TraceBuilder()
        self._gpus: dict[str, dict[str, str]] = {}
        self._numbers: list[int] = []
        self._rows: list[list[str]] = []

    def trace(self) -> Trace:
        """All rows added."""
        builder = self._stats
        self.add([], [])
        builder.meta.update({"gpus": self._gpus, "format": "nvprof-csv", "resolution_ns": 1, "events": len(builder)})
        return builder.build()

    def add(self, numbers: list[int], rows: list[list[str]]) -> None:
        """Add rows as slices, one stream a track; ``numbers`` are their lines."""
        self._numbers, self._rows = numbers, rows
        short = next((place for place, row in enumerate(rows) if len(row) != len(self._header)), None)
        if short is not None:
            raise TraceReadError(f"line {numbers[short]} has {len(rows[short])} cells, not {len(self._header)}")
        builder, size = self._stats, len(rows)
        ts, dur = self._scaled("Start", _TIME_DECIMALS), self._scaled("Duration", _TIME_DECIMALS)
        names = self._texts("Name")
        copy, memset = ([name.startswith(f"[CUDA {what}") for name in names] for what in ("memcpy", "memset"))
        category = np.select(
            [np.array(copy, np.bool_), np.array(memset, np.bool_)], [Category.MEMCPY, Category.MEMSET], Category.KERNEL
        )
        told = np.array([copy_of(name) for name in names], np.uint8).reshape(-1, 3)
        told[category != Category.MEMCPY] = 0
        device, context, stream = self._devices(), self._whole("Context"), self._whole("Stream")
        lanes, lane = np.unique(np.stack((device, context, stream), axis=1), axis=0, return_inverse=True)
        tracks = [
            builder.track(Track(TrackKind.STREAM, f"stream {s}", device=d, context=c, stream=s))
            for d, c, s in lanes.tolist()
        ]
        launched = zip(*(self._whole(key).tolist() for key in _GRID), strict=True)
        args = list(map(Arguments(_GRID).__getitem__, launched))
        builder.stats.add("never_completed", Severity.DATA_LOSS, int(((ts == 0) & (dur == 0)).sum()))
        builder.stats.add("negative_duration", Severity.DATA_LOSS, int((dur < 0).sum()))
        builder.add_block(
            size,
            {
                "ts": ts,
                "dur": dur,
                "category": category,
                "name": builder.names(_LAUNCH.sub("", name) for name in names),
                "correlation_id": np.array([_launch_number(name) for name in names], np.int64),
                "track": np.array(tracks, np.int32)[lane.reshape(-1)],
                "size_bytes": self._sizes(),
                "memcpy_kind": told[:, 0],
                "src_kind": self._memory("SrcMemType", told[:, 1]),
                "dst_kind": self._memory("DstMemType", told[:, 2]),
                "device": device,
                "context": context,
                "stream": stream,
            },
            args=(b"".join(args), np.array([len(text) for text in args], np.int64)),
        )

    def _texts(self, column: str) -> list[str]:
        if column not in self._header:
            return [""] * len(self._rows)
        place = self._header.index(column)
        return [row[place] for row in self._rows]

    def _scaled(self, column: str, decimals: dict[str, int]) -> Ints:
        """A column of numbers in the unit that its second header row names, as whole numbers of the smallest unit."""
        unit = self._units.get(column, "").strip()
        if unit not in decimals:
            raise TraceReadError(f"the unit of {column} is {unit[:_SHOWN]!r}, none of {', '.join(decimals)}")
        parsed = parse_scaled([text.strip().encode() for text in self._texts(column)], decimals[unit])
        if len(parsed.bad):
            place = int(parsed.bad[0])
            raise self._wrong(place, column, "is no number")
        late = np.flatnonzero(np.abs(parsed.values) > LATEST_NS)
        if len(late):
            raise self._wrong(int(late[0]), column, "is beyond 2^62 nanoseconds")
        self._stats.stats.add("sub_ns_rounded", Severity.REPAIRED, len(parsed.rounded))
        return parsed.values

    def _wrong(self, row: int, column: str, what: str) -> TraceReadError:
        shown = self._texts(column)[row][:_SHOWN]
        return TraceReadError(f"line {self._numbers[row]}: {column} {shown!r} {what}")

    def _whole(self, column: str) -> Ints:
        """A column of whole numbers; -1 for an empty cell and for what is none."""
        parsed = parse_scaled([text.strip().encode() for text in self._texts(column)], 0)
        parsed.values[parsed.bad] = MISSING
        return parsed.values

    def _sizes(self) -> Ints:
        """Bytes, as near as the printed digits tell; -1 for rows without a size."""
        shift = _SIZE_SHIFT.get(self._units.get("Size", "").strip(), 0)
        texts = [text.strip().encode() for text in self._texts("Size")]
        parsed = parse_scaled(texts, 6)
        found = (parsed.values.astype(object) * (1 << shift) + 500_000) // 1_000_000
        absurd = (found < 0) | (found > _LARGEST_SIZE)
        absurd[parsed.bad] = True
        found[absurd] = MISSING
        return found.astype(np.int64)

    def _memory(self, column: str, told: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Kinds of memory that newer versions print; else what the name tells."""
        if column not in self._header:
            return told
        kinds = {kind.name.capitalize(): kind for kind in MemoryKind}
        return np.array([kinds.get(text.strip(), MemoryKind.UNKNOWN) for text in self._texts(column)], np.uint8)

    def _devices(self) -> Ints:
        """Device numbers; the model beside each becomes metadata."""
        found = []
        for text in self._texts("Device"):
            match = _DEVICE.fullmatch(text.strip())
            found.append(int(match["number"]) if match else MISSING)
            if match:
                self._gpus[match["number"]] = {"name": match["name"]}
        return np.array(found, np.int64)


def _launch_number(name: str) -> int:
    """The number of the launching call that follows a kernel's name in brackets; -1 for none."""
    found = _LAUNCH.search(name)
    return int(found.group(1)) if found else MISSING


def _has_header(text: bytes) -> bool:
    return any(map(_is_header, text.decode("utf-8", "replace").splitlines()))


def _is_header(line: str) -> bool:
    cells = [cell.strip().strip('"') for cell in line.split(",")]
    return all(name in cells for name in _NEEDED)
