"""The text of ``--window``."""

from __future__ import annotations

import pytest

from profiler.analysis.window import extent, parse_window
from profiler.errors import UsageError
from profiler.trace.schema import Category
from profiler.trace.tables import Trace
from tests.analysis.timelines import Timeline


@pytest.fixture
def trace() -> Trace:
    timeline = Timeline()
    timeline.host(1_000, 1_100)
    timeline.kernel(2_000, 9_000)
    timeline.kernel(0, 0)
    for start in (3_000, 5_000):
        timeline.add(Category.MARKER, start, start + 500, "step: forward")
    timeline.add(Category.MARKER, 3_000, 3_000, "instant")
    return timeline.trace()


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("1.5us:2us", (2_500, 3_000)),
        ("100:200", (1_100, 1_200)),
        (":200", (1_000, 1_200)),
        ("4us:", (5_000, 9_000)),
        (":", (1_000, 9_000)),
        (" 100 : 0.2us ", (1_100, 1_200)),
        ("10us:1ms", (11_000, 1_001_000)),
        ("nvtx:step: forward", (3_000, 5_500)),
    ],
)
def test_windows_count_from_the_first_record(text: str, window: tuple[int, int], trace: Trace) -> None:
    assert parse_window(text, trace) == window


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a window"),
        ("5us", "not a window"),
        ("1:2:3", "not a window"),
        ("a:b", "'a' is not a time"),
        ("1e30:2e30", "'1e30' is out of range"),
        (":-1e999999", "is out of range"),
        ("2us:1us", "holds no time"),
        ("2us:2us", "holds no time"),
        ("9us:", "holds no time"),
        ("nvtx:backward", "no range is called 'backward'.*step: forward"),
        ("nvtx:instant", "holds no time"),
    ],
)
def test_wrong_use(text: str, complaint: str, trace: Trace) -> None:
    with pytest.raises(UsageError, match=complaint):
        parse_window(text, trace)


def test_a_trace_without_ranges_says_so() -> None:
    with pytest.raises(UsageError, match="has no ranges"):
        parse_window("nvtx:x", Timeline().trace())


def test_nothing_has_no_extent() -> None:
    assert extent(Timeline().trace()) == (0, 0)
