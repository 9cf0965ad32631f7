"""A trace in memory: read-only columns, names once, tracks, edges, counters, and what the import lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import COLUMNS, Severity, TrackKind
from profiler.trace.texts import LazyTexts

if TYPE_CHECKING:
    from profiler.trace.whole import Part

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Track:
    """What slices ran on. ``-1`` where a number has no meaning."""

    kind: TrackKind
    name: str
    pid: int = -1
    tid: int = -1
    device: int = -1
    context: int = -1
    stream: int = -1


@dataclass(frozen=True, slots=True)
class TextColumn:
    """One text a row without one object a row: row i is ``data[offsets[i]:offsets[i + 1]]``, UTF-8."""

    offsets: npt.NDArray[np.int64]
    data: bytes | memoryview

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return str(self.data[self.offsets[row] : self.offsets[row + 1]], "utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Edges:
    """Rows of slices that had to wait for rows of other slices; ``kind`` holds `EdgeKind`."""

    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    kind: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls) -> Edges:
        """No edges: the source does not say what waited for what."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True)
class Counters:
    """Samples of counter tracks: ``value`` holds from ``ts`` (ns) to the next sample of the same track."""

    ts: npt.NDArray[np.int64]
    track: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]

    @classmethod
    def empty(cls) -> Counters:
        """No counters."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float64))

    def __len__(self) -> int:
        return len(self.ts)


@dataclass
class Stats:
    """What an import met, repaired or lost, counted by name. Nothing is dropped without an entry here."""

    entries: dict[str, tuple[Severity, int]] = field(default_factory=dict)

    def add(self, name: str, severity: Severity, count: int = 1) -> None:
        """Count ``count`` more of ``name``; the worst severity seen stays. A count of 0 makes no entry."""
        if count:
            old_severity, old_count = self.entries.get(name, (severity, 0))
            self.entries[name] = (max(severity, old_severity), old_count + count)

    def count(self, name: str) -> int:
        """How often ``name`` was counted."""
        return self.entries.get(name, (Severity.INFO, 0))[1]

    def __iter__(self) -> Iterator[tuple[str, Severity, int]]:
        return ((name, severity, count) for name, (severity, count) in self.entries.items())

    def to_json(self) -> list[dict[str, Any]]:
        """Entries as the ``stats`` list of ``analyze --json``, worst first."""
        rows = sorted(self, key=lambda row: (-row[1], row[0]))
        return [{"name": name, "severity": severity.name.lower(), "count": count} for name, severity, count in rows]


class Trace:
    """All slices of a capture as read-only columns.

    Parameters
    ----------
    columns : mapping of str to array
        Any of `COLUMNS`, all of one length; absent ones are filled with their "not known" value at no cost.
    names : sequence of str
        Texts that the ``name`` column numbers; `LazyTexts` are kept as they are.
    tracks : sequence of Track
        What the ``track`` column numbers.
    edges, counters, stats, meta, args
        See the classes. ``meta`` is JSON-able: ``format``, ``resolution_ns``, ``gpus`` (device number as text to a
        dict with at least ``name``), ``scenario`` and the like. ``args`` is the raw JSON of what no column holds.
    part : Part, optional
        For the rows of a larger trace that touch a window: what must be known of the rest to judge them.
    """

    def __init__(
        self,
        columns: Mapping[str, Array],
        *,
        names: Sequence[str] = (),
        tracks: Sequence[Track] = (),
        edges: Edges | None = None,
        counters: Counters | None = None,
        stats: Stats | None = None,
        meta: Mapping[str, Any] | None = None,
        args: TextColumn | None = None,
        part: Part | None = None,
    ) -> None:
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        self._size = lengths.pop() if lengths else 0
        self._columns = {name: _filled(columns.get(name), name, self._size) for name in COLUMNS}
        unknown = set(columns) - set(COLUMNS)
        if unknown:
            raise ValueError(f"no such columns: {sorted(unknown)}")
        self.names: Sequence[str] = names if isinstance(names, LazyTexts) else tuple(names)
        self.tracks: tuple[Track, ...] = tuple(tracks)
        self.edges = edges if edges is not None else Edges.empty()
        self.counters = counters if counters is not None else Counters.empty()
        self.stats = stats if stats is not None else Stats()
        self.meta: dict[str, Any] = dict(meta or {})
        self.args = args
        self.part = part

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, column: str) -> Array:
        return self._columns[column]

    @property
    def ts(self) -> npt.NDArray[np.int64]:
        """Starts, ns."""
        return self._columns["ts"]

    @property
    def dur(self) -> npt.NDArray[np.int64]:
        """Lengths, ns. Negative where the end is unknown or lies before the start (counted in ``stats``)."""
        return self._columns["dur"]

    @property
    def category(self) -> npt.NDArray[np.uint8]:
        """`Category` of each slice."""
        return self._columns["category"]

    def name_of(self, row: int) -> str:
        """Name of one slice."""
        return self.names[int(self._columns["name"][row])]

    def with_meta(self, **meta: Any) -> Trace:
        """The same trace, columns shared, with further metadata."""
        return self.with_columns({}, meta={**self.meta, **meta})

    def with_columns(
        self,
        columns: Mapping[str, Array],
        *,
        names: Sequence[str] | None = None,
        edges: Edges | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Trace:
        """The same trace, the rest shared, with some columns (and names, edges, metadata) in place of its own."""
        return Trace(
            {**self._columns, **columns},
            names=self.names if names is None else names,
            tracks=self.tracks,
            edges=self.edges if edges is None else edges,
            counters=self.counters,
            stats=self.stats,
            meta=self.meta if meta is None else meta,
            args=self.args,
            part=self.part,
        )


def _filled(column: Array | None, name: str, size: int) -> Array:
    dtype, missing = COLUMNS[name]
    if column is None:
        return np.broadcast_to(np.array(missing, dtype), (size,))
    array = np.asarray(column)
    if array.dtype != dtype:
        array = array.astype(dtype, casting="same_kind" if array.dtype.kind in "iu" else "safe")
    view = array.view()
    view.flags.writeable = False
    return view
