"""A slice in rows of text, without widgets."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Any

from gui.panels.text import shown
from profiler.report.escape import visible
from profiler.report.verdict import CAUSE_REMEDY, CAUSE_TEXT
from profiler.trace.tables import Trace
from profiler.units import format_ns, format_percent

#: Characters of arguments that are shown.
ARGUMENTS_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Related:
    """Another slice, how it is related, and what to say about it."""

    row: int
    text: str


def related(trace: Trace, about: Any) -> list[Related]:
    """Slices that have to do with one, the closest first."""
    return list(_related(trace, about))


def _related(trace: Trace, about: Any) -> Iterator[Related]:
    if about.launch is not None:
        delay = int(trace.ts[about.row] - trace.ts[about.launch])
        yield Related(about.launch, f"called by {_name(trace, about.launch)}, {format_ns(delay)} earlier")
    for row in about.launched:
        delay = int(trace.ts[row] - trace.ts[about.row])
        yield Related(row, f"starts {_name(trace, row)} {format_ns(delay)} later")
    for partner in about.partners:
        if partner.row != about.launch and partner.row not in about.launched:
            word = "waited for" if partner.into else "held up"
            yield Related(partner.row, f"{word} {_name(trace, partner.row)} ({partner.kind.replace('_', ' ')})")
    for row in about.parents:
        yield Related(row, f"inside {_name(trace, row)}, {format_ns(int(trace.dur[row]))}")
    for row in about.children:
        yield Related(row, f"holds {_name(trace, row)}, {format_ns(int(trace.dur[row]))}")


def exposure_text(about: Any) -> str:
    """How much of a copy is hidden, why the rest is not, and what would help; empty for what is no copy."""
    if about.exposed_ns is None:
        return ""
    whole = about.hidden_ns + about.exposed_ns
    if not about.exposed_ns:
        return "All of this copy is hidden under kernels."
    share = format_percent(about.exposed_ns / whole) if whole else "–"
    lines = [f"{format_ns(about.exposed_ns)} of this copy ({share}) is exposed."]
    for name, ns in sorted(about.causes.items(), key=lambda item: -item[1]):
        part = "" if ns == about.exposed_ns else f"{format_ns(ns)} "
        lines.append(f"{part}{name}: {CAUSE_TEXT.get(name, name)}. {CAUSE_REMEDY.get(name, '')}".rstrip())
    return "\n".join(lines)


def length_text(duration_ns: int, lengths: Any) -> str:
    """Where a duration stands among those of its name."""
    if lengths.count < 2 or duration_ns < 0 or lengths.median_ns is None:
        return ""
    share = share_below(duration_ns, lengths)
    if not share:
        start = f"None of the {lengths.count:,} slices of this name is shorter"
    else:
        start = f"Longer than about {format_percent(share)} of the {lengths.count:,} slices of this name"
    return f"{start}; their median is {format_ns(lengths.median_ns)}."


def share_below(duration_ns: int, lengths: Any) -> float:
    """The share of slices that are shorter, read off a histogram; the others in its bin are taken as evenly spread."""
    edges, counts = lengths.edges_ns, lengths.counts
    if duration_ns <= edges[0]:
        return 0.0
    if duration_ns >= edges[-1]:
        return (lengths.count - 1) / lengths.count
    place = bisect_right(edges, duration_ns) - 1
    low, high = max(edges[place], 1), max(edges[place + 1], 1)
    inside = log(max(duration_ns, 1) / low) / log(high / low) if high > low else 0.0
    return (sum(counts[:place]) + max(counts[place] - 1, 0) * inside) / lengths.count


def arguments_text(arguments: Any, most: int | None = ARGUMENTS_MOST) -> str:
    """What the source says besides, as indented JSON; texts of a kind that is none, as they are.

    Of more than ``most`` characters the first ones, with a line that says how many more there are.
    """
    if not arguments:
        return ""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, indent=2, default=str)
    cut = text if most is None else text[:most]
    rest = len(text) - len(cut)
    lines = [visible(line) for line in cut.splitlines()]
    return "\n".join([*lines, *([f"… {rest:,} more characters: Copy has all of them"] if rest else [])])


def as_text(about: Any, related_rows: list[Related], length: str) -> str:
    """Everything about a slice as text for the clipboard, whole."""
    lines = [f"{name}\t{value}" for name, value in about.columns]
    lines += [part for part in (exposure_text(about), length) if part]
    lines += [one.text for one in related_rows]
    text = arguments_text(about.arguments, most=None)
    return "\n".join([*lines, *(["", text] if text else [])]) + "\n"


def _name(trace: Trace, row: int) -> str:
    return shown(trace.name_of(row), 120)
