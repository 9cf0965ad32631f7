"""The gate's expression language: what holds, and what is refused with a reason."""

from __future__ import annotations

import pytest

from profiler.errors import UsageError
from profiler.experiment.gate import Gate

ROW = {
    "batch": 128,
    "strategy": "serial",
    "overlap": {"hidden_fraction": 0.5, "exposed_ns": 10},
    "network_latency_ns": {"median": 7},
    "hardware_latency_ns": {"median": 5},
    "bounds": {"achieved": None},
    "causes": {"fill-or-drain": 4, "pageable": 6},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("overlap.hidden_fraction < 0.8", True),
        ("hidden_fraction < 0.8 and batch >= 129", False),
        ("hidden_fraction < 0.8 or batch >= 129", True),
        ("not (hidden_fraction < 0.8)", False),
        ("0.4 < hidden_fraction < 0.6", True),
        ("0.4 < hidden_fraction < 0.45", False),
        ("strategy == 'serial'", True),
        ("strategy != 'serial'", False),
        ("exposed_ns / batch > 0.05", True),
        ("exposed_ns - 2 * 5 == 0", True),
        ("-exposed_ns < -9", True),
        ("achieved < 0.5", False),
        ("achieved > 0.5", False),
        ("achieved + 1 > 0", False),
        ("causes.fill_or_drain > 3", True),
        ("fill_or_drain + pageable == exposed_ns", True),
        ("causes.default_stream > 0", False),
        ("causes.default_stream == 0", True),
        ("network_latency_ns.median > hardware_latency_ns.median", True),
    ],
)
def test_expressions(text: str, expected: bool) -> None:
    assert Gate(text).holds(ROW) is expected


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "__import__('os')", "batch if batch else 1", "[1]", "lambda: 1", "batch ** 9", "x" * 2000, "a = 1"],
)
def test_what_is_no_expression_is_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(UsageError):
        Gate(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hiden_fraction < 1", "Did you mean hidden_fraction"),
        ("median < 1", "Write it in full"),
        ("strategy < 1", "cannot be computed"),
        ("batch / 0 > 1", "cannot be computed"),
        ("causes.pageble > 0", "Did you mean causes.pageable"),
    ],
)
def test_wrong_names_and_types_are_refused_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Gate(text).holds(ROW)


def test_an_operator_that_is_not_allowed_is_shown_with_what_it_stands_in() -> None:
    with pytest.raises(UsageError, match=r"'10 \*\* 9 > 1' is not allowed"):
        Gate("10 ** 9 > 1")
