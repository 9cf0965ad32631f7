"""JSON values of files, as values that can be written as JSON again."""

from __future__ import annotations

import json
from typing import Any


def finite(value: Any) -> tuple[Any, int]:
    """``value`` with null in place of every infinity and NaN, for which JSON has no word, and how many there were.

    Raises
    ------
    RecursionError
        It is nested too deeply to be written.
    """
    odd: list[str] = []
    found = json.loads(json.dumps(value), parse_constant=odd.append)
    return (found, len(odd)) if odd else (value, 0)
