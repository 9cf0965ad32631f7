"""GPU files: TOML to `GpuModel`, with an error that names the file, the key and the remedy for whatever is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import MISSING, fields
from fractions import Fraction
from importlib import resources
from typing import Any

from profiler.devices.sim.gpu import CallCosts, GpuModel, ns_of_us, transfer_ns
from profiler.errors import UsageError, suggestion
from profiler.workload.model import EFFICIENCY_CLASSES, PRECISIONS
from profiler.workload.toml_table import TomlTable, parse_toml, read_toml

__all__ = ["REQUIRED", "CallCosts", "GpuModel", "gpu_names", "load_gpu", "ns_of_us", "parse_gpu", "transfer_ns"]

#: No number of a GPU is larger, and no time in microseconds: exact arithmetic stays small.
_MOST = 10**15
_LONGEST_US = 10**9

_WHOLE = {
    "copy_engines": 1,
    "hardware_queues": 1,
    "pending_ops": 1,
    "sm_count": 1,
    "threads_per_sm": 1,
    "blocks_per_sm": 1,
    "registers_per_sm": 0,
    "shared_bytes_per_sm": 0,
    "full_rate_threads_per_sm": 0,
    "pageable_async_max_bytes": 0,
    "staging_bytes": 0,
}
_ENGINE_QUEUES = ("request", "issue")
_TABLES = ("call_us", "efficiency", "source")
_CALLS = tuple(f.name for f in fields(CallCosts))
_KEYS = tuple(f.name for f in fields(GpuModel))
_OPTIONAL = {f.name for f in fields(GpuModel) if f.default is not MISSING or f.default_factory is not MISSING}

#: Keys that every GPU file has; `profiler.devices.sim.gpu.GpuModel` gives the others their defaults.
REQUIRED = tuple(key for key in _KEYS if key not in _OPTIONAL and key != "graph_node_gap_us")


def gpu_names() -> tuple[str, ...]:
    """Names of the shipped GPU files, sorted."""
    folder = resources.files("profiler.devices.sim") / "gpus"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_gpu(name_or_path: str) -> GpuModel:
    """The GPU of a shipped file (by name), or of the file at a path that ends in ``.toml``.

    Raises
    ------
    UsageError
        No such name or file, or the file is not a GPU file; the message names the file and the key.
    """
    if name_or_path.endswith(".toml"):
        return _gpu(TomlTable(read_toml(name_or_path), name_or_path))
    names = gpu_names()
    if name_or_path not in names:
        raise UsageError(f"there is no simulated GPU {name_or_path!r}", remedy=suggestion(name_or_path, names))
    text = (resources.files("profiler.devices.sim") / "gpus" / f"{name_or_path}.toml").read_text("utf-8")
    return parse_gpu(text, f"{name_or_path}.toml")


def parse_gpu(text: str, where: str) -> GpuModel:
    """The GPU that a TOML text describes; ``where`` names the text in errors.

    Raises
    ------
    UsageError
        Not TOML, a key missing or unknown, or a value of the wrong type or out of range.
    """
    return _gpu(TomlTable(parse_toml(text, where), where))


def _gpu(table: TomlTable) -> GpuModel:
    table.only(_KEYS)
    keys = [key for key in _KEYS if key not in _TABLES and (key in table or key in REQUIRED)]
    values: dict[str, Any] = {key: _value(table, key) for key in keys}
    values["call_us"] = _call_costs(table.table("call_us"))
    values.setdefault("graph_node_gap_us", values["kernel_gap_us"])
    if "efficiency" in table:
        values["efficiency"] = _efficiency(table.table("efficiency"))
    if "source" in table:
        values["source"] = _sources(table.table("source"), _KEYS, "")
    return GpuModel(**values)


def _value(table: TomlTable, key: str) -> str | bool | int | Fraction:
    if key in _WHOLE:
        return table.whole(key, low=_WHOLE[key], high=_MOST)
    if key == "name":
        return table.text(key)
    if key == "engine_queue":
        return table.text(key, choices=_ENGINE_QUEUES)
    if key == "compute_capability":
        return _compute_capability(table)
    if key == "late_kernel_signal":
        return _flag(table, key)
    if key.endswith("_us") or key == "memory_gib":
        return Fraction(table.number(key, high=_LONGEST_US))
    return _above_zero(table, key, high=1 if key in ("duplex_factor", "memory_efficiency") else _MOST)


def _compute_capability(table: TomlTable) -> str:
    text = table.text("compute_capability")
    if re.fullmatch(r"\d{1,3}\.\d", text) is None:
        raise table.error("compute_capability", f"{text!r} is not one", 'Write it as a text such as "9.0".')
    return text


def _flag(table: TomlTable, key: str) -> bool:
    value = table.values[key]
    if not isinstance(value, bool):
        raise table.error(key, f"{value!r} is neither true nor false", "Write true or false, without quotes.")
    return value


def _above_zero(table: TomlTable, key: str, high: int) -> Fraction:
    number = Fraction(table.number(key, high=high))
    if number == 0:
        raise table.error(key, "0 would never end", f"Give a number above 0, at most {high:,}.")
    return number


def _call_costs(table: TomlTable) -> CallCosts:
    table.only(_CALLS)
    given = [key for key in _CALLS if key in table or key != "graph_launch"]
    costs = {key: Fraction(table.number(key, high=_LONGEST_US)) for key in given}
    costs.setdefault("graph_launch", costs["launch"])
    return CallCosts(**costs)


def _efficiency(table: TomlTable) -> dict[str, dict[str, Fraction]]:
    table.only(PRECISIONS)
    shares: dict[str, dict[str, Fraction]] = {}
    for precision in table.values:
        classes = table.table(precision)
        classes.only(EFFICIENCY_CLASSES)
        shares[precision] = {key: _above_zero(classes, key, high=1) for key in classes.values}
    return shares


def _sources(table: TomlTable, known: Collection[str], prefix: str) -> dict[str, str]:
    """Texts by dotted key; a table of the file may have one text for all of it, or a table of texts."""
    table.only(known)
    below = {"call_us": _CALLS, "efficiency": PRECISIONS, **{f"efficiency.{p}": EFFICIENCY_CLASSES for p in PRECISIONS}}
    texts: dict[str, str] = {}
    for key, value in table.values.items():
        name = prefix + key
        if name in below and isinstance(value, dict):
            texts |= _sources(table.table(key), below[name], f"{name}.")
        else:
            texts[name] = table.text(key)
    return texts
