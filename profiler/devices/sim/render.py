"""A GPU as the text of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from fractions import Fraction

from profiler.devices.sim.gpu import CallCosts, GpuModel

#: Keys that are tables, in the order in which they stand at the end of a file.
_TABLES = ("call_us", "efficiency", "source")

_DEFAULTS = {f.name: f.default for f in fields(GpuModel) if f.default is not MISSING}

#: Most digits after the point.
_DIGITS = 12


def render_gpu(gpu: GpuModel, comment: str = "") -> str:
    """The TOML text that `parse_gpu` reads back as an equal GPU; every line of ``comment`` stands above it.

    Numbers are written exactly as long as they end within 12 digits after the point, else rounded to these.
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    lines += [""] if lines else []
    plain = [f.name for f in fields(gpu) if f.name not in _TABLES and _said(gpu, f.name)]
    lines += [f"{key} = {_value(getattr(gpu, key))}" for key in plain]
    lines += _table("call_us", {f.name: getattr(gpu.call_us, f.name) for f in fields(CallCosts)})
    for precision, shares in gpu.efficiency.items():
        lines += _table(f"efficiency.{precision}", shares)
    return "\n".join([*lines, *_sources(gpu.source), ""])


def _said(gpu: GpuModel, key: str) -> bool:
    """Whether a key is worth a line: not one at its default of which nobody says where it comes from."""
    return key in gpu.source or key not in _DEFAULTS or getattr(gpu, key) != _DEFAULTS[key]


def _table(name: str, values: Mapping[str, object]) -> list[str]:
    return ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in values.items())]


def _sources(source: Mapping[str, str]) -> list[str]:
    """Dotted keys become tables of their own, the plain ones first."""
    tables: dict[str, dict[str, str]] = {"source": {}}
    for key, text in source.items():
        table, _, last = f"source.{key}".rpartition(".")
        tables.setdefault(table, {})[last] = text
    return [line for name, texts in tables.items() if texts for line in _table(name, texts)]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return _decimal(value)
    return _quoted(value) if isinstance(value, str) else str(value)


def _decimal(number: Fraction) -> str:
    """Digits without an exponent; exact where the number ends within `_DIGITS`."""
    scaled = round(number * 10**_DIGITS)
    whole, part = divmod(scaled, 10**_DIGITS)
    return f"{whole}.{part:0{_DIGITS}d}".rstrip("0") + ("0" if not part else "")


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
