"""Patterns that people type, against Python's own engine where both have a meaning, and what is refused."""

from __future__ import annotations

import re

import pytest

from profiler.errors import UsageError
from profiler.trace.patterns import found_in, why_not

NAMES = [
    "",
    "HtoD",
    "stream 1",
    "stream 12",
    "void gemm<float, 64>(int)",
    "résumé É",
    "a\nb",
    "Ω kernel",
    "[x]",
    "aaaa",
]


@pytest.mark.parametrize(
    "pattern",
    ["stream (1|2)$", "^$", "gemm<.*>", r"\[x\]", "é", "a.b", "(?s)a.b", "[^a-z ]", "a{2,3}", "x*", r"\bkernel", "Ω"],
)
@pytest.mark.parametrize("any_case", [False, True])
def test_what_both_engines_read_means_the_same(pattern: str, any_case: bool) -> None:
    flags = re.IGNORECASE if any_case else re.NOFLAG
    assert found_in(NAMES, pattern, any_case=any_case).tolist() == [
        re.search(pattern, name, flags) is not None for name in NAMES
    ]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a(", "missing"),
        ("(?=a)", "operator"),
        (r"(a)\1", "escape"),
        ("a" * 501, "501 letters"),
        (".{1000}", "1,000 times"),
        ("((a?){30}){30}", "900 times"),
        ("x{2,101}", "101 times"),
        ("(a{2}b[)}]{3}){40}", "120 times"),
    ],
)
def test_what_is_not_matched_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    assert reason in why_not(pattern)
    with pytest.raises(UsageError, match="RE2") as error:
        found_in(NAMES, pattern, where="search")
    assert reason in str(error.value)
    assert str(error.value).startswith("search: ")


@pytest.mark.parametrize(
    "pattern", ["", "[{1000}]", r"\{1000}", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}", "(a{10}){10}", ")"]
)
def test_counts_are_read_where_they_count(pattern: str) -> None:
    assert "times" not in why_not(pattern)


def test_half_a_letter_is_searched_all_the_same() -> None:
    assert found_in(["a\udcffb", "b"], "^a").tolist() == [True, False]
    assert found_in(["a\udcffb", "b"], "\udcff").tolist() == [True, False]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(a*)*b?", "(.*)(.*)(.*)(.*)(.*)(.*)x"])
def test_no_pattern_takes_more_than_its_text(pattern: str) -> None:
    """With an engine that tries every way, this would not end."""
    text = "a" * 4000 + "!"
    assert found_in([text] * 300, pattern).tolist() == [pattern == "(a*)*b?"] * 300
