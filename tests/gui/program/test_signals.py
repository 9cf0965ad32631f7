"""A program that is told to end leaves no process and no file behind, whenever that is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from profiler.io import write_trace
from tests.gui.panels.traces import two_gpus
from tests.helpers.patience import PATIENCE_S, eventually, has_ended
from tests.helpers.project import ROOT, running

pytestmark = pytest.mark.window


def children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()))
    except OSError:
        return []


def folders(pid: int) -> list[Path]:
    """Private folders of a window, by the locks it holds on them."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = Path(os.readlink(link))
        except OSError:
            continue
        if target.name == "lock" and target.parent.name.startswith("lanescope-window-"):
            found.append(target.parent)
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["workers", "folders", "drawn"])
def test_nothing_is_left_of_a_program_that_is_told_to_end(tmp_path: Path, number: int, moment: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write_trace(two_gpus(), tmp_path / "few.parquet")
    own = {"TMPDIR": str(temporary), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **own, "QT_QPA_PLATFORM": "offscreen"}
    code = "import sys; from profiler.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "view", "few.parquet"]
    with running(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as program:
        eventually(lambda: children(program.pid), "a worker was started")
        if moment != "workers":
            eventually(lambda: folders(program.pid), "there is a folder for results")
        if moment == "drawn":
            eventually(lambda: any(b"simulate" in line(pid) for pid in children(program.pid)), "the window idles")
        workers, places = children(program.pid), folders(program.pid)
        program.send_signal(number)
        code = program.wait(PATIENCE_S)
        assert program.stderr is not None
        said = program.stderr.read()
    assert "Traceback" not in said
    assert code == 130
    for pid in workers:
        eventually(lambda pid=pid: has_ended(pid), f"{pid} is gone")
    assert not [place for place in places if place.exists()]
    assert not list(temporary.iterdir())


def line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
