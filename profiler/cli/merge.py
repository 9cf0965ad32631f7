"""``lanescope merge``: traces of several processes or hosts as one, on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from profiler.cli.options import JsonOption, PartialOption, TracesArgument
from profiler.cli.output import progress
from profiler.cli.writing import refuse_same, write_reporting
from profiler.errors import UsageError, suggestion

if TYPE_CHECKING:
    from profiler.trace.merge import Member

OutOption = Annotated[
    str,
    typer.Option("--output", "-o", metavar="OUT", help="The file to write; its ending says the format."),
]
OffsetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--offset", metavar="FILE=TIME", help="Add this to the times of FILE (1.5ms, -200us, bare: ns). Repeatable."
    ),
]
HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="FILE=NAME", help="The machine that FILE was recorded on. Repeatable."),
]
OneHostOption = Annotated[
    bool, typer.Option("--one-host", help="All were recorded on one machine: a device number is the same GPU in all.")
]


def command(
    traces: TracesArgument,
    output: OutOption,
    offset: OffsetOption = None,
    host: HostOption = None,
    one_host: OneHostOption = False,
    partial: PartialOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write several traces as one, on the clock of the first; processes and GPUs of each are kept apart."""
    from profiler.io.registry import format_of, read_trace
    from profiler.trace.merge import Member, merge
    from profiler.units import parse_duration_ns

    wanted = format_of(output)
    if one_host and host:
        raise UsageError("--one-host and --host exclude each other", remedy="Give one of them.")
    offsets = {file: parse_duration_ns(text, "--offset") for file, text in _by_file("--offset", offset, traces)}
    hosts = dict.fromkeys(traces, "one") if one_host else dict(_by_file("--host", host, traces))
    for path in traces:
        refuse_same(path, output)
    members: list[Member] = []
    with progress(len(traces), "traces") as advance:
        for path in traces:
            members.append(Member(read_trace(path, partial=partial), path, offsets.get(path), hosts.get(path)))
            advance(1)
    write_reporting(merge(members), ", ".join(traces), output, wanted, as_json=as_json)


def _by_file(option: str, texts: Sequence[str] | None, traces: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of a trace of the command line and what is said of it."""
    found = []
    for text in texts or ():
        file, equals, value = text.rpartition("=")
        if not equals or not value.strip():
            raise UsageError(f"{text!r} is not FILE=VALUE", where=option, remedy="Write a trace, = and its value.")
        if file not in traces:
            raise UsageError(f"no trace is called {file!r}", where=option, remedy=suggestion(file, traces))
        found.append((file, value))
    return found
