"""Regular expressions that people type: one engine for all of them, whose time grows with the text and never faster.

It is RE2, as DuckDB has it: without lookaround and backreferences, which alone need time without bounds. What a pattern
may repeat is bounded too, because a long one takes that many steps for each letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from profiler.errors import UsageError

#: Letters of a pattern, and how often the innermost part of its counted repetitions may stand in a row.
MOST_LETTERS = 500
MOST_REPEATS = 100

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|[()]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)


def why_not(pattern: str) -> str:
    """Why a text is no pattern that is matched, in a few words; empty where it is one."""
    if len(pattern) > MOST_LETTERS:
        return f"it has {len(pattern):,} letters, and {MOST_LETTERS} are read"
    repeats = _repeats(pattern)
    if repeats > MOST_REPEATS:
        return f"it repeats a part {repeats:,} times, and {MOST_REPEATS} is the most"
    import pyarrow as pa

    try:
        _marks([""], pattern, any_case=False)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ")
    return ""


def found_in(
    texts: Sequence[str], pattern: str, *, any_case: bool = False, where: str | None = None
) -> npt.NDArray[np.bool_]:
    """One mark for each text: whether the pattern is found in it.

    Raises
    ------
    UsageError
        The pattern is none, or asks for more than is matched.
    """
    reason = why_not(pattern)
    if reason:
        raise UsageError(
            f"{pattern[:MOST_LETTERS]!r} is no regular expression that is matched: {reason}",
            where=where,
            remedy="Write it in RE2 syntax (no lookaround, no backreferences), letters . ( [ * + ? after \\.",
        )
    return _marks(texts, pattern, any_case=any_case)


def _marks(texts: Sequence[str], pattern: str, *, any_case: bool) -> npt.NDArray[np.bool_]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        column = pa.array(texts, pa.string())
    except UnicodeEncodeError:
        # Halves of surrogate pairs, as in names of files that are no text.
        column = pa.array([_whole(text) for text in texts], pa.string())
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(column, _whole(pattern), ignore_case=any_case).to_numpy(
        zero_copy_only=False
    )
    return found


def _whole(text: str) -> str:
    """The text with a replacement character for each half of a surrogate pair."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _repeats(pattern: str) -> int:
    """How often a part may stand in a row by the counts that stand in each other: 6 of ``(a{2}){3}``."""
    most, last = [1], 1
    for token in _TOKEN.finditer(pattern):
        if token[0] == "(":
            most.append(1)
        elif token[0] == ")" and len(most) > 1:
            last = most.pop()
        elif token[1]:
            last *= max(int(token[1]), int(token[2] or 0))
        else:
            last = 1
        most[-1] = max(most[-1], last)
    return max(most)
