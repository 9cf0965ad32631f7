"""From the text of an option to its value, wrong in one form: the option, the text, the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from profiler.errors import OutputError, UsageError, suggestion

#: Option and text to value. What is wrong with the text is a `UsageError` that names the option.
Reader = Callable[[str, str], Any]

#: Largest number that a counting option takes unless it says otherwise.
MOST = 1_000_000


def read_whole(option: str, text: str, low: int = 1, high: int = MOST) -> int:
    """The whole number from ``low`` to ``high`` that ``text`` is.

    Raises
    ------
    UsageError
        It is not one.
    """
    if re.fullmatch(r"[+-]?[0-9]{1,30}", text) is None:
        raise UsageError(f"{text!r} is not a whole number", where=option, remedy=f"Give {low:,} to {high:,}.")
    value = int(text)
    if not low <= value <= high:
        raise UsageError(f"{value} is out of range", where=option, remedy=f"Give {low:,} to {high:,}.")
    return value


def read_percent(option: str, text: str) -> float:
    """The percentage from 0 to 100 that ``text`` is, with or without a percent sign.

    Raises
    ------
    UsageError
        It is not one.
    """
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?\s*%?", text) is None:
        raise UsageError(f"{text!r} is not a percentage", where=option, remedy="Give 0 to 100, such as 2.5.")
    value = float(text.rstrip("% "))
    if value > 100:
        raise UsageError(f"{text} is out of range", where=option, remedy="Give 0 to 100.")
    return value


def read_choice(option: str, text: str, choices: Sequence[str]) -> str:
    """The one of ``choices`` that ``text`` is.

    Raises
    ------
    UsageError
        It is none of them; the message names the nearest.
    """
    if text not in choices:
        raise UsageError(f"{text!r} is not known", where=option, remedy=suggestion(text, choices))
    return text


def read_list(option: str, text: str, read: Reader) -> tuple[Any, ...]:
    """The values of a comma list, each read by ``read``; one that stands twice is taken once.

    Raises
    ------
    UsageError
        Nothing stands before, between or after commas, or a value is wrong.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise UsageError(f"{text!r} has an empty place", where=option, remedy="Separate values by one comma each.")
    return tuple(dict.fromkeys(read(option, part) for part in parts))


def output_path(text: str | None, option: str = "-o") -> Path | None:
    """The file that ``-o`` names, None where the option was not given.

    Raises
    ------
    UsageError
        The name is empty.
    OutputError
        The folder that it is to lie in is not there: asked before anything runs whose result would be lost.
    """
    if text == "":
        raise UsageError("the file name is empty", where=option, remedy="Name a file.")
    if text is None:
        return None
    path = Path(text)
    # A name with a zero byte or of more characters than the system takes is told when it is written.
    with suppress(OSError, ValueError):
        if not path.parent.is_dir():
            raise OutputError(
                f"there is no folder {str(path.parent)!r}", where=text, remedy="Make it, or name another."
            )
    return path


def read_names(subjects: Sequence[str]) -> list[str]:
    """Names that were given one by one or in comma lists, each once, in order.

    Raises
    ------
    UsageError
        Nothing stands before, between or after commas.
    """
    return list(dict.fromkeys(name for subject in subjects for name in read_list("WORKLOAD", subject, _as_is)))


def _as_is(option: str, text: str) -> str:
    return text
