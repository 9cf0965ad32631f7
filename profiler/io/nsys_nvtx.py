"""NVTX ranges and marks of an exported Nsight Systems report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.nsys_names import MARKS, NAMING, PUSH_POP, START_END, NvtxEvent
from profiler.io.sqlite_tables import Database
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import MISSING, NO_TIME, Severity

Array = npt.NDArray[Any]
Block = dict[str, npt.NDArray[np.int64]]

_TABLE = "NVTX_EVENTS"
_COLUMNS = {
    "start": NO_TIME,
    "end": NO_TIME,
    "eventType": MISSING,
    "textId": MISSING,
    "globalTid": MISSING,
    "domainId": 0,
}


def add_nvtx(
    database: Database,
    builder: TraceBuilder,
    strings: Mapping[int, str],
    add: Callable[[Block, Array, list[str]], None],
) -> None:
    """Pass every range and mark to ``add``: times, names, and the lane within its thread.

    Push-pop ranges of one domain nest on a thread. Start-end ranges need not, so they get a lane of their own. Rows
    that only name something are no events; rows of any other type are counted as ``nvtx_events_not_read``.
    """
    domains = _domains(database, strings)
    for block, texts in database.blocks_with(_TABLE, _COLUMNS, ("text",), _text):
        kind = block["eventType"]
        taken = np.isin(kind, (*MARKS, *PUSH_POP, *START_END))
        others = int((~taken & ~np.isin(kind, NAMING)).sum())
        builder.stats.add("nvtx_events_not_read", Severity.INFO, others)
        places = np.flatnonzero(taken)
        found = {name: values[places] for name, values in block.items()}
        found["end"] = np.where(np.isin(found["eventType"], MARKS), found["start"], found["end"])
        names = [
            strings.get(text, "") if (given := texts[place]) is None else given
            for place, text in zip(places.tolist(), found["textId"].tolist(), strict=True)
        ]
        add(found, builder.names(names), _lanes(found, domains))


def _lanes(block: Block, domains: Mapping[int, str]) -> list[str]:
    crossing = np.isin(block["eventType"], START_END).tolist()
    named = [domains.get(number, "") for number in block["domainId"].tolist()]
    return [f"NVTX {name}{' start-end' if apart else ''}".strip() for name, apart in zip(named, crossing, strict=True)]


def _domains(database: Database, strings: Mapping[int, str]) -> dict[int, str]:
    """Names of the NVTX domains."""
    found = {}
    for block, texts in database.blocks_with(_TABLE, _COLUMNS, ("text",), _text):
        for place in np.flatnonzero(block["eventType"] == NvtxEvent.DOMAIN).tolist():
            found[int(block["domainId"][place])] = texts[place] or strings.get(int(block["textId"][place]), "")
    return found


def _text(values: tuple[Any, ...]) -> str | None:
    return values[0] if isinstance(values[0], str) else None
