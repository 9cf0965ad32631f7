"""Cells of a CSV file: no formula, no control character, and everything else as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.io.csv_text import csv_line, harmless
from profiler.io.table import write_csv


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\t=1"),
        ("\r\n=1", "'\\r\\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("k[/foo]", "k[/foo]"),
        ("f<a>(b)", "f<a>(b)"),
        ("[with T=float]", "[with T=float]"),
        ("\x1b]0;x", "\\x1b]0;x"),
        ("a\0b", "a\\x00b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("größe 数", "größe 数"),
        ("", ""),
    ],
)
def test_harmless(text: str, cell: str) -> None:
    assert harmless(text) == cell


@given(st.text())
def test_no_cell_starts_a_formula_or_holds_a_control_character(text: str) -> None:
    cell = harmless(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20"))
    assert all(letter >= " " and not "\x7f" <= letter <= "\x9f" for letter in cell)
    assert harmless(cell) == cell


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")), min_size=2))
def test_kept_texts_are_read_back_as_they_were(cells: list[str]) -> None:
    assert next(csv.reader(io.StringIO(csv_line(cells, keep=True), newline=""))) == cells


def test_numbers_are_no_formulas() -> None:
    assert csv_line([-5, -0.5, None, True, "-5"]) == "-5,-0.5,,True,'-5\n"


def test_result_tables_are_harmless_too(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [{"workload": "=1+1", "batch": -1}, {"workload": None}])
    assert (tmp_path / "t.csv").read_text() == "workload,batch\n'=1+1,-1\n,\n"
