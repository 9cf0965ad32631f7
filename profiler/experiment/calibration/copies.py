"""The link: rates, what a copy takes besides its bytes, both directions at once, and what pageable memory does."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.devices.base import Device
from profiler.experiment.calibration.draft import AHEAD_BYTES, Draft, middle, run
from profiler.experiment.calibration.fitting import Line, fit_line
from profiler.plan.model import Memory

#: From one word to 256 MB.
SIZES = (4, 64, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 256_000_000)

DIRECTIONS = ("htod", "dtoh")

#: Sizes at which a pageable copy to the device may still return at once.
ASYNC_SIZES = tuple(1 << power for power in range(12, 21))

_DUPLEX_BYTES, _DUPLEX_COPIES = 64_000_000, 4


@dataclass(frozen=True)
class Sweep:
    """Durations of copies of `SIZES` of one kind of host memory in one direction, and the line through them."""

    direction: str
    memory: str
    durations_ns: tuple[float, ...]
    line: Line


@dataclass(frozen=True)
class Links:
    """What is known of the link.

    Attributes
    ----------
    sweeps : dict
        By direction and memory (``pinned``, ``pageable``).
    duplex : float
        Share of its rate that a direction keeps while both transfer, the mean of both.
    latency_ns : float
        From the call of a copy to its start on an idle engine.
    sync_return_ns : float
        From the end of a copy to the return of the synchronization that waits for it.
    call_ns : float
        Host time of the call of a copy of pinned memory.
    async_bytes : int
        Largest pageable copy to the device that returned at once; 0 if none did.
    """

    sweeps: dict[tuple[str, str], Sweep]
    duplex: float
    latency_ns: float
    sync_return_ns: float
    call_ns: float
    async_bytes: int

    @property
    def overhead_ns(self) -> float:
        """Mean over the directions of what a pinned copy takes besides its bytes."""
        return sum(self.sweeps[direction, "pinned"].line.overhead_ns for direction in DIRECTIONS) / len(DIRECTIONS)


def measure_links(device: Device, repeats: int) -> Links:
    """Everything about copies; about 3 GB cross the link in each repeat."""
    sweeps = {
        (direction, memory): sweep(device, direction, memory, repeats)
        for memory in ("pinned", "pageable")
        for direction in DIRECTIONS
    }
    latency, known, call = _idle_copies(device, repeats, sweeps["htod", "pinned"].line.overhead_ns)
    return Links(sweeps, _duplex(device, repeats), latency, known, call, _async_bytes(device, repeats))


def sweep(device: Device, direction: str, memory: str, repeats: int) -> Sweep:
    """Copies of all sizes one after another in one stream.

    Pinned ones stand behind a long copy: the host is then far ahead, and the engine goes from one to the next.
    """
    draft = Draft(f"{memory} {direction} sweep")
    host = draft.buffer(Memory[memory.upper()], SIZES[-1])
    there = draft.buffer(Memory.DEVICE, SIZES[-1])
    draft.copy(host, there, 4)
    if memory == "pinned":
        draft.copy(host, there, AHEAD_BYTES)
    ends = (host, there) if direction == "htod" else (there, host)
    if direction == "dtoh" and memory == "pinned":
        draft.copy(*ends, AHEAD_BYTES)  # the engine of this direction is busy too when the first one comes
    steps = [draft.copy(*ends, size) for size in SIZES]
    draft.sync()
    ran = run(device, draft.plan(), repeats)
    durations = tuple(ran.lasted(step) for step in steps)
    return Sweep(direction, memory, durations, fit_line(SIZES, durations))


def _idle_copies(device: Device, repeats: int, overhead_ns: float) -> tuple[float, float, float]:
    """Latency, return of the synchronization, and host time of the call, of small copies that find nothing to do."""
    draft = Draft("idle copies")
    host, there = draft.buffer(Memory.PINNED, 1 << 20), draft.buffer(Memory.DEVICE, 1 << 20)
    small = []
    for _ in range(16):
        small.append(draft.copy(host, there, 4))
        draft.sync()
    large, done = draft.copy(host, there, 1 << 20), draft.sync()
    ran = run(device, draft.plan(), repeats)
    latency = middle([ran.after_call(step) for step in small]) - overhead_ns
    return max(0.0, latency), max(0.0, ran.known_after(done, large)), middle([ran.called(step) for step in small])


def _duplex(device: Device, repeats: int) -> float:
    """Share of the rate alone that is left while both directions transfer; 1 where one engine serves both."""
    if device.info.copy_engines == 1:
        return 1.0
    draft = Draft("both directions", streams=2)
    size = _DUPLEX_BYTES
    buffers = [(draft.buffer(Memory.PINNED, size), draft.buffer(Memory.DEVICE, size)) for _ in range(2)]
    for host, there in buffers:
        draft.copy(host, there, size)
        draft.sync()
    alone = [_alone(draft, buffers[0]), _alone(draft, buffers[1][::-1])]
    both = [
        (draft.copy(*buffers[0], size), draft.copy(*buffers[1][::-1], size, stream=1)) for _ in range(_DUPLEX_COPIES)
    ]
    draft.sync()
    ran = run(device, draft.plan(), repeats)
    shares = []
    for direction in range(2):
        # The first copy begins, and the last one of the faster direction may leave the other, alone.
        shared = middle([ran.lasted(pair[direction]) for pair in both[1:-1]])
        shares.append(ran.lasted(alone[direction]) / shared)
    return min(1.0, sum(shares) / len(shares))


def _alone(draft: Draft, ends: tuple[int, int]) -> int:
    step = draft.copy(*ends, _DUPLEX_BYTES)
    draft.sync()
    return step


def _async_bytes(device: Device, repeats: int) -> int:
    """Largest pageable copy to the device whose call returned while a copy before it still ran."""
    draft = Draft("pageable calls")
    pinned, pageable = draft.buffer(Memory.PINNED, AHEAD_BYTES), draft.buffer(Memory.PAGEABLE, ASYNC_SIZES[-1])
    there = draft.buffer(Memory.DEVICE, AHEAD_BYTES)
    pairs = []
    for size in ASYNC_SIZES:
        pairs.append((draft.copy(pinned, there, AHEAD_BYTES), draft.copy(pageable, there, size)))
        draft.sync()
    ran = run(device, draft.plan(), repeats)
    found = 0
    for size, (ahead, small) in zip(ASYNC_SIZES, pairs, strict=True):
        if ran.known_after(small, ahead) >= 0:
            break
        found = size
    return found
