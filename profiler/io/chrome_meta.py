"""Metadata of a Chrome or Kineto file, and what only the whole file can tell of its slices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.json_values import finite
from profiler.io.kineto_words import KINETO_KEYS, KINETO_WORDS
from profiler.trace.schema import MISSING, Category, Severity
from profiler.trace.tables import Stats, Trace

Array = npt.NDArray[Any]

_HEADER_BYTES = 1 << 16
#: Rows looked at in one go.
_STEP = 1 << 16


def file_meta(header: Mapping[str, Any], words: Iterable[str], stats: Stats) -> dict[str, Any]:
    """``format``, ``gpus``, ``clock`` and whatever else stands beside the events.

    ``clock`` has ``base_ns``: Kineto writes times from a base that `read` does not add, so that they stay as written.
    """
    header = _finite(header, stats)
    is_kineto = not KINETO_KEYS.isdisjoint(header) or not KINETO_WORDS.isdisjoint(word.lower() for word in words)
    meta: dict[str, Any] = {"format": "kineto" if is_kineto else "chrome"}
    gpus = _gpus(header.get("deviceProperties"))
    if gpus:
        meta["gpus"] = gpus
    base = header.get("baseTimeNanoseconds")
    if isinstance(base, int):
        meta["clock"] = {"base_ns": base}
    rest = {key: value for key, value in header.items() if key not in _TAKEN}
    if rest and len(json.dumps(rest)) <= _HEADER_BYTES:
        meta["header"] = rest
    elif rest:
        stats.add("header_dropped", Severity.DATA_LOSS, len(rest))
    return meta


def _finite(header: Mapping[str, Any], stats: Stats) -> dict[str, Any]:
    """The header with null for numbers that JSON has no word for; nothing of one that is nested too deeply."""
    try:
        found: dict[str, Any]
        found, odd = finite(dict(header))
    except RecursionError:
        stats.add("header_dropped", Severity.DATA_LOSS, len(header))
        return {}
    stats.add("non_finite_number", Severity.REPAIRED, odd)
    return found


_TAKEN = frozenset({"traceEvents", "deviceProperties", "baseTimeNanoseconds", "lanescope"})


def _gpus(properties: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(properties, list):
        return {}
    known = [entry for entry in properties if isinstance(entry, dict) and isinstance(entry.get("id"), int)]
    return {str(entry["id"]): {"name": str(entry.get("name", "")), **entry} for entry in known}


def resolution_ns(ts: Array, dur: Array) -> int:
    """1000 where every time is a whole microsecond, 1 otherwise."""
    for first in range(0, len(ts), _STEP):
        some = ts[first : first + _STEP], dur[first : first + _STEP]
        if (some[0] % 1000).any() or (some[1][some[1] > 0] % 1000).any():
            return 1
    return 1000 if len(ts) else 1


def launching_processes(
    trace: Trace, pid_of_track: Array, is_device_track: npt.NDArray[np.bool_], stats: Stats
) -> dict[int, int]:
    """The process of each device track: Kineto files device slices under the device, not the process.

    In a file of one process all belong to it. With several, a track belongs to the process whose calls have the
    correlation ids of its slices, if they are of one; otherwise its process stays unknown.
    """
    calls = (trace.category == Category.RUNTIME) | (trace.category == Category.DRIVER)
    of_track = np.bincount(trace["track"][calls], minlength=len(pid_of_track))
    launching = np.unique(pid_of_track[(of_track > 0) & (pid_of_track >= 0)])
    tracks = np.flatnonzero(is_device_track).tolist()
    if len(launching) <= 1:
        return {track: int(launching[0]) if len(launching) else MISSING for track in tracks}
    host = np.flatnonzero(calls & (pid_of_track >= 0)[trace["track"]])
    rows = np.flatnonzero(is_device_track[trace["track"]])
    owner = _owners(trace["correlation_id"][host], pid_of_track[trace["track"][host]], trace["correlation_id"][rows])
    owned = owner != MISSING
    process = _agreed(trace["track"][rows[owned]], owner[owned], len(is_device_track))
    found = {track: int(process[track]) for track in tracks}
    stats.add("process_unknown", Severity.INFO, sum(pid == MISSING for pid in found.values()))
    return found


def _owners(correlation: Array, pids: Array, asked: Array) -> Array:
    """The process that has each correlation id ``asked`` for alone; `MISSING` for ids of several or of none."""
    known = correlation >= 0
    ids, place = np.unique(correlation[known], return_inverse=True)
    if not len(ids):
        return np.full(len(asked), MISSING, np.int64)
    owner = _agreed(place, pids[known], len(ids))
    at = np.searchsorted(ids, asked).clip(0, len(ids) - 1)
    return np.where(ids[at] == asked, owner[at], MISSING)


def _agreed(group: Array, values: Array, groups: int) -> Array:
    """The value that all members of each group have; `MISSING` where they differ, and for a group without members."""
    low, high = np.full(groups, np.iinfo(np.int64).max), np.full(groups, np.iinfo(np.int64).min)
    np.minimum.at(low, group, values)
    np.maximum.at(high, group, values)
    return np.where(low == high, low, MISSING)
