"""Build a trace row by row or block by block, without one object a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.growing import GrowingColumn, GrowingText
from profiler.trace.interning import Codes
from profiler.trace.schema import COLUMNS, Category, EdgeKind
from profiler.trace.tables import Counters, Edges, Stats, Trace, Track

Array = npt.NDArray[Any]


class TraceBuilder:
    """Collects slices, tracks, edges and counters; `build` makes the trace. Rows keep the order they were added in.

    A column that holds one value costs nothing. Names and tracks are numbered as they come: `name` and `track` give
    the number of one, so that blocks can be added as arrays of numbers.

    Attributes
    ----------
    stats : Stats
        What the source lost or had repaired; readers count here.
    meta : dict
        Metadata of the trace.
    name_codes : Codes
        Names to their numbers, for readers that number names themselves.
    """

    def __init__(self) -> None:
        self.stats = Stats()
        self.meta: dict[str, Any] = {}
        self.name_codes: Codes[str] = Codes()
        self._tracks: Codes[Track] = Codes()
        self._columns = {name: GrowingColumn(dtype) for name, (dtype, _) in COLUMNS.items()}
        self._args = GrowingText()
        self._size = 0
        self._pending: list[dict[str, int]] = []
        self._pending_args: list[str] = []
        self._edges = (GrowingColumn(np.int64), GrowingColumn(np.int64), GrowingColumn(np.uint8))
        self._samples = (GrowingColumn(np.int64), GrowingColumn(np.int32), GrowingColumn(np.float64))

    def __len__(self) -> int:
        """Rows added so far."""
        return self._size + len(self._pending)

    def name(self, text: str) -> int:
        """The number of a name."""
        return self.name_codes[text]

    def names(self, texts: Iterable[str]) -> npt.NDArray[np.int32]:
        """The numbers of many names."""
        return self.name_codes.of_all(texts)

    def track(self, track: Track) -> int:
        """The number of a track; equal tracks are one."""
        return self._tracks[track]

    def add(
        self, *, ts: int, dur: int, category: Category, name: str, track: Track | int, args: str = "", **columns: int
    ) -> int:
        """Add one slice and return its row.

        Parameters
        ----------
        ts, dur : int
            Start and length, ns.
        category : Category
        name : str
        track : Track or int
            The track itself, or the number that `track` gave it.
        args : str
            Raw JSON of what no column holds; empty for none.
        **columns : int
            Any other of `COLUMNS`.
        """
        unknown = columns.keys() - COLUMNS.keys()
        if unknown:
            raise ValueError(f"no such columns: {sorted(unknown)}")
        number = track if isinstance(track, int) else self._tracks[track]
        row = {
            "ts": ts,
            "dur": dur,
            "category": int(category),
            "name": self.name_codes[name],
            "track": number,
            **columns,
        }
        self._pending.append(row)
        self._pending_args.append(args)
        return len(self) - 1

    def add_block(
        self,
        size: int,
        columns: dict[str, Array | int],
        *,
        args: tuple[bytes | memoryview, npt.NDArray[np.int64]] | None = None,
    ) -> range:
        """Add ``size`` slices at once and return their rows.

        Parameters
        ----------
        size : int
        columns : dict
            Any of `COLUMNS` to an array of ``size`` values, or to one value for all; ``name`` and ``track`` hold the
            numbers that `name` and `track` gave. Absent columns are "not known".
        args : tuple, optional
            All texts one after another as UTF-8, and the length of each in bytes.
        """
        unknown = columns.keys() - COLUMNS.keys()
        if unknown:
            raise ValueError(f"no such columns: {sorted(unknown)}")
        self._flush()
        for name, (_, missing) in COLUMNS.items():
            self._columns[name].append(columns.get(name, int(missing)), size)
        if args is None:
            self._args.append_empty(size)
        else:
            self._args.append(*args)
        first, self._size = self._size, self._size + size
        return range(first, self._size)

    def add_edge(self, source: int, target: int, kind: EdgeKind) -> None:
        """Say that row ``target`` had to wait for row ``source``."""
        self.add_edges(np.array([source]), np.array([target]), int(kind))

    def add_edges(self, source: Array, target: Array, kind: Array | int) -> None:
        """Many edges at once; ``kind`` is one for all, or one an edge."""
        for column, values in zip(self._edges, (source, target, kind), strict=True):
            column.append(values, len(source))

    def add_counters(self, ts: Array, track: Array | int, value: Array) -> None:
        """Samples of counter tracks."""
        for column, values in zip(self._samples, (ts, track, value), strict=True):
            column.append(values, len(ts))

    def copied(self, column: str, first: int) -> Array:
        """A copy of a column's values in the blocks added so far, from row ``first`` on."""
        return self._columns[column].copied(first)

    def build(self, *, tracks: Sequence[Track] | None = None) -> Trace:
        """The trace. The builder is not to be used again.

        Parameters
        ----------
        tracks : sequence of Track, optional
            In place of those that `track` numbered, for a reader that learns what its tracks are at the end of a file.
        """
        self._flush()
        return Trace(
            {name: column.finish() for name, column in self._columns.items()},
            names=tuple(self.name_codes),
            tracks=tuple(self._tracks) if tracks is None else tracks,
            edges=Edges(*(column.finish() for column in self._edges)),
            counters=Counters(*(column.finish() for column in self._samples)),
            stats=self.stats,
            meta=self.meta,
            args=self._args.finish(),
        )

    def _flush(self) -> None:
        """Move the rows added one at a time into the columns."""
        rows, self._pending = self._pending, []
        texts, self._pending_args = self._pending_args, []
        for name, (_, missing) in COLUMNS.items():
            values = [row.get(name, int(missing)) for row in rows]
            self._columns[name].append(np.array(values, np.int64), len(rows))
        encoded = [text.encode() for text in texts]
        self._args.append(b"".join(encoded), np.array([len(text) for text in encoded], np.int64))
        self._size += len(rows)
