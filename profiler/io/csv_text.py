"""Texts that a traced program chose, made harmless for a CSV file that a spreadsheet may open.

A cell that starts with ``= + - @`` is a formula to a spreadsheet, and control characters are commands to a terminal.
Source: "CSV Injection", OWASP; the full-width forms count too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

#: Control characters, surrogates, and what turns the reading direction or breaks lines unseen.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    r"""``text`` as a cell that no program runs: an apostrophe before a formula, control characters as ``\x1b``."""
    guarded = f"'{text}" if text.startswith(_FORMULA) else text
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), guarded)


def csv_line(cells: Iterable[object], *, keep: bool = False) -> str:
    """One line of CSV with its line end: None is an empty cell, numbers are as Python writes them.

    Parameters
    ----------
    cells : iterable
    keep : bool
        Leave texts as they are, formulas and control characters too. Only line ends are quoted.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(
        [harmless(cell) if isinstance(cell, str) and not keep else cell for cell in cells]
    )
    return out.getvalue()
