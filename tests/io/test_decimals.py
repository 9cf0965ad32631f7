"""Digits become whole numbers exactly as `decimal.Decimal` has them, in any notation."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.io.decimals import exact_scaled, finite_float, parse_scaled

_LARGEST = 2**63 - 1

plain = st.from_regex(r"\A-?[0-9]{1,15}(\.[0-9]{1,3})?\Z")
numbers = st.one_of(
    plain,
    st.from_regex(r"\A-?[0-9]{1,22}(\.[0-9]{1,25})?\Z"),
    st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{1,9})?[eE][+-]?[0-9]{1,3}\Z"),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


def expected(text: str, decimals: int) -> tuple[int, bool] | None:
    with localcontext() as context:
        context.prec = 2000
        scaled = Decimal(text) * 10**decimals
        whole = scaled.to_integral_value(ROUND_HALF_EVEN)
        return (int(whole), whole != scaled) if abs(whole) <= _LARGEST else None


@given(st.lists(numbers, max_size=40), st.sampled_from([0, 3, 6, 9]), st.booleans())
def test_agrees_with_decimal(texts: list[str], decimals: int, quoted: bool) -> None:
    tokens = [json.dumps(text).encode() if quoted else text.encode() for text in texts]
    parsed = parse_scaled(tokens, decimals)
    wanted = [expected(text, decimals) for text in texts]
    assert parsed.bad.tolist() == [place for place, one in enumerate(wanted) if one is None]
    assert parsed.rounded.tolist() == [place for place, one in enumerate(wanted) if one is not None and one[1]]
    assert parsed.values.tolist() == [0 if one is None else one[0] for one in wanted]


@given(st.lists(plain, min_size=1, max_size=40))
def test_one_by_one_is_the_same(texts: list[str]) -> None:
    together = parse_scaled([text.encode() for text in texts], 3)
    assert together.values.tolist() == [exact[0] for text in texts if (exact := exact_scaled(text.encode(), 3))]


@given(st.lists(st.binary(max_size=12), max_size=12))
def test_any_bytes_are_a_number_or_bad(tokens: list[bytes]) -> None:
    parsed = parse_scaled(tokens, 3)
    for place, token in enumerate(tokens):
        exact = exact_scaled(token, 3)
        assert (place in parsed.bad) == (exact is None)
        assert parsed.values[place] == (0 if exact is None else exact[0])


@pytest.mark.parametrize(
    "token", [b"", b"null", b"NaN", b"Infinity", b"1-2", b"1.2.3", b"--1", b"1e400", b'"1,2"', b"[1]"]
)
def test_what_is_no_number(token: bytes) -> None:
    parsed = parse_scaled([b"5", token, b"0.25"], 3)
    assert parsed.bad.tolist() == [1]
    assert parsed.values.tolist() == [5000, 0, 250]


def test_epoch_times_keep_their_nanoseconds() -> None:
    parsed = parse_scaled([b"1682725898082228.001", b"1682725898082228.002"], 3)
    assert parsed.values.tolist() == [1682725898082228001, 1682725898082228002]


@pytest.mark.parametrize(
    ("token", "value"), [(b"1.5", 1.5), (b'"2"', 2.0), (b"null", None), (b"1e999", None), (b"x", None)]
)
def test_finite_float(token: bytes, value: float | None) -> None:
    assert finite_float(token) == value
