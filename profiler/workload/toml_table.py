"""Reading of TOML that a person wrote: exact numbers, and errors that name file, place and key."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from profiler.errors import UsageError, suggestion

#: A file longer than this is not one that a person wrote.
_MAX_BYTES = 16 * 2**20

#: Finer than this no number of such a file has a meaning, and its exact arithmetic would be slow.
_MAX_DECIMALS = 30

_REQUIRED: Any = object()

_MEND = "Mend it there; README.md names a whole file of each kind."

_KINDS = {bool: "true or false", str: "a text", dict: "a table", list: "a list", int: "a number", Decimal: "a number"}


def read_toml(path: str | Path) -> dict[str, Any]:
    """The tables of a TOML file; numbers with a point or an exponent come as `decimal.Decimal`.

    Raises
    ------
    UsageError
        There is no such file, it is a directory, cannot be read, or is not TOML.
    """
    where = str(path)
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError("there is no such file", where=where, remedy="Check the path.") from error
    except IsADirectoryError as error:
        raise UsageError("this is a directory", where=where, remedy="Name a TOML file in it.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the file cannot be read: {reason}", where=where, remedy="Check its permissions.") from error
    if len(data) > _MAX_BYTES:
        what = "the file is too long to be TOML that a person wrote"
        raise UsageError(what, where=where, remedy="Name a TOML file.")
    try:
        return parse_toml(data.decode("utf-8-sig"), where)
    except UnicodeDecodeError as error:
        what = f"the file is not text in UTF-8 (byte {error.start})"
        raise UsageError(what, where=where, remedy="Name a TOML file.") from error


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text; ``where`` names it in errors, which are all `UsageError`."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError as error:
        raise UsageError("not TOML: nested too deeply", where=where, remedy=_MEND) from error
    except (ValueError, ArithmeticError) as error:
        reason = str(error) if isinstance(error, ValueError) else "a number is out of range"
        raise UsageError(f"not TOML: {reason}", where=where, remedy=_MEND) from error


class TomlTable:
    """One table of a file, read key by key; every error names the file, the table and the key.

    Parameters
    ----------
    values : mapping
        What `parse_toml` gave.
    where : str
        File and table, as errors shall name it.
    """

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def error(self, key: str, what: str, remedy: str | None = None) -> UsageError:
        """An error about one key."""
        return UsageError(what, where=f"{self.where}: {key}", remedy=remedy)

    def only(self, known: Collection[str]) -> None:
        """Refuse a key that is not among ``known``."""
        for key in self.values:
            if key not in known:
                raise self.error(key, "no such key", suggestion(key, known))

    def text(self, key: str, *, choices: Collection[str] = (), default: str = _REQUIRED) -> str:
        """A text that is not empty, one of ``choices`` where there are any."""
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self._wrong_type(key, value, "a text in quotes")
        if choices and value not in choices:
            raise self.error(key, f"{value!r} is not known here", suggestion(value, choices))
        if not value:
            raise self.error(key, "the text is empty", "Write something between the quotes.")
        return value

    def whole(self, key: str, *, low: int = 0, high: int, default: int = _REQUIRED) -> int:
        """A whole number from ``low`` to ``high``; ``4e6`` is one."""
        value = self.number(key, low=low, high=high, default=default)
        if value != int(value):
            raise self.error(
                key, f"{_shown(value)} is not a whole number", f"Give a whole one from {low:,} to {high:,}."
            )
        return int(value)

    def number(self, key: str, *, low: int = 0, high: int, default: int = _REQUIRED) -> int | Decimal:
        """A finite number from ``low`` to ``high``, exactly as written."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._wrong_type(key, value, "a number")
        if isinstance(value, Decimal):
            exponent = value.as_tuple().exponent
            if not isinstance(exponent, int):
                what = f"{str(value).lower()} is not a number to compute with"
                raise self.error(key, what, f"Give {low:,} to {high:,}.")
            if value and exponent < -_MAX_DECIMALS:
                what = f"the number has more than {_MAX_DECIMALS} decimals"
                raise self.error(key, what, f"Round it to {_MAX_DECIMALS}.")
        if not low <= value <= high:
            what = "is negative" if value < 0 else "is out of range"
            raise self.error(key, f"{_shown(value)} {what}", f"Give {low:,} to {high:,}.")
        return value

    def table(self, key: str) -> TomlTable:
        """A table under this one."""
        value = self._get(key, _REQUIRED, f"[{key}]")
        if not isinstance(value, dict):
            raise self._wrong_type(key, value, "a table")
        return TomlTable(value, f"{self.where}: {key}")

    def tables(self, key: str) -> list[TomlTable]:
        """The tables written as ``[[key]]``, numbered from 1 in errors."""
        value = self._get(key, _REQUIRED, f"[[{key}]]")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong_type(key, value, f"tables, each starting with [[{key}]]")
        return [TomlTable(item, f"{self.where}: [[{key}]] {number}") for number, item in enumerate(value, 1)]

    def _get(self, key: str, default: Any, line: str = "") -> Any:
        if key not in self.values and default is _REQUIRED:
            raise self.error(key, "the key is missing", f"Add a line: {line or f'{key} = ...'}")
        return self.values.get(key, default)

    def _wrong_type(self, key: str, value: Any, wanted: str) -> UsageError:
        found = _KINDS.get(type(value), "a date or time")
        return self.error(key, f"this is {found}", f"It must be {wanted}.")


def _shown(value: int | Decimal) -> str:
    exact = Decimal(value)
    try:
        return str(value) if abs(exact) < 10**20 else f"{exact:.3e}"
    except ArithmeticError:  # its exponent is at the end of what Decimal takes
        return str(value)[:24]
