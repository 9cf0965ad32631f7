"""What a merged trace says of itself: statistics, metadata under the new numbers, and where everything came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from profiler.trace.conventions import default_streams, source_format
from profiler.trace.merge_parts import Part, base_ns, used
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats


def merged_stats(parts: Sequence[Part]) -> Stats:
    """What all imports lost or repaired, and what was renumbered."""
    stats = Stats()
    for part in parts:
        for name, severity, count in part.member.trace.stats:
            stats.add(name, severity, count)
    silent = sum(base_ns(part.member) is None and part.member.offset_ns is None for part in parts)
    stats.add("clock_base_unknown", Severity.INFO, silent if silent == len(parts) else 0)
    stats.add(
        "processes_renumbered", Severity.INFO, sum(old != new for part in parts for old, new in part.pids.items())
    )
    stats.add(
        "devices_renumbered", Severity.INFO, sum(old != new for part in parts for old, new in part.devices.items())
    )
    return stats


def merged_meta(parts: Sequence[Part]) -> dict[str, Any]:
    """What holds for all, devices and processes under their new numbers, and where everything came from."""
    metas = [part.member.trace.meta for part in parts]
    formats = {source_format(part.member.trace) for part in parts}
    steps: list[Any] = [meta.get("resolution_ns") for meta in metas]
    found: dict[str, Any] = {
        "format": formats.pop() if len(formats) == 1 and "trtexec-times" not in formats else "merged",
        "resolution_ns": None if None in steps else max(steps),
        "gpus": _renumbered(parts, "gpus", lambda part: part.devices),
        "processes": _renumbered(parts, "processes", lambda part: part.pids),
        "default_streams_of": {
            str(pid): default_streams(part.member.trace) for part in parts for pid in _new_pids(part)
        },
        "sources": [_source(part) for part in parts],
    }
    for key in ("clock", "kernel_gap_ns"):
        value = metas[0].get(key)
        if value is not None and (key == "clock" or all(meta.get(key) == value for meta in metas)):
            found[key] = value
    return found


def _new_pids(part: Part) -> list[int]:
    return [part.pids.get(pid, pid) for pid in used(part.member.trace, "pid")]


def _renumbered(
    parts: Sequence[Part], key: str, numbers: Callable[[Part], dict[int, int]]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        told = part.member.trace.meta.get(key)
        for old, new in numbers(part).items():
            known = told.get(str(old)) if isinstance(told, dict) else None
            entry = {**(known if isinstance(known, dict) else {}), "source": part.member.name}
            found.setdefault(str(new), entry if old == new else {**entry, "number": old})
    return found


def _source(part: Part) -> dict[str, Any]:
    meta = {key: value for key, value in part.member.trace.meta.items() if key not in ("gpus", "processes")}
    host = {} if part.host.startswith("#") else {"host": part.host}
    return {
        "file": part.member.name,
        "offset_ns": part.offset_ns,
        **host,
        "events": len(part.member.trace),
        "meta": meta,
    }
