"""Pictures on the way cost little against the reading, whatever either costs a row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.workers.tasks.pace import Pace

BLOCK_S = 0.05


def shown_at(read_s: float, drawn_row_s: float, *, rows_a_s: int = 1_000_000) -> list[tuple[float, int]]:
    """When pictures are drawn while a file is read that takes ``read_s`` by itself, and how many rows each shows."""
    pace, now, rows, found = Pace(0.0), 0.0, 0, []
    for _ in range(round(read_s / BLOCK_S)):
        now += BLOCK_S
        rows += round(BLOCK_S * rows_a_s)
        if pace.is_due(now, rows):
            found.append((now, rows))
            begun, now = now, now + rows * drawn_row_s
            pace.drew(begun, now, rows)
    return found


@given(st.floats(1.0, 60.0), st.floats(1e-9, 2e-6))
def test_all_pictures_but_the_first_cost_a_tenth_of_the_reading_at_most(read_s: float, drawn_row_s: float) -> None:
    shown = shown_at(read_s, drawn_row_s)
    assert sum(rows * drawn_row_s for _, rows in shown[1:]) <= 0.1 * read_s


def test_the_first_comes_soon() -> None:
    assert shown_at(5.0, 1e-6)[0][0] == pytest.approx(0.3)


def test_what_is_read_quicker_than_it_is_drawn_is_shown_once() -> None:
    assert len(shown_at(60.0, 2e-6)) == 1


def test_what_is_drawn_quickly_is_shown_again_and_again() -> None:
    assert len(shown_at(30.0, 1e-9)) > 50


def test_a_short_file_is_not_shown_before_it_is_whole() -> None:
    assert not shown_at(0.25, 1e-6)
