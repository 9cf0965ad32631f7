"""Writing a trace file from a verb, and saying what was written and what its format cannot hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from profiler.cli.output import print_json, print_note, print_text
from profiler.errors import UsageError

if TYPE_CHECKING:
    from profiler.io.registry import Format
    from profiler.trace.tables import Trace


def refuse_same(source: str, target: str) -> None:
    """Refuse to write over the input, under whatever name it is reached."""
    try:
        same = os.path.realpath(source) == os.path.realpath(target) or os.path.samefile(source, target)
    except (OSError, ValueError):
        return
    if same:
        raise UsageError("IN and OUT are the same file", where=target, remedy="Name another file to write.")


def write_reporting(
    trace: Trace, source: str, target: str, wanted: Format, *, keep_text: bool = False, as_json: bool = False
) -> None:
    """Write a trace, and say what was written and what the format cannot hold."""
    from profiler.io.losses import losses

    lost = losses(trace, wanted.name)
    _write(trace, target, wanted, keep_text)
    for line in lost:
        print_note(f"{wanted.title} cannot hold {line}")
    if as_json:
        print_json(_described(source, target, trace, wanted, lost))
    else:
        print_text(f"Wrote {len(trace):,} events to {target} ({wanted.title}).")


def _write(trace: Trace, target: str, wanted: Format, keep_text: bool) -> None:
    module = wanted.load()
    if keep_text:
        module.write(trace, target, keep_text=True)
    else:
        module.write(trace, target)


def _described(source: str, target: str, trace: Trace, wanted: Format, lost: list[str]) -> dict[str, Any]:
    return {
        "input": source,
        "input_format": trace.meta.get("format"),
        "output": target,
        "output_format": wanted.name,
        "events": len(trace),
        "losses": lost,
        "stats": trace.stats.to_json(),
    }
