"""How many streams run side by side, in a process of its own: the driver reads the number of queues when it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from profiler.errors import DeviceError

STREAMS = (16, 32)
_REPEATS = 3


def in_own_process(device: str, limit_s: float) -> dict[str, Any]:
    """What `main` prints, from a new process with this one's environment.

    Raises
    ------
    DeviceError
        It failed or did not end in time.
    """
    from profiler.experiment.gpu_check.tests_stage import CHECKOUT

    paths = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "profiler.experiment.gpu_check.queues", device]
    environment = {**os.environ, "PYTHONPATH": paths}
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, env=environment, check=True)
    except subprocess.TimeoutExpired as error:
        raise DeviceError(f"the streams did not end within {limit_s:.0f} s", where=device) from error
    except subprocess.CalledProcessError as error:
        raise DeviceError(f"the process failed: {error.stderr[-500:]}", where=device) from error
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def main(device: str) -> dict[str, Any]:
    """By number of streams, how many ran at once."""
    from contextlib import closing

    from profiler.experiment.gpu_check.context import open_checked
    from profiler.experiment.gpu_check.measures import long_kernel, side_by_side

    with closing(open_checked(device, alone=False)) as opened:
        return {str(streams): side_by_side(opened, long_kernel(), streams, _REPEATS) for streams in STREAMS}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
