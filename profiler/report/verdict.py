"""Sentences a person understands about the overlap on one device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from profiler.units import format_ns, format_percent

#: What each cause of exposed copy time means, to be read after "because".
CAUSE_TEXT = {
    "pageable": "the host memory is pageable, so the driver stages the copy through its own buffer",
    "default-stream": "it ran on the default stream, which waits for every other stream and makes them wait",
    "kernel-gap": "it fell into gaps between two kernels of one stream, no longer than the device's own floor",
    "host-sync": "the host sat in a synchronization and had not issued the next work yet",
    "late-enqueue": "the host had not yet called work that could have run",
    "same-direction-queue": "the next kernel waited for a copy queued behind this one on the same copy engine",
    "buffer": "the next work waited for a buffer to be freed",
    "no-other-work": "there was no other work to run meanwhile: one chunk of one request",
    "fill-or-drain": "the pipeline was filling (before the first kernel) or draining (after the last)",
    "link-bound": "this copy engine has more to do than the compute units",
    "dependency": "the next kernel needs this very copy",
    "unknown": "the trace does not record enough to tell",
}

#: What would help, by cause.
CAUSE_REMEDY = {
    "pageable": "Allocate the host buffers as pinned memory.",
    "default-stream": "Use streams created non-blocking, and never stream 0.",
    "kernel-gap": "Nothing that runs meanwhile is missing; fewer, longer kernels leave fewer gaps.",
    "host-sync": "Issue the next request before waiting for this one.",
    "late-enqueue": "Issue earlier or from another thread, or replay a CUDA graph.",
    "same-direction-queue": "Issue copies in the order in which kernels need them, or use smaller chunks.",
    "buffer": "Give the ring more buffers.",
    "no-other-work": (
        "Cut the batch into chunks or keep several requests in flight; a single batch-1 request has nothing to hide "
        "behind."
    ),
    "fill-or-drain": (
        "Less of a run fills and drains the pipeline with more chunks or more requests, as long as kernels stay large "
        "enough to fill the GPU."
    ),
    "link-bound": (
        "Copy fewer bytes (uint8 input, INT8), or use a faster link: compute is too short to hide these copies."
    ),
    "dependency": "Copy the input of the next chunk while this one computes.",
}


class OverlapFigures(Protocol):
    """The figures a sentence needs; any result of the overlap analysis has them."""

    @property
    def copy_ns(self) -> int:
        """Time in which some HtoD or DtoH copy ran."""

    @property
    def hidden_ns(self) -> int:
        """Part of it under kernels."""

    @property
    def exposed_ns(self) -> int:
        """The rest of it."""

    @property
    def hidden_fraction(self) -> float | None:
        """Hidden / copy, None without copies."""

    @property
    def span_ns(self) -> int:
        """First start to last end."""

    @property
    def causes(self) -> Mapping[str, int]:
        """Exposed time by cause."""


def hidden_sentence(figures: OverlapFigures, subject: str = "") -> str:
    """How much of the copy time is hidden; says plainly when there is none to hide."""
    prefix = f"{subject}: " if subject else ""
    if figures.copy_ns == 0:
        return f"{prefix}there are no host copies, so there is nothing to hide."
    if figures.hidden_ns == 0:
        return f"{prefix}none of the {format_ns(figures.copy_ns)} of copies runs under a kernel."
    return (
        f"{prefix}{format_percent(figures.hidden_fraction)} of the {format_ns(figures.copy_ns)} of copies is hidden "
        f"under kernels; {format_ns(figures.exposed_ns)} is exposed."
    )


def cause_sentences(figures: OverlapFigures, *, most: int = 2) -> list[str]:
    """Why the exposed copy time is exposed, greatest cause first, each with what would help."""
    ordered = sorted(figures.causes.items(), key=lambda item: -item[1])
    sentences = []
    for name, ns in ordered[:most]:
        if ns == 0:
            continue
        share = format_percent(ns / figures.exposed_ns)
        text = f"{format_ns(ns)} ({share} of it) is exposed because {CAUSE_TEXT.get(name, name)}."
        sentences.append(f"{text} {CAUSE_REMEDY[name]}" if name in CAUSE_REMEDY else text)
    return sentences


def graph_sentence(graphs: int) -> str | None:
    """A warning where CUDA graphs were traced whole."""
    if not graphs:
        return None
    noun = "CUDA graph was" if graphs == 1 else "CUDA graphs were"
    return f"{graphs} {noun} traced whole: overlap inside a graph is unknown."


def device_verdict(figures: OverlapFigures, *, subject: str = "", graphs: int = 0) -> list[str]:
    """All sentences about one device."""
    sentences = [hidden_sentence(figures, subject), *cause_sentences(figures)]
    warning = graph_sentence(graphs)
    return [*sentences, warning] if warning else sentences


def cause_rows(causes: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Causes that hold for some time, greatest first."""
    return sorted(((name, int(ns)) for name, ns in causes.items() if ns), key=lambda row: (-row[1], row[0]))


def json_verdict(device: Mapping[str, Any]) -> list[str]:
    """All sentences about one device of ``analyze --json``."""
    return device_verdict(_FromJson(device), graphs=device["graphs"])


class _FromJson:
    """A device's JSON with its keys as attributes."""

    def __init__(self, device: Mapping[str, Any]) -> None:
        self.copy_ns: int = device["copy_ns"]
        self.hidden_ns: int = device["hidden_ns"]
        self.exposed_ns: int = device["exposed_ns"]
        self.hidden_fraction: float | None = device["hidden_fraction"]
        self.span_ns: int = device["span_ns"]
        self.causes: Mapping[str, int] = device["causes"]
