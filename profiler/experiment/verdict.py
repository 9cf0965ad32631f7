"""What a comparison says, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.devices.base import INSTRUMENTATION
from profiler.experiment.compare import Comparison, Group, LostGainRow, speed
from profiler.experiment.scenario import Outcome
from profiler.report.verdict import CAUSE_TEXT, cause_rows, cause_sentences, hidden_sentence
from profiler.units import format_ns, format_percent

#: A run that stamps stretch by more than this is not the run that was asked about, and the verdict says so.
MOST_STRETCH = 1.10


def outcome_verdict(outcome: Outcome) -> list[str]:
    """Sentences about one run."""
    sentences = []
    if outcome.mapped_bytes:
        sentences.append("Zero-copy: no memcpy runs; kernels read and write host memory over the link themselves.")
    elif outcome.overlap is not None:
        sentences.append(hidden_sentence(outcome.overlap, _subject(outcome)))
        sentences += cause_sentences(outcome.overlap)
    return [*sentences, *_chunk_sentence(outcome), *_bound_sentence(outcome), *_stretch_sentence(outcome)]


def comparison_verdict(comparison: Comparison) -> list[str]:
    """Sentences about each group of scenarios, then about the INT8 gain."""
    sentences: list[str] = []
    for group in comparison.groups:
        sentences += _group_sentences(group, comparison.outcomes)
    several = len({row.device for row in comparison.lost}) > 1
    return sentences + [_lost_sentence(row, several=several) for row in comparison.lost]


def timeline_title(outcome: Outcome) -> str:
    """A title for the outcome's timeline where workload, batch and device are named elsewhere."""
    requests = f", {outcome.plan.requests} requests" if outcome.plan.requests > 1 else ""
    fraction = outcome.overlap.hidden_fraction if outcome.overlap is not None else None
    hidden = "no copies" if fraction is None else f"{format_percent(fraction)} of the copies hidden"
    return f"{_label(outcome)}{requests}: {hidden}"


def _group_sentences(group: Group, outcomes: Sequence[Outcome]) -> list[str]:
    """Sentences about each device of a group: what another one does is no measure of a strategy."""
    members = [outcomes[entry.scenario] for entry in group.by_throughput]
    title = f"{group.workload} {group.precision}, batch {group.batch}"
    devices = list(dict.fromkeys(o.device.info.spec for o in members))
    if len(devices) == 1:
        return _device_sentences(members, title)
    return [
        sentence
        for spec in devices
        for sentence in _device_sentences([o for o in members if o.device.info.spec == spec], f"{title}, {spec}")
    ]


def _device_sentences(members: Sequence[Outcome], title: str) -> list[str]:
    single = [o for o in members if o.plan.requests == 1]
    sentences = []
    serial = next((o for o in single if o.plan.strategy == "serial"), None)
    if single:
        sentences.append(f"{title}: {_single_request(single, serial)}")
    several = [o for o in members if o.plan.requests > 1]
    if several:
        sentences.append(f"{title}: {_several_requests(several[0], serial)}")
    return sentences


def _single_request(single: Sequence[Outcome], serial: Outcome | None) -> str:
    copying = [o for o in single if o.overlap is not None and o.overlap.copy_ns]
    best = max(copying, key=lambda o: (o.overlap.hidden_fraction or 0.0) if o.overlap else 0.0, default=None)
    fastest = max(single, key=speed)
    if best is None or best.overlap is None:
        return f"{_label(fastest)} is fastest; there are no copies to hide."
    if best.overlap.hidden_ns == 0:
        text = (
            f"no strategy hides any of the {format_ns(best.overlap.copy_ns)} of copies of a single request"
            f" ({_main_cause(best)})"
        )
    else:
        text = (
            f"{_label(best)} hides {format_percent(best.overlap.hidden_fraction)} of the copy time"
            f"{_against(best, serial)}"
        )
    if fastest is not best:
        text += f"; the fastest for one request is {_label(fastest)}{_against(fastest, serial)}"
    return text + "."


def _several_requests(outcome: Outcome, serial: Outcome | None) -> str:
    share = format_percent(outcome.overlap.hidden_fraction if outcome.overlap else None)
    text = f"{outcome.plan.requests} requests with {_label(outcome)} hide {share} of the copy time"
    ratio = _times(outcome, serial)
    if serial is None or ratio is None:
        return text + "."
    before, after = (o.to_json()["network_latency_ns"]["median"] for o in (serial, outcome))
    moved = "rises" if after > before else "falls"
    return (
        f"{text} and give {ratio:.2f} times serial's throughput, while the median latency of a request"
        f" {moved} from {format_ns(before)} to {format_ns(after)}."
    )


def _against(outcome: Outcome, serial: Outcome | None) -> str:
    if outcome.throughput_per_s is None:
        return " in no time"
    ratio = _times(outcome, serial)
    if outcome is serial or ratio is None:
        return f" at {outcome.throughput_per_s:,.0f} samples/s"
    return f" at {ratio:.2f} times serial's throughput"


def _times(outcome: Outcome, serial: Outcome | None) -> float | None:
    """Throughput in units of serial's; None where either has none."""
    rate, base = outcome.throughput_per_s, serial.throughput_per_s if serial is not None else None
    return rate / base if rate is not None and base else None


def _main_cause(outcome: Outcome) -> str:
    rows = cause_rows(outcome.overlap.causes) if outcome.overlap is not None else []
    return CAUSE_TEXT[rows[0][0]] if rows else "none is exposed"


def _chunk_sentence(outcome: Outcome) -> list[str]:
    """Where the batch does not make as many chunks as were asked for."""
    asked, made, batch = outcome.scenario.config.chunks, outcome.plan.config.chunks, outcome.plan.batch
    if asked is None or made is None or made == asked:
        return []
    most = -(-batch // min(asked, batch))
    rest = f", the last {batch - (made - 1) * most}" if batch % most else ""
    return [f"The batch of {batch} makes {made} chunks, not {asked}: samples in each are {most}{rest}."]


def _stretch_sentence(outcome: Outcome) -> list[str]:
    factor = outcome.timings.extra.get(INSTRUMENTATION)
    if factor is None or factor <= MOST_STRETCH:
        return []
    return [
        f"Being measured makes this run {factor:.2f} times as long: with fewer stamps (--detail phase) it keeps closer "
        "to its own pace."
    ]


def _bound_sentence(outcome: Outcome) -> list[str]:
    if outcome.bounds is None:
        return []
    achieved = outcome.bounds.achieved(outcome.makespan_ns)
    if achieved is None:
        return ["Nothing in this plan could overlap: its operations form one chain."]
    return [
        f"The run took {format_ns(outcome.makespan_ns)}; these same operations one after another would take "
        f"{format_ns(outcome.bounds.serial_ns)} and perfect overlap {format_ns(outcome.bounds.overlap_ns)}, so "
        f"{format_percent(achieved)} of the reachable overlap is achieved (gaps and host calls count against it)."
    ]


def _lost_sentence(row: LostGainRow, *, several: bool) -> str:
    """Where the gain went; with the device where there are several."""
    loss, subject = row.loss, f"{row.workload} on {row.device}" if several else row.workload
    if loss.lost_ns <= 0:
        return (
            f"{subject}: INT8 gains {loss.gain:.2f}x at batch {row.batch}, "
            f"no less than the {loss.reference_gain:.2f}x at batch {row.reference_batch}."
        )
    parts = sorted((("compute", loss.compute_ns), ("transfer", loss.transfer_ns), ("launch", loss.launch_ns)),
                   key=lambda part: -part[1])  # fmt: skip
    split = ", ".join(f"{name} {format_ns(ns)}" for name, ns in parts)
    return (
        f"{subject}: INT8 gains {loss.gain:.2f}x at batch {row.batch} against {loss.reference_gain:.2f}x at batch "
        f"{row.reference_batch}; of the {format_ns(loss.lost_ns)} a request loses by that, {split}."
    )


def _subject(outcome: Outcome) -> str:
    return f"{_label(outcome)}, batch {outcome.plan.batch}"


def _label(outcome: Outcome) -> str:
    config = outcome.plan.config
    return f"{outcome.plan.strategy} ({config.base})" if config.base else outcome.plan.strategy
