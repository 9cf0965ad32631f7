"""An environment of their own for peers that must not meet Lanescope's dependencies."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv-bench"


def peer_python(script: Path) -> Path | None:
    """Interpreter that has the peers of ``bench_NAME.py``: those of ``bench_NAME.peers.txt``; None without that file.

    The environment is made at the first call and topped up when a list changes.

    Raises
    ------
    subprocess.CalledProcessError
        The peers cannot be installed; pip has said why.
    """
    requirements = script.with_suffix(".peers.txt")
    if not requirements.exists():
        return None
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / f"{script.stem}.stamp"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and _runs(python):
        return python
    print(f"installing the peers of {script.name} into {ENVIRONMENT.name}", file=sys.stderr, flush=True)
    if not _runs(python):
        _make_environment()
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--requirement", str(requirements)]
    subprocess.run(install, stdout=sys.stderr, check=True)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _make_environment() -> None:
    uv = shutil.which("uv")
    if uv:
        command = [uv, "venv", "--quiet", "--clear", "--seed", "--python", sys.executable, str(ENVIRONMENT)]
    else:
        command = [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]
    subprocess.run(command, stdout=sys.stderr, check=True)


def _runs(python: Path) -> bool:
    return python.exists() and subprocess.run([str(python), "-c", ""], check=False).returncode == 0
