"""The definitions of ``docs/definitions.md`` read aloud, one nanosecond at a time. Slow, and meant to be obvious."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from profiler.analysis.windows import LAUNCH_WAY_NS
from profiler.trace.schema import COLUMNS, NO_TIME, Category, EdgeKind, Engine, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Trace

Row = dict[str, Any]
DEVICE_WORK = (Category.KERNEL, Category.STAGE, Category.MEMCPY, Category.MEMSET)


def covered_instants(slices: Iterable[tuple[int, int]]) -> set[int]:
    return {t for start, end in slices for t in range(start, end)}


class Oracle:
    """One device of a trace."""

    def __init__(self, trace: Trace, *, without_communication: bool = False) -> None:
        self.trace = trace
        self.complete = bool(trace.meta.get("complete"))
        self.rows = [self._row(number) for number in range(len(trace))]
        self.kernels = [
            row
            for row in self.work
            if row["category"] in (Category.KERNEL, Category.STAGE)
            and not (without_communication and "nccl" in row["text"].lower())
        ]
        self.copies = [row for row in self.work if row["memcpy_kind"] in (MemcpyKind.HTOD, MemcpyKind.DTOH)]

    def _row(self, number: int) -> Row:
        row: Row = {key: int(self.trace[key][number]) for key in COLUMNS}
        row["number"], row["start"], row["end"] = number, row["ts"], row["ts"] + row["dur"]
        row["text"] = self.trace.name_of(number)
        row["thread"] = self.trace.tracks[row["track"]].kind == TrackKind.THREAD
        return row

    @cached_property
    def work(self) -> list[Row]:
        return [row for row in self.rows if row["category"] in DEVICE_WORK and row["dur"] >= 0]

    def instants(self, rows: Sequence[Row]) -> set[int]:
        return covered_instants((row["start"], row["end"]) for row in rows)

    @cached_property
    def compute(self) -> set[int]:
        return self.instants(self.kernels)

    @cached_property
    def exposed(self) -> list[int]:
        return sorted(self.instants(self.copies) - self.compute)

    def causes(self, first: int | None = None, last: int | None = None) -> dict[str, int]:
        inside = [t for t in self.exposed if (first is None or t >= first) and (last is None or t < last)]
        return dict(Counter(self.cause(t) for t in inside))

    def cause(self, t: int) -> str:
        copy = self.judged(t)
        certain: list[tuple[str, Callable[[], bool]]] = [
            ("pageable", lambda: self.pageable(copy)),
            ("default-stream", lambda: copy["stream"] in self.trace.meta.get("default_streams", ())),
            ("kernel-gap", lambda: t in self.gaps),
            ("unknown", lambda: not self.complete and t in self.instants(self.of(Category.GRAPH))),
            ("host-sync", lambda: self.host_sync(t)),
            ("late-enqueue", lambda: self.late(t)),
            ("same-direction-queue", lambda: self.queued(t, copy)),
            ("buffer", lambda: self.buffer(t)),
            ("no-other-work", lambda: self.parts == (1, 1)),
            ("fill-or-drain", lambda: self.fill_or_drain(t)),
            ("link-bound", lambda: self.link_bound(copy)),
            ("dependency", lambda: self.complete or copy["number"] in self.blockers(t)),
        ]
        return next((name for name, holds in certain if holds()), "unknown")

    def of(self, *categories: Category) -> list[Row]:
        return [row for row in self.rows if row["category"] in categories and row["dur"] >= 0]

    def judged(self, t: int) -> Row:
        running = [row for row in self.copies if row["start"] <= t < row["end"]]
        return min(
            running,
            key=lambda row: (
                row["start"],
                row["memcpy_kind"] != MemcpyKind.HTOD,
                row["end"],
                row["stream"],
                row["engine"],
                self.host_kind(row),
            ),
        )

    def host_kind(self, row: Row) -> int:
        return int(row["src_kind"] if row["memcpy_kind"] == MemcpyKind.HTOD else row["dst_kind"])

    def pageable(self, row: Row) -> bool:
        return self.host_kind(row) == MemoryKind.PAGEABLE

    def engine(self, row: Row) -> int:
        if row["engine"] == Engine.COPY:
            return int(Engine.COPY)
        return int(Engine.HTOD if row["memcpy_kind"] == MemcpyKind.HTOD else Engine.DTOH)

    def stream_order(self) -> list[list[Row]]:
        streams: dict[int, list[Row]] = {}
        for row in self.work:
            if row["stream"] != -1 and row["category"] != Category.STAGE:
                streams.setdefault(row["stream"], []).append(row)
        key = ("start", "end", "correlation_id", "category", "name")
        return [sorted(rows, key=lambda row: tuple(row[k] for k in key)) for rows in streams.values()]

    @cached_property
    def gaps(self) -> set[int]:
        floor = self.trace.meta.get("kernel_gap_ns", 2000)
        kernels = {row["number"] for row in self.kernels}
        found: set[int] = set()
        for rows in self.stream_order():
            for place in range(1, len(rows)):
                reach = max(row["end"] for row in rows[:place])
                both = rows[place]["number"] in kernels and rows[place - 1]["number"] in kernels
                if both and 0 < rows[place]["start"] - reach <= floor:
                    found |= set(range(reach, rows[place]["start"]))
        return found

    @cached_property
    def waits_for(self) -> dict[int, list[tuple[int, int, int]]]:
        """Row number to what it waits for: (row number, when that ended, kind of edge)."""
        found: dict[int, list[tuple[int, int, int]]] = {row["number"]: [] for row in self.work}
        edges = self.trace.edges
        for source, target, kind in zip(edges.source.tolist(), edges.target.tolist(), edges.kind.tolist(), strict=True):
            if kind in (EdgeKind.STREAM, EdgeKind.EVENT, EdgeKind.BUFFER):
                found[target].append((source, self.rows[source]["end"], kind))
        if not self.complete:
            for rows in self.stream_order():
                for place in range(1, len(rows)):
                    reach = max(row["end"] for row in rows[:place])
                    found[rows[place]["number"]].append((rows[place - 1]["number"], reach, EdgeKind.STREAM))
        return found

    def ready(self, row: Row) -> int | None:
        return max((end for _, end, _ in self.waits_for[row["number"]]), default=None)

    def tells(self, row: Row) -> bool:
        return self.complete or (row["stream"] != -1 and row["category"] != Category.STAGE)

    def call(self, row: Row) -> Row | None:
        calls = [
            host
            for host in self.of(Category.RUNTIME, Category.DRIVER)
            if row["correlation_id"] != -1
            and host["correlation_id"] == row["correlation_id"]
            and host["pid"] == row["pid"]
        ]
        return min(calls, key=lambda host: (host["start"], host["track"]), default=None)

    def next_kernels(self, t: int) -> list[Row]:
        after = [row for row in self.kernels if row["start"] > t]
        first = min((row["start"] for row in after), default=None)
        return [row for row in after if row["start"] == first]

    def window(self, t: int) -> tuple[int, int] | None:
        """First exposed instant with the same next kernel, and that kernel's start."""
        following = self.next_kernels(t)
        if not following:
            return None
        end = following[0]["start"]
        before = max((row["start"] for row in self.kernels if row["start"] <= t), default=None)
        return min(x for x in self.exposed if (before is None or x >= before) and x < end), end

    def blocking_edges(self, t: int) -> list[tuple[int, int, int]]:
        """Dependencies (from, to, kind) that hold the next kernel up at t."""
        window = self.window(t)
        if window is None:
            return []
        begin, end = window
        front = [row["number"] for row in self.next_kernels(t)]
        seen, found = set(front), []
        while front:
            target = front.pop()
            for source, _, kind in self.waits_for[target]:
                if not begin < self.rows[source]["end"] <= end:
                    continue
                found.append((source, target, kind))
                if source not in seen:
                    seen.add(source)
                    front.append(source)
        return found

    def blockers(self, t: int) -> set[int]:
        return {source for source, _, _ in self.blocking_edges(t)}

    def host_sync(self, t: int) -> bool:
        calls = [call for row in self.next_kernels(t) if (call := self.call(row)) is not None]
        if not calls:
            return False
        call = min(calls, key=lambda row: (row["start"], row["track"]))
        syncs = [row for row in self.of(Category.SYNC) if row["thread"]]
        mine = [row for row in syncs if row["track"] == call["track"]]
        if not syncs:
            mine = [row for row in self.of(Category.SYNC) if row["pid"] == call["pid"]]
        return t < call["start"] and t in self.instants(mine)

    def late(self, t: int) -> bool:
        following = self.next_kernels(t)
        if not following:
            return False
        asked = {row["number"] for row in following} | self.blockers(t)
        if self.complete:
            asked |= {row["number"] for row in self.kernels}
        return any(self.late_work(self.rows[number], t) for number in asked)

    def late_work(self, row: Row, t: int) -> bool:
        call = self.call(row)
        if call is None:
            return False
        first_call = min(host["start"] for host in self.of(Category.RUNTIME, Category.DRIVER))
        ready = max(first_call, self.ready(row) or first_call)
        if not self.tells(row) or not ready <= t < row["start"]:
            return False
        if t >= call["start"] and row["start"] - call["start"] > LAUNCH_WAY_NS:
            return False
        if row["memcpy_kind"] in (MemcpyKind.HTOD, MemcpyKind.DTOH):
            same = [other for other in self.copies if self.engine(other) == self.engine(row)]
            if t in self.instants(same):
                return False
        return self.complete or bool(call["start"] > ready)

    def queued(self, t: int, copy: Row) -> bool:
        return any(
            row["memcpy_kind"] in (MemcpyKind.HTOD, MemcpyKind.DTOH)
            and self.engine(row) == self.engine(copy)
            and (arrived := self.arrival(row)) is not None
            and arrived <= t < row["start"]
            for row in (self.rows[number] for number in self.blockers(t))
        )

    def arrival(self, row: Row) -> int | None:
        if row["queued_ns"] != NO_TIME:
            return int(row["queued_ns"])
        call, ready = self.call(row), self.ready(row)
        if call is None or not self.tells(row):
            return None
        return int(call["start"] if ready is None else max(call["start"], ready))

    def buffer(self, t: int) -> bool:
        return any(
            kind == EdgeKind.BUFFER and t < self.rows[source]["end"] for source, _, kind in self.blocking_edges(t)
        )

    @property
    def parts(self) -> tuple[int | None, int | None]:
        meta = self.trace.meta
        return meta.get("requests"), meta.get("chunks")

    def fill_or_drain(self, t: int) -> bool:
        if not self.kernels or not any(part is not None and part > 1 for part in self.parts):
            return False
        return t < min(row["start"] for row in self.kernels) or not self.next_kernels(t)

    def link_bound(self, copy: Row) -> bool:
        if not self.complete and self.instants(self.of(Category.GRAPH)):
            return False
        same = [row for row in self.copies if self.engine(row) == self.engine(copy)]
        return len(self.instants(same)) > len(self.compute)
