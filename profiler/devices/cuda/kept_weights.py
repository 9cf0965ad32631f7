"""Packed weights kept in a folder for the next process, where the environment names one.

Making the weights of a large network takes seconds, and INT8 runs the network on the processor first. A program that
starts several processes in a row, one after another, names a folder of its own, and takes it away in the end.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from profiler.workload.networks.packing import PackedWeights

#: Names the folder; unset, nothing is kept.
WEIGHTS_VARIABLE = "LANESCOPE_WEIGHTS"


def kept_weights(name: str, make: Callable[[], PackedWeights]) -> PackedWeights:
    """The weights kept under this name; what ``make`` makes, then kept, where there are none.

    A folder that cannot be written to, or is full, only costs the time to make them again.
    """
    folder = os.environ.get(WEIGHTS_VARIABLE)
    if not folder:
        return make()
    place = Path(folder) / name
    with suppress(OSError, ValueError):
        scalars = json.loads(place.with_suffix(".json").read_text("ascii"))
        return PackedWeights(np.load(place.with_suffix(".npy"), mmap_mode="r"), scalars)
    made = make()
    with suppress(OSError):
        _keep(place, made)
    return made


def _keep(place: Path, made: PackedWeights) -> None:
    """The content first, each file put in place whole: where the second one is, the first is complete."""
    for suffix in (".npy", ".json"):
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".keeping-")
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                if suffix == ".npy":
                    np.save(file, made.content)
                else:
                    file.write(json.dumps({key: dict(value) for key, value in made.scalars.items()}).encode("ascii"))
            unfinished.replace(place.with_suffix(suffix))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
