"""Metadata of a file that Lanescope wrote, held to what those who use it count on.

Anybody may write or change such a file. An entry of another shape than Lanescope gives it would end an analysis
half-way, so it is left out and counted, as ``metadata_lost``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from profiler.io.json_values import finite
from profiler.trace.schema import LATEST_NS, Severity
from profiler.trace.tables import Stats

_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


LOST = "metadata_lost"


def sound(meta: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The entries that are what they should be, and how many are not.

    Entries that nobody here knows are kept, with null for numbers that JSON has no word for.

    Raises
    ------
    ValueError, TypeError
        It is no table of entries.
    RecursionError
        It is nested too deeply to be written again.
    """
    entries, _ = finite(dict(meta))
    kept = {key: value for key, value in entries.items() if key not in _SHAPES or _SHAPES[key](value)}
    return kept, len(entries) - len(kept)


def sound_counted(meta: Mapping[str, Any], stats: Stats) -> dict[str, Any]:
    """The same, those that are left out counted in ``stats``."""
    kept, lost = sound(meta)
    stats.add(LOST, Severity.DATA_LOSS, lost)
    return kept


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return type(value) is int and abs(value) <= LATEST_NS


def _count(value: Any) -> bool:
    return _whole(value) and value >= 0


def _or_none(shape: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or shape(value)


def _list(shape: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(shape, value))


def _table(shape: Callable[[Any], bool], *, numbered: bool = False) -> Callable[[Any], bool]:
    """Values of a shape, perhaps under numbers, which JSON has as texts."""
    return lambda value: (
        isinstance(value, dict)
        and all(map(shape, value.values()))
        and not (numbered and not all(map(_NUMBER.fullmatch, value)))
    )


def _named(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name", ""), str)


def _clock(value: Any) -> bool:
    return isinstance(value, dict) and ("base_ns" not in value or _whole(value["base_ns"]))


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "format": _text,
    "source_format": _text,
    "file": _text,
    "host": _text,
    "complete": _truth,
    "resolution_ns": _or_none(_count),
    "kernel_gap_ns": _or_none(_count),
    "requests": _or_none(_count),
    "chunks": _or_none(_count),
    "clock": _clock,
    "gpus": _table(_named, numbered=True),
    "processes": _table(_named),
    "threads": _table(_named),
    "default_streams": _or_none(_list(_whole)),
    "default_streams_of": _or_none(_table(_list(_whole), numbered=True)),
    "latencies_ns": _or_none(_list(_whole)),
}
