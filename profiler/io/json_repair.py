"""Repairs of what profilers write that is not quite JSON, each counted; the rest of a file stays readable."""

from __future__ import annotations

import re

from profiler.trace.schema import Severity
from profiler.trace.tables import Stats

#: A string, or a bare word that C's printf gives for a number that is none. Strings are matched to be passed over.
_WORD = re.compile(rb'"(?:[^"\\]|\\.)*"|[+-]?\b(?:nan|inf(?:inity)?)\b(?:\([a-z0-9_]*\))?', re.IGNORECASE | re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BAD_ESCAPE = re.compile(rb'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|(.))', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def repaired(text: bytes, stats: Stats) -> bytes:
    """One event's text with ``nan`` and ``inf`` as null, and its strings without forbidden bytes and escapes.

    Counts ``non_finite_number`` and ``invalid_string`` in ``stats``.
    """
    words = 0

    def without_word(match: re.Match[bytes]) -> bytes:
        nonlocal words
        if match.group().startswith(b'"'):
            return match.group()
        words += 1
        return b"null"

    fixed = _WORD.sub(without_word, text)
    stats.add("non_finite_number", Severity.REPAIRED, words)
    strings = _STRING.sub(lambda match: _string(match.group()), fixed)
    stats.add("invalid_string", Severity.REPAIRED, int(strings != fixed))
    return strings


def _string(text: bytes) -> bytes:
    text = _BAD_ESCAPE.sub(lambda match: match.group() if match.group(1) else b"\\\\" + match.group(2), text)
    text = _CONTROL.sub(lambda match: b"\\u%04x" % match.group()[0], text)
    return _SURROGATE.sub(lambda match: match.group() if len(match.group()) == 12 else b"\\ufffd", text)
