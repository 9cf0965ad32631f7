"""The devices that a scenario can be put on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from profiler.devices.sim.model import gpu_names


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device by what opens it, and in words. ``usable`` is False where it is there and cannot be used."""

    spec: str
    title: str
    usable: bool = True


@cache
def shipped() -> tuple[DeviceChoice, ...]:
    """The simulated GPUs that come with the program, at no cost."""
    return tuple(DeviceChoice(f"sim:{name}", f"{name} (simulated)") for name in gpu_names())


@dataclass(eq=False)
class DevicesState:
    """What is offered: simulated GPUs from the start, real ones once a worker has asked the driver.

    Attributes
    ----------
    real : tuple of DeviceChoice
        GPUs of this machine; empty until they are known, which asks a driver that may take seconds to answer.
    files : tuple of DeviceChoice
        GPU files that a person opened.
    """

    real: tuple[DeviceChoice, ...] = ()
    files: tuple[DeviceChoice, ...] = ()

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    @property
    def choices(self) -> tuple[DeviceChoice, ...]:
        """All, in the order in which they are listed."""
        return (*self.real, *shipped(), *self.files)

    def add_file(self, path: str) -> DeviceChoice:
        """Offer a GPU file too."""
        choice = DeviceChoice(f"sim:{path}", f"{path.rsplit('/', 1)[-1]} (simulated)")
        if choice not in self.files:
            self.files = (*self.files, choice)
        return choice
