"""The checkout under test and the commands of its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

#: Where third-party traces lie unless the environment variable LANESCOPE_TRACES says otherwise.
DEFAULT_TRACES = ROOT.parent / "shared" / "traces"


def in_ci() -> bool:
    """Whether this is a CI run, in which nothing that was promised may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def traces_folder() -> Path:
    """The folder of third-party traces, which may be absent."""
    return Path(os.environ.get("LANESCOPE_TRACES") or DEFAULT_TRACES)


def tool(name: str) -> str:
    """Path of a command installed beside the running interpreter."""
    return str(Path(sys.executable).with_name(name))


def run(
    command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None, timeout_s: float = 600
) -> subprocess.CompletedProcess[str]:
    """The finished command with its output as text; ``env`` is laid over this process's environment."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@contextmanager
def running(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that runs while the block does, its pipes text; whatever happens there, it is not left running."""
    with subprocess.Popen([str(part) for part in command], text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def assert_passes(result: subprocess.CompletedProcess[str]) -> None:
    """Fail with all that the command printed unless it exited 0."""
    assert result.returncode == 0, f"{result.args} exited {result.returncode}\n{result.stdout}\n{result.stderr}"
