from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.ruler import make_ruler, tick_label
from profiler.timeline.viewport import Viewport
from profiler.units import parse_duration_ns

US, MS, S = 1_000, 1_000_000, 1_000_000_000
MIN, H, D = 60 * S, 3600 * S, 86_400 * S

#: Round numbers of each unit; of a day, and of what is shorter than ten seconds, every 1, 2 and 5 times a power of ten.
ROUND = {10 * S, 20 * S, 30 * S, *(part * MIN for part in (1, 2, 5, 10, 20, 30)), *(part * H for part in (1, 2, 6, 12))}


def letters(text: str) -> float:
    return 7.0 * len(text)


@pytest.mark.parametrize(
    ("start", "end", "width", "step", "first_labels"),
    [
        (0, 5 * MS, 1000, 500 * US, ["0.0 ms", "0.5 ms", "1.0 ms", "1.5 ms"]),
        (0, 12 * MS, 1000, MS, ["0 ms", "1 ms", "2 ms"]),
        (0, 900 * US, 1000, 100 * US, ["0 µs", "100 µs", "200 µs"]),
        (0, MS, 1000, 100 * US, ["0.0 ms", "0.1 ms"]),
        (0, 100, 1000, 10, ["0 ns", "10 ns"]),
        (0, 40 * S, 1000, 5 * S, ["0 s", "5 s"]),
        (0, 10 * MIN, 1000, MIN, ["0 min", "1 min", "2 min"]),
        (0, 2 * H, 1000, 10 * MIN, ["0 min", "10 min", "20 min"]),
        (0, 5 * H, 1000, 30 * MIN, ["0.0 h", "0.5 h", "1.0 h"]),
        (0, 30 * D, 1000, 2 * D, ["0 d", "2 d", "4 d"]),
        (29 * D, 29 * D + 10 * S, 1000, S, ["2505600 s", "2505601 s"]),
        (1_700_000_000 * S, 1_700_000_000 * S + 3 * D, 1000, D // 2, ["1700006400 s", "1700049600 s"]),
        (1_234_500 * US, 1_234_600 * US, 1000, 10 * US, ["1.23450 s", "1.23451 s"]),
    ],
)
def test_golden_rulers(start: int, end: int, width: int, step: int, first_labels: list[str]) -> None:
    ruler = make_ruler(Viewport(start, end, width), letters)
    assert ruler.step_ns == step
    assert list(ruler.labels[: len(first_labels)]) == first_labels


def test_minor_ticks_cut_a_step_in_fifths_or_quarters() -> None:
    ruler = make_ruler(Viewport(0, 5 * MS, 1000), letters)
    assert np.diff(np.sort(np.concatenate((ruler.major, ruler.minor)))).tolist() == [100 * US] * 50
    two = make_ruler(Viewport(0, 100 * US, 500), letters)
    assert two.step_ns == 20 * US
    assert np.unique(np.diff(np.sort(np.concatenate((two.major, two.minor))))).tolist() == [5 * US]


def test_no_minor_ticks_below_a_nanosecond() -> None:
    ruler = make_ruler(Viewport(0, 10, 1000), letters)
    assert ruler.step_ns == 1
    assert len(ruler.minor) == 0


def test_ticks_count_from_the_origin() -> None:
    ruler = make_ruler(Viewport(1_003, 1_103, 1000), letters, origin_ns=1_003)
    assert ruler.major[0] == 1_003
    assert ruler.labels[:2] == ("0 ns", "10 ns")


def test_times_before_the_origin_are_negative() -> None:
    assert tick_label(-1_500_000, 500_000, MS, "ms") == "−1.5 ms"


@given(st.integers(-(10**15), 10**18), st.integers(10, 10**16), st.integers(200, 3000), st.integers(-(10**12), 10**18))
def test_rulers_are_exact_and_keep_their_distance(start: int, span: int, width: int, origin: int) -> None:
    view = Viewport(start, start + span, width)
    ruler = make_ruler(view, letters, origin_ns=origin)
    step = ruler.step_ns if ruler.step_ns < 10 * S else ruler.step_ns // D
    assert ruler.step_ns in ROUND or str(step).rstrip("0") in ("1", "2", "5")
    assert all((time - origin) % ruler.step_ns == 0 for time in ruler.major.tolist())
    assert all(start <= time <= start + span for time in [*ruler.major.tolist(), *ruler.minor.tolist()])
    assert not set(ruler.major.tolist()) & set(ruler.minor.tolist())
    for time, label in zip(ruler.major.tolist(), ruler.labels, strict=True):
        assert parse_duration_ns(label.replace("−", "-").replace(" ", "")) == time - origin
    step_px = ruler.step_ns / view.ns_per_px
    assert all(letters(label) + 24 <= step_px + 1e-6 for label in ruler.labels)
    assert len(ruler.major) == len(ruler.labels) >= span // ruler.step_ns
