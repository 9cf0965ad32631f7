"""The comparison of two traces in words."""

from __future__ import annotations

from typing import Any

from profiler.report.diff_table import diff_sentences, diff_table


def row(
    name: str, change: str, a_ns: int, b_ns: int, a_count: int = 1, b_count: int = 1, **more: Any
) -> dict[str, Any]:
    return {
        "name": name, "category": "kernel", "a_ns": a_ns, "b_ns": b_ns, "delta_ns": b_ns - a_ns, "a_count": a_count,
        "b_count": b_count, "matched": min(a_count, b_count), "change": change, "other_name": None, **more,
    }  # fmt: skip


RESULT = {
    "matched": 3,
    "only_a": 2,
    "only_b": 1,
    "rows": [
        row("slow", "changed", 1000, 1500, 2, 2),
        row("old", "renamed", 300, 0, 1, 0, other_name="new"),
        row("new", "renamed", 0, 300, 0, 1, other_name="old"),
        row("gone", "removed", 200, 0, 1, 0),
        row("k", "same", 7, 7),
    ],
}


def test_what_differs_is_shown_and_nothing_else() -> None:
    table = diff_table(RESULT, 40)
    assert [list(cells) for cells in table.rows] == [
        ["slow", "kernel", "changed", "2", "1.000 µs", "1.500 µs", "+500 ns", "50.0 %"],
        ["old (now new)", "kernel", "renamed", "1 → 0", "300 ns", "0 ns", "−300 ns", "–"],
        ["new (was old)", "kernel", "renamed", "0 → 1", "0 ns", "300 ns", "+300 ns", "–"],
        ["gone", "kernel", "removed", "1 → 0", "200 ns", "0 ns", "−200 ns", "–"],
    ]
    assert table.title == ""


def test_rows_left_out_are_announced() -> None:
    table = diff_table(RESULT, 1)
    assert (len(table.rows), table.title) == (1, "… and 3 smaller ones")


def test_sentences() -> None:
    assert diff_sentences(RESULT) == [
        "3 operations are matched, 2 are only in A, 1 only in B.",
        "By name: 1 changed, 1 removed, 1 renamed.",
        "All operations together took 1.507 µs in A and 1.807 µs in B (+300 ns).",
    ]


def test_traces_that_do_not_differ() -> None:
    same = {"matched": 1, "only_a": 0, "only_b": 0, "rows": [row("k", "same", 7, 7)]}
    assert diff_sentences(same)[1] == "No operation differs."
    assert diff_table(same, 40).rows == []
    nothing = {"matched": 0, "only_a": 0, "only_b": 0, "rows": []}
    assert diff_sentences(nothing)[1] == "Neither trace holds an operation to compare."
