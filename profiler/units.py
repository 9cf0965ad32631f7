"""Units at the edges: everything inside is integer nanoseconds and integer bytes."""

from __future__ import annotations

import re
from decimal import Decimal

from profiler.errors import UsageError

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
NS_PER_MIN = 60 * NS_PER_S
NS_PER_H = 60 * NS_PER_MIN
NS_PER_D = 24 * NS_PER_H

_SCALE = {
    "ns": 1, "us": NS_PER_US, "µs": NS_PER_US, "μs": NS_PER_US, "ms": NS_PER_MS, "s": NS_PER_S, "min": NS_PER_MIN,
    "h": NS_PER_H, "d": NS_PER_D, "": 1,
}  # fmt: skip
_DURATION = re.compile(r"\s*([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*(ns|us|µs|μs|ms|s|min|h|d|)\s*")

#: Longest time that is read, ns, 73 years: it fits 64 bits also behind any time that a trace may hold (2^62).
_LONGEST_NS = 2**61

#: Seconds from which a time reads better in minutes.
_MANY_S = 1000


def parse_duration_ns(text: str, where: str | None = None) -> int:
    """Nanoseconds in a text such as ``1.5ms``, ``200us`` or ``42`` (bare numbers are nanoseconds).

    ``where`` is what a message names: the option that the text was given to.

    Raises
    ------
    UsageError
        The text is not a number with one of the units ns, us, ms, s, min, h, d, or is more than 73 years.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        remedy = "Write a number with a unit, such as 1.5ms, 200us or 42ns."
        raise UsageError(f"{text!r} is not a time", where=where, remedy=remedy)
    try:
        value = Decimal(match.group(1)) * _SCALE[match.group(2)]
    except ArithmeticError:  # its exponent is longer than decimals have
        value = Decimal("Infinity")
    # Asked before it is made an integer: one of a million digits takes half a minute.
    if value.copy_abs() > _LONGEST_NS:
        raise UsageError(f"{text!r} is out of range for a time", where=where, remedy="Give 73 years (2^61 ns) at most.")
    return int(value.to_integral_value())


def format_ns(ns: int | float | None) -> str:
    """A time with three or four significant digits and the unit that suits it; an en dash for ``None``.

    What lasts a thousand seconds or more is given in two units: ``16 min 40 s``, ``29 d 2 h``.
    """
    if ns is None:
        return "–"
    if ns < 0:
        return f"−{format_ns(-ns)}"
    if ns < NS_PER_US:
        return f"{ns:.0f} ns"
    for scale, unit in ((NS_PER_US, "µs"), (NS_PER_MS, "ms")):
        if ns < 999.5 * scale:
            return f"{_significant(ns / scale)} {unit}"
    if ns >= _MANY_S * NS_PER_S:
        return _in_two_units(ns)
    return f"{_significant(ns / NS_PER_S)} s"


def _in_two_units(ns: int | float) -> str:
    """A long time, rounded to the smaller of the two units that suit it."""
    large, large_word, small, small_word = NS_PER_D, "d", NS_PER_H, "h"
    # What would be rounded up to a whole hour or day is given as one.
    if ns < NS_PER_H - NS_PER_S / 2:
        large, large_word, small, small_word = NS_PER_MIN, "min", NS_PER_S, "s"
    elif ns < NS_PER_D - NS_PER_MIN / 2:
        large, large_word, small, small_word = NS_PER_H, "h", NS_PER_MIN, "min"
    whole, rest = divmod(round(ns / small), large // small)
    return f"{whole} {large_word}" + (f" {rest} {small_word}" if rest else "")


def format_difference_ns(ns: int) -> str:
    """A difference of times with its sign, ``+1.200 µs`` or ``−300 ns``; an equals sign for none."""
    return "=" if not ns else ("+" if ns > 0 else "−") + format_ns(abs(ns))


def format_bytes(size: int | float | None) -> str:
    """Bytes in decimal units (10^3), as link rates are quoted."""
    if size is None:
        return "–"
    for scale, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(size) >= scale:
            return f"{_significant(size / scale)} {unit}"
    return f"{size:.0f} B"


def format_percent(fraction: float | None) -> str:
    """A fraction as a percentage with one decimal; an en dash for ``None``."""
    return "–" if fraction is None else f"{100 * fraction:.1f} %"


def _significant(value: float) -> str:
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}" if size >= 1000 else f"{value:.1f}"
    return f"{value:.2f}" if size >= 10 else f"{value:.3f}"
