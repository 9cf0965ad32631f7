"""The comparison of two traces as a table and a sentence."""

from __future__ import annotations

from profiler.report.tables import Json, TableData
from profiler.units import format_ns, format_percent


def diff_table(result: Json, most: int) -> TableData:
    """The ``most`` largest differences of ``diff --json``, by the size of the difference of their sums."""
    differing = [row for row in result["rows"] if row["change"] != "same"]
    cells = [
        (
            _name(row),
            row["category"],
            str(row["change"]),
            _counts(row),
            format_ns(row["a_ns"]),
            format_ns(row["b_ns"]),
            _signed(row["delta_ns"]),
            format_percent(row["delta_ns"] / row["a_ns"]) if row["a_ns"] and row["b_ns"] else "–",
        )
        for row in differing[:most]
    ]
    columns = ("name", "category", "change", "count", "A", "B", "difference", "of A")
    left = frozenset({"name", "category", "change"})
    more = len(differing) - len(cells)
    return TableData(f"… and {more:,} smaller ones" if more else "", columns, cells, left)


def diff_sentences(result: Json) -> list[str]:
    """What a reader wants first: how much was matched, what differs, and by how much in all."""
    rows = result["rows"]
    total_a, total_b = (sum(row[key] for row in rows) for key in ("a_ns", "b_ns"))
    only = f"{result['only_a']:,} are only in A, {result['only_b']:,} only in B."
    matched = f"{result['matched']:,} operations are matched, {only}"
    if all(row["change"] == "same" for row in rows):
        return [matched, "No operation differs." if rows else "Neither trace holds an operation to compare."]
    counts = {change: sum(row["change"] == change for row in rows) for change in ("changed", "added", "removed")}
    renamed = sum(row["change"] == "renamed" and bool(row["a_count"]) for row in rows)
    kinds = [*counts.items(), ("renamed", renamed)]
    changes = ", ".join(f"{count:,} {change}" for change, count in kinds if count)
    return [
        matched,
        f"By name: {changes}.",
        f"All operations together took {format_ns(total_a)} in A and {format_ns(total_b)} in B "
        f"({_signed(total_b - total_a)}).",
    ]


def _name(row: Json) -> str:
    if row["change"] != "renamed":
        return str(row["name"])
    return f"{row['name']} (now {row['other_name']})" if row["a_count"] else f"{row['name']} (was {row['other_name']})"


def _counts(row: Json) -> str:
    return f"{row['a_count']:,}" if row["a_count"] == row["b_count"] else f"{row['a_count']:,} → {row['b_count']:,}"


def _signed(ns: int) -> str:
    return f"+{format_ns(ns)}" if ns > 0 else format_ns(ns)
