"""Small random plans, well formed step by step; many of them are not safe to run."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from profiler.plan.model import GraphLaunch, HostSync, Plan, RecordEvent, Step, StreamSpec, StreamStep, StreamWait
from profiler.plan.weave import weave
from tests.plan.toys import BUFFERS, dtoh, htod, kernel, plan_of, wait


def random_streams(rng: Random) -> list[StreamSpec]:
    """One to three streams, now and then with the legacy default stream among them and others that heed it."""
    count = rng.randint(1, 3)
    specs = [StreamSpec(f"s{n}") for n in range(count)]
    if rng.random() < 0.3:
        specs = [replace(spec, non_blocking=rng.random() < 0.3) for spec in specs]
        specs[0] = replace(specs[0], legacy_default=True)
    return specs


def random_work(rng: Random, stream: int, **more: int) -> StreamStep:
    """A copy in, a kernel or a copy out over three device buffers."""
    kind = rng.random()
    if kind < 0.3:
        return htod(stream, rng.randrange(3), **more)
    if kind < 0.45:
        return dtoh(stream, rng.randrange(3), to=rng.choice((4, 5)), **more)
    reads = rng.sample(range(3), rng.choice((0, 1, 1, 2)))
    writes = rng.sample(range(3), rng.choice((0, 1, 1)))
    return kernel(stream, reads, writes, **more)


def written_first(stream: int, thread: int = 0) -> list[StreamStep]:
    """Copies that fill all device buffers."""
    return [htod(stream, buffer, thread=thread) for buffer in range(3)]


def random_calls(rng: Random, streams: int, threads: int, length: int) -> list[StreamStep]:
    """Work over the streams, without events."""
    first = rng.randrange(streams)
    calls = written_first(first, first % threads)
    for _ in range(length):
        stream = rng.randrange(streams)
        calls.append(random_work(rng, stream, thread=stream % threads))
    return calls


def final_syncs(threads: int) -> list[Step]:
    """A wait for everything on each thread."""
    return [HostSync(thread=thread) for thread in range(threads)]


def free_plan(rng: Random) -> Plan:
    """Work, events, waits, host synchronizations and graphs in any order."""
    specs = random_streams(rng)
    threads = rng.randint(1, min(2, len(specs)))
    steps: list[Step] = list(written_first(0)) if rng.random() < 0.9 else []
    for _ in range(rng.randint(2, 9)):
        stream = rng.randrange(len(specs))
        thread = stream % threads
        kind = rng.random()
        if kind < 0.15:
            steps.append(HostSync(stream=rng.choice((None, stream)), thread=thread))
        elif kind < 0.3:
            steps += _graph(rng, len(steps), stream, thread, len(specs))
        else:
            steps.append(_event_or_work(rng, stream, thread))
    return _numbered(rng, [*steps, *final_syncs(threads)], specs)


def bent_plan(rng: Random) -> Plan:
    """A plan with just the events it needs, and then up to two steps lost or moved."""
    streams = rng.randint(2, 3)
    threads = rng.randint(1, 2)
    woven = weave(random_calls(rng, streams, threads, rng.randint(2, 7)), streams)
    steps = [*woven, *final_syncs(threads)]
    for _ in range(rng.randint(0, 2)):
        place = rng.randrange(len(steps))
        step = steps.pop(place)
        if isinstance(step, RecordEvent) or rng.random() < 0.5:
            steps.insert(min(len(steps), max(0, place + rng.choice((-2, -1, 1, 2)))), step)
    return plan_of(*steps, streams=streams)


def _event_or_work(rng: Random, stream: int, thread: int, graph: int = -1) -> StreamStep:
    kind = rng.random()
    if kind < 0.25:
        return RecordEvent(stream=stream, event=0, thread=thread, graph=graph)
    if kind < 0.5:
        return wait(stream, 0, thread=thread, graph=graph)
    return random_work(rng, stream, thread=thread, graph=graph)


def _graph(rng: Random, place: int, stream: int, thread: int, streams: int) -> list[Step]:
    """A launch with nodes on one chain or two, the second forked and perhaps joined."""
    found: list[Step] = [GraphLaunch(stream=stream, thread=thread)]
    found += [random_work(rng, stream, thread=thread, graph=place) for _ in range(rng.randint(0, 2))]
    other = rng.randrange(streams)
    if other != stream:
        found.append(RecordEvent(stream=stream, event=0, thread=thread, graph=place))
        found.append(wait(other, 0, thread=thread, graph=place))
        for _ in range(rng.randint(1, 4)):
            found.append(_event_or_work(rng, rng.choice((stream, other)), thread, place))
        if rng.random() < 0.7:
            found.append(RecordEvent(stream=other, event=0, thread=thread, graph=place))
            found.append(wait(stream, -1, thread=thread, graph=place))
    return found


def _numbered(rng: Random, steps: list[Step], specs: list[StreamSpec]) -> Plan:
    """Give each record an event, and each wait one of them (in a graph the last before it); drop waits for none."""
    events = iter(range(len(steps)))
    steps = [replace(s, event=next(events)) if isinstance(s, RecordEvent) else s for s in steps]
    found: list[Step] = []
    moved: dict[int, int] = {}
    for place, step in enumerate(steps):
        if isinstance(step, StreamWait):
            event = _event_for(rng, steps, place)
            if event is None:
                continue
            step = replace(step, event=event)
        moved[place] = len(found)
        found.append(step)
    found = [replace(s, graph=moved[s.graph]) if s.graph >= 0 else s for s in found]
    return plan_of(*found, streams=specs, buffers=BUFFERS)


def _event_for(rng: Random, steps: list[Step], place: int) -> int | None:
    step = steps[place]
    records = [(i, s) for i, s in enumerate(steps) if isinstance(s, RecordEvent) and s.graph == step.graph]
    earlier = [s.event for i, s in records if i < place]
    if step.graph >= 0:
        return earlier[-1] if earlier else None
    foreign = [s.event for _, s in records if s.thread != step.thread]
    if foreign and rng.random() < 0.5:
        return rng.choice(foreign)
    if earlier and rng.random() < 0.9:
        return rng.choice(earlier)
    return rng.choice(records)[1].event if records else None
