"""Numbers of a text file as whole numbers, exactly: digits are read as digits, never through a float64.

A float64 of epoch microseconds has steps of a quarter of a microsecond, so a time that passes through one is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from math import isfinite

import numpy as np
import numpy.typing as npt

_LARGEST = np.iinfo(np.int64).max
_DOT, _COMMA = ord("."), ord(",")
_PLAIN = b"0123456789.-"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NONE = np.empty(0, np.int64)
_POWERS = 10 ** np.arange(19, dtype=np.int64)

Values = npt.NDArray[np.int64]

#: A JSON number or string as it stands in the file; anything with a buffer.
Token = bytes | memoryview


@dataclass(slots=True)
class Parsed:
    """Whole numbers, one a token.

    Attributes
    ----------
    values : int64 array
        In the unit asked for; 0 where ``bad``.
    bad : int64 array
        Places of tokens that are no finite number in the range of int64.
    rounded : int64 array
        Places of numbers that had digits below the unit and were rounded half to even.
    """

    values: Values
    bad: Values
    rounded: Values


def parse_scaled(tokens: Sequence[Token], decimals: int) -> Parsed:
    """Each token times 10^``decimals``: microseconds with ``decimals`` 3 come back as nanoseconds.

    Parameters
    ----------
    tokens : sequence of bytes-like
        JSON values. Numbers in any notation, or numbers within quotes; everything else is ``bad``.
    decimals : int
        0 to 9.
    """
    if not tokens:
        return Parsed(_NONE, _NONE, _NONE)
    joined = b",".join(tokens)
    odd: list[int] = []
    if joined.translate(None, _PLAIN + b","):
        odd = [place for place, token in enumerate(tokens) if not token or bytes(token).translate(None, _PLAIN)]
        patched = list(tokens)
        for place in odd:
            patched[place] = b"0"
        joined = b",".join(patched)
    values, unsure, rounded = _parse_plain(joined, len(tokens), decimals)
    bad, also_rounded = [], []
    for place in sorted({*odd, *unsure.tolist()}):
        exact = exact_scaled(bytes(tokens[place]), decimals)
        values[place] = 0 if exact is None else exact[0]
        if exact is None:
            bad.append(place)
        elif exact[1]:
            also_rounded.append(place)
    return Parsed(values, np.array(bad, np.int64), np.union1d(rounded, also_rounded).astype(np.int64))


def exact_scaled(token: bytes, decimals: int) -> tuple[int, bool] | None:
    """One token times 10^``decimals``, and whether it was rounded; ``None`` if it is no number that int64 holds."""
    text = token.decode("utf-8", "replace").strip('"').strip()
    if _NUMBER.fullmatch(text) is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _beyond_decimal(text)
    if not number:
        return 0, False
    if number.adjusted() + decimals > 19:
        return None
    if number.adjusted() + decimals < -1:
        return 0, True
    sign, digits, exponent = number.as_tuple()
    scaled = Decimal((sign, digits, int(exponent) + decimals))
    whole = int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN))
    return (whole, scaled != whole) if abs(whole) <= _LARGEST else None


def _beyond_decimal(text: str) -> tuple[int, bool] | None:
    """As `exact_scaled`, where the exponent is longer than `Decimal` takes: zero, nearly zero, or too large."""
    digits, _, exponent = text.lower().partition("e")
    if not digits.strip("+-.0"):
        return 0, False
    return (0, True) if exponent.startswith("-") else None


def _parse_plain(joined: bytes, count: int, decimals: int) -> tuple[Values, Values, Values]:
    """Values of ``count`` tokens of digits, dot and minus; the places to be looked at again; those rounded."""
    text = np.frombuffer(joined, np.uint8)
    ends = np.append(np.flatnonzero(text == _COMMA), len(text))
    dots = np.flatnonzero(text == _DOT)
    owner = np.arange(count) if len(dots) == count else np.searchsorted(ends, dots)
    try:
        digits = np.fromstring(joined.replace(b".", b""), np.int64, sep=",")
    except ValueError:
        digits = np.empty(0, np.int64)
    if len(digits) != count or len(ends) != count or not _one_dot_each(dots, owner, ends):
        return np.zeros(count, np.int64), np.arange(count), _NONE
    fraction = np.zeros(count, np.int64)
    fraction[owner] = ends[owner] - dots - 1
    shift = decimals - fraction
    up = _POWERS[shift.clip(0, 18)]
    # A number beyond int64 was read as the largest one; both it and what would overflow next go the slow way.
    limit = _LARGEST // up - 1
    unsure = (digits > limit) | (digits < -limit) | (shift < -18)
    digits[unsure] = 0
    if int(shift.min()) >= 0:
        return digits * up, np.flatnonzero(unsure), _NONE
    down = _POWERS[(-shift).clip(0, 18)]
    whole, rest = np.divmod(digits, down)
    above = (rest > down - rest) | ((rest == down - rest) & (whole % 2 == 1))
    values = np.where(shift < 0, whole + above, digits * up)
    return values, np.flatnonzero(unsure), np.flatnonzero(rest)


def _one_dot_each(dots: Values, owner: Values, ends: Values) -> bool:
    """Whether every token has at most one dot: ``owner`` ascends strictly and each dot lies in its token."""
    if not len(dots):
        return True
    inside = bool((dots < ends[owner]).all()) and bool((dots[1:] > ends[owner[:-1]]).all())
    return inside and bool((np.diff(owner) > 0).all())


def finite_float(token: bytes) -> float | None:
    """A JSON number, or one within quotes, as float64; ``None`` if it is none or is not finite."""
    text = token.decode("utf-8", "replace").strip('"').strip()
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if isfinite(value) else None
