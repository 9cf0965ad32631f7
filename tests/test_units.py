"""Times as a person reads and types them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.units import format_difference_ns, format_ns, parse_duration_ns

S = 1_000_000_000


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_234, "1.234 µs"),
        (999_600, "1.000 ms"),
        (999 * S, "999.0 s"),
        (1000 * S, "16 min 40 s"),
        (1020 * S, "17 min"),
        (3600 * S - 1, "1 h"),
        (3599 * S, "59 min 59 s"),
        (86_400 * S - 1, "1 d"),
        (7260 * S, "2 h 1 min"),
        (2_512_801 * S, "29 d 2 h"),
        (-2_512_801 * S, "−29 d 2 h"),
        (None, "–"),
    ],
)
def test_times_in_the_unit_that_suits_them(ns: int | None, text: str) -> None:
    assert format_ns(ns) == text


@given(st.integers(1000 * S, 10**18))
def test_long_times_are_rounded_and_no_more(ns: int) -> None:
    words = format_ns(ns).split()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    told = sum(parse_duration_ns(number + unit) for number, unit in pairs)
    smallest = {"d": 3600, "h": 60, "min": 1}[pairs[0][1]] * S
    assert abs(told - ns) <= smallest / 2 + 1
    assert all(int(number) > 0 for number, _ in pairs)
    assert not (pairs[0][1] == "h" and int(pairs[0][0]) >= 24)


@pytest.mark.parametrize(("text", "ns"), [("2min", 120 * S), ("1.5h", 5400 * S), ("29 d", 29 * 86_400 * S), ("3m", 0)])
def test_long_times_can_be_typed(text: str, ns: int) -> None:
    if not ns:
        with pytest.raises(UsageError, match="is not a time"):
            parse_duration_ns(text)
    else:
        assert parse_duration_ns(text) == ns


@pytest.mark.parametrize("text", ["1e30", "-1e19", "1e999999s", "1e99999999999999999999", "73d", "3e18ns"])
def test_a_time_that_no_trace_can_reach_is_refused(text: str) -> None:
    if text == "73d":
        assert parse_duration_ns(text) == 73 * 86_400 * S
        return
    with pytest.raises(UsageError, match=r"out of range for a time\. Give 73 years"):
        parse_duration_ns(text)


def test_differences_carry_their_sign() -> None:
    assert [format_difference_ns(ns) for ns in (0, 1200, -300)] == ["=", "+1.200 µs", "−300 ns"]
