"""``lanescope info``: what a trace holds, before anything is computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.cli.options import JsonOption, TraceArgument
from profiler.cli.output import Cell, print_json, print_table, print_text
from profiler.cli.reading import read_shown, reading
from profiler.units import format_bytes, format_ns

if TYPE_CHECKING:
    from profiler.io.summary import Summary
    from profiler.trace.tables import Trace

#: What is counted; other numbers name something.
_NUMBERS = ("events", "count", "slices", "rows", "name")

#: Tracks that the text shows; JSON has them all.
SHOWN_TRACKS = 40

LanesOption = Annotated[
    bool, typer.Option("--lanes", help="List the lanes of the window too: engines, streams, threads, ranges, counters.")
]


def command(trace: TraceArgument, lanes: LanesOption = False, as_json: JsonOption = False) -> None:
    """Say what a trace file holds: events, tracks, devices, time range, and what its import lost or repaired."""
    from profiler.io.summary import summarize, summary_of

    if lanes:
        rows = read_shown(trace, partial=True)
        found = describe(summary_of(rows), trace) | {"lanes": _lanes(rows)}
    else:
        with reading(trace):
            found = describe(summarize(trace), trace)
    if as_json:
        print_json(found)
    else:
        _print_description(found)


def describe(summary: Summary, path: str) -> dict[str, Any]:
    """What ``lanescope info --json`` prints.

    Times are ns; ``start_ns`` and ``end_ns`` are those of the records that completed, None where there is none.
    """
    from profiler.trace.schema import Category

    whole, meta = summary.whole, summary.meta
    start, end = whole.first_ns, whole.last_ns
    return {
        "file": path,
        "format": meta.get("format"),
        "file_bytes": Path(path).stat().st_size,
        "resolution_ns": meta.get("resolution_ns"),
        "events": whole.events,
        "start_ns": start,
        "end_ns": end,
        "span_ns": end - start if start is not None and end is not None else None,
        "categories": {kind.name.lower(): whole.categories[kind] for kind in Category if whole.categories[kind]},
        "devices": _devices(summary),
        "tracks": _tracks(summary),
        "names": summary.names,
        "edges": summary.edges,
        "counters": summary.counters,
        "stats": summary.stats.to_json(),
        "meta": meta,
    }


def _devices(summary: Summary) -> list[dict[str, Any]]:
    gpus = summary.meta.get("gpus") or {}
    return [
        {"device": one.device, "name": gpus.get(str(one.device), {}).get("name"), "events": one.events}
        for one in summary.whole.devices
    ]


def _tracks(summary: Summary) -> list[dict[str, Any]]:
    return [
        {
            "kind": track.kind.name.lower(),
            "name": track.name,
            "pid": _known(track.pid),
            "tid": _known(track.tid),
            "device": _known(track.device),
            "context": _known(track.context),
            "stream": _known(track.stream),
            "events": count,
        }
        for track, count in zip(summary.tracks, summary.whole.tracks, strict=False)
    ]


def _lanes(trace: Trace) -> list[dict[str, Any]]:
    """Every lane and counter that the window draws, in its order, with the slices in it."""
    from profiler.timeline.listing import listed
    from profiler.timeline.model import Timeline

    return [
        {
            "groups": list(one.groups),
            "kind": one.kind,
            "name": one.name,
            "device": _known(one.device),
            "slices": one.slices,
            "rows": one.rows,
        }
        for one in listed(Timeline(trace))
    ]


def _known(number: int) -> int | None:
    return None if number == -1 else number


def _print_description(found: dict[str, Any]) -> None:
    print_text(f"{found['file']}: {found['format'] or 'unknown format'}, {format_bytes(found['file_bytes'])}")
    resolution = found["resolution_ns"]
    print_text(
        f"{found['events']:,} events over {format_ns(found['span_ns'])}"
        + (f", times to {format_ns(resolution)}" if resolution is not None else "")
    )
    _print_part("Categories", ("category", "events"), list(found["categories"].items()))
    _print_part("Devices", ("device", "name", "events"), _rows(found["devices"]))
    shown = found["tracks"][:SHOWN_TRACKS]
    columns = ("kind", "name", "pid", "tid", "device", "context", "stream", "events")
    _print_part("Tracks", columns, _rows(shown))
    if len(found["tracks"]) > len(shown):
        print_text(f"… and {len(found['tracks']) - len(shown):,} more tracks; --json has them all.")
    lanes = [{**lane, "groups": " > ".join(lane["groups"])} for lane in found.get("lanes", [])]
    _print_part("Lanes", ("in", "kind", "lane", "device", "slices", "rows"), _rows(lanes))
    _print_part("Lost or repaired on import", ("what", "severity", "count"), _rows(found["stats"]))
    _print_part("Metadata", ("key", "value"), [(key, _short(value)) for key, value in found["meta"].items()])


def _print_part(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    if rows:
        print_text("")
        print_table(columns, rows, title=title)


def _rows(entries: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    return [[_identifier(key, value) for key, value in entry.items()] for entry in entries]


def _identifier(key: str, value: Any) -> Cell:
    """Numbers that name something are text: they are not to be grouped by thousands."""
    return str(value) if value is not None and key not in _NUMBERS else value


def _short(value: object) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:199]}…"
